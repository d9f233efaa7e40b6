"""The kinds of layers, each in the module of its name: importing this package defines them all."""

from importlib import import_module
from pkgutil import iter_modules

from ref_numpy.old_names import attributes_of

for module in iter_modules(__path__):
    import_module(f"{__name__}.{module.name}")

__getattr__ = attributes_of(__name__, "ref_numpy")  # the name of a module of earlier versions
