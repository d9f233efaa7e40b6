"""Kinds of layers, losses and optimisers by name: those of this package, and those of its users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType
from typing import Any

from ref_numpy.input_messages import input_error


def register(kinds: dict[str, Any], what: str, kind: str, cls: type) -> None:
    """Set kinds[kind] = cls, unless the kind is another's.

    The same definition again replaces the one before it: a notebook's cell that is run twice, a
    module that is reloaded, a spawned process that imports the main module as `__mp_main__`.

    Args:
        kinds: the registry.
        what: "layer", "loss" or "optimiser".
        kind: the name in files.
        cls: the class; every kind must define the methods that its base marks as abstract.

    Raises:
        InputError: another class has this kind, it is not a string, or a method is missing.
    """
    if not isinstance(kind, str):
        raise input_error(f"{what}.kind", what=what, cls=cls.__name__, kind=kind)
    taken = kinds.get(kind)
    if taken is not None and definition(taken) != definition(cls):
        name, owner = (".".join(definition(c)) for c in (cls, taken))
        raise input_error(f"{what}.kind-taken", what=what, cls=name, kind=kind, owner=owner)
    for name in dir(cls):
        if getattr(getattr(cls, name, None), "__isabstractmethod__", False):
            base = what.capitalize()
            raise input_error(
                f"{what}.unfinished", what=what, cls=cls.__name__, method=name, base=base
            )
    kinds[kind] = cls


def definition(cls: type) -> tuple[str, str]:
    """Return where a class is defined: its module, and its name in the module."""
    module = "__main__" if cls.__module__ == "__mp_main__" else cls.__module__
    return module, cls.__qualname__


def modules_by_kind(package: str) -> dict[str, str]:
    """Return the modules of a package by their last names, those in its folders too.

    A kind is in the module of its name: {"relu": "ref_numpy.layers.relu", …}.
    """
    path = import_module(package).__path__
    every = (m.name for m in walk_packages(path, f"{package}.") if not m.ispkg)
    return {name.rpartition(".")[2]: name for name in every}


@cache
def module_of_kind(package: str, kind: str) -> ModuleType:
    """Return the module of a kind in a package that has one for each."""
    return import_module(modules_by_kind(package)[kind])


def is_built_in(cls: type) -> bool:
    """Return whether the class is this package's own, and so tested here."""
    return cls.__module__.partition(".")[0] == "ref_numpy"


def is_name(text: object) -> bool:
    """Return whether a layer's number may follow the text.

    It may follow γ and beta_x, but not g1, or g1 of layer 2 would be g of layer 12.
    """
    return isinstance(text, str) and text.isidentifier() and not text[-1].isdigit()


def lookup(kinds: Mapping[str, Any], what: str, name: str) -> Any:
    """Return kinds[name].

    Raises:
        InputError: there is none.
    """
    if name not in kinds:
        known = ", ".join(sorted(kinds))
        raise input_error(f"{what}.unknown", what=what, name=name, known=known)
    return kinds[name]


def needs_fields(cls: type) -> bool:
    """Return whether a class has a field without a default."""
    each = fields(cls) if is_dataclass(cls) else ()
    return any(f.default is MISSING and f.default_factory is MISSING for f in each)


def from_name(kinds: Mapping[str, Any], what: str, name: str) -> Any:
    """Make a layer or loss from its kind alone.

    Raises:
        InputError: the kind is unknown, or its fields have no defaults.
    """
    cls = lookup({k: c for k, c in kinds.items() if k == name or not needs_fields(c)}, what, name)
    try:
        return cls()
    except TypeError as error:
        raise input_error(
            f"{what}.needs-fields", what=what, name=name, error=error, cls=cls.__name__
        ) from error


def from_description(kinds: Mapping[str, Any], what: str, item: Mapping[str, Any]) -> Any:
    """Make the layer or loss that {"kind": …, field: …} describes.

    Raises:
        InputError: the kind is unknown.
    """
    fields = dict(item)
    kind = fields.pop("kind")
    if kind not in kinds:
        known = ", ".join(sorted(kinds))
        raise input_error(f"{what}.unknown", what=what, name=kind, known=known, in_file=True)
    return kinds[kind](**fields)
