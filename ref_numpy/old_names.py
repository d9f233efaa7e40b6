"""Modules by the names that they had in earlier versions: for imports, class paths and pickles.

    answer_old_names({"ref_numpy.kinds": "ref_numpy.registry"})
    import ref_numpy.kinds                      # the very module ref_numpy.registry

Nothing is loaded before somebody imports the old name.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

RENAMED = {
    "ref_numpy.activations": "ref_numpy.layers",
    "ref_numpy.data_spec": "ref_numpy.data.data_spec",
    "ref_numpy.dense": "ref_numpy.layers.dense",
    "ref_numpy.kinds": "ref_numpy.registry",
    "ref_numpy.labels": "ref_numpy.data.labels",
    "ref_numpy.preprocessing": "ref_numpy.data.preprocessing",
    "ref_numpy.returned": "ref_numpy.method_results",
}


class OldNames:
    """A finder and loader of modules that have another name now.

    Args:
        renamed: the new name of each module by its old one.
    """

    def __init__(self, renamed: Mapping[str, str]) -> None:
        self.renamed = dict(renamed)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return how to load an old name; None for any other, which other finders then look for."""
        return ModuleSpec(name, self) if name in self.renamed else None  # pyright: ignore[reportArgumentType]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Import the module by its new name, and return that same object."""
        module = import_module(self.renamed[spec.name])
        spec.loader_state = module.__spec__  # which the import system overwrites
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Restore the module's own spec: the module has been executed already."""
        assert module.__spec__ is not None
        if module.__spec__.loader is self:
            module.__spec__ = module.__spec__.loader_state


def answer_old_names(renamed: Mapping[str, str]) -> None:
    """Let `import` find modules by their old names too."""
    sys.meta_path.append(OldNames(renamed))


def attributes_of(package: str, module: str) -> Callable[[str], Any]:
    """Return a `__getattr__` for a package that has the name of an earlier module.

    Args:
        package: the package's name.
        module: the module's name now, whose attributes the package answers with.
    """

    def get_attribute(name: str) -> Any:
        if not name.startswith("__") and find_spec(f"{package}.{name}") is None:
            found = import_module(module)
            if hasattr(found, name):
                return getattr(found, name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return get_attribute
