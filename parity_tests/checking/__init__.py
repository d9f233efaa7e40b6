"""The comparison: a candidate's tensors against value ± bound of each, layer by layer."""

from ref_numpy.old_names import attributes_of

# An earlier version had a module of this name, whose `check` is now the package's.
__getattr__ = attributes_of(__name__, "parity_tests")
