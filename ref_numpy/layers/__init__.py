"""The kinds of layers, each in the module of its name: importing this package defines them all.

A folder here has several kinds that belong together.
"""

from importlib import import_module

from ref_numpy.old_names import attributes_of
from ref_numpy.registry import modules_by_kind

for module in modules_by_kind(__name__).values():
    import_module(module)

__getattr__ = attributes_of(__name__, "ref_numpy")  # the name of a module of earlier versions
