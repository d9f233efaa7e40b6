"""The criterion of each kind of loss in torch, in the module of the kind's name."""

from importlib import import_module
from pkgutil import iter_modules

from torch_impl.criterion import Criterion

# By kind. All are loaded here: a compiled step looks its own up, and cannot import.
CRITERIA: dict[str, Criterion] = {
    module.name: import_module(f"{__name__}.{module.name}").CRITERION
    for module in iter_modules(__path__)
}
