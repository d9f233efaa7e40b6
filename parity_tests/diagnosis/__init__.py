"""The explanation: which known mistake gives the numbers of a wrong tensor."""

from ref_numpy.old_names import attributes_of

# An earlier version had a module of this name.
__getattr__ = attributes_of(__name__, "parity_tests.diagnosis.diagnose")
