"""The kinds of layers, each in the module of its name: importing this package defines them all.

Kinds that belong together have a folder of their own, such as attention.
"""

from importlib import import_module
from pkgutil import walk_packages

from ref_numpy.old_names import attributes_of

for module in walk_packages(__path__, f"{__name__}."):
    import_module(module.name)

__getattr__ = attributes_of(__name__, "ref_numpy")  # the name of a module of earlier versions
