"""Kinds of layers, losses and optimisers by name: those of this package, and those people add."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ref_numpy.errors import InputError


def register(kinds: dict[str, Any], what: str, kind: str, cls: type) -> None:
    """kinds[kind] = cls, unless the kind is another's.

    The same definition again replaces the one before it: a notebook's cell that is run twice, a
    module that is reloaded, a spawned process that imports the main module as `__mp_main__`.

    Args:
        what: "layer", "loss" or "optimiser".
        cls: its methods that are marked as abstract are those that every kind must define.

    Raises:
        InputError: another class has this kind, it is no string, or a method is missing.
    """
    if not isinstance(kind, str):
        raise InputError(
            f"the {what} {cls.__name__} was given the kind {kind!r}; expected a string, its name "
            f"in files.",
            code=f"{what}.kind",
        )
    taken = kinds.get(kind)
    if taken is not None and definition(taken) != definition(cls):
        raise InputError(
            f"the {what} {'.'.join(definition(cls))} was given the kind {kind!r}, which is that of "
            f"{'.'.join(definition(taken))}; give it a kind of its own.",
            code=f"{what}.kind-taken",
        )
    for name in dir(cls):
        if getattr(getattr(cls, name, None), "__isabstractmethod__", False):
            raise InputError(
                f"the {what} {cls.__name__} defines no {name}; write the method, as the docstring "
                f"of ref_numpy.{what.capitalize()} says.",
                code=f"{what}.unfinished",
            )
    kinds[kind] = cls


def definition(cls: type) -> tuple[str, str]:
    """Where a class is defined: its module and its name in it."""
    module = "__main__" if cls.__module__ == "__mp_main__" else cls.__module__
    return module, cls.__qualname__


def is_built_in(cls: type) -> bool:
    """Whether the class is this package's own, whose tests say that it keeps its promises."""
    return cls.__module__.partition(".")[0] == "ref_numpy"


def is_name(text: object) -> bool:
    """Whether a layer's number may follow: γ and beta_x may have one; g1 may not, or g1 of layer 2
    would be g of layer 12."""
    return isinstance(text, str) and text.isidentifier() and not text[-1].isdigit()


def lookup(kinds: Mapping[str, Any], what: str, name: str) -> Any:
    """kinds[name].   Raises InputError."""
    if name not in kinds:
        raise InputError(
            f"unknown {what} {name!r}; expected one of {', '.join(sorted(kinds))}.",
            code=f"{what}.unknown",
        )
    return kinds[name]


def named(kinds: Mapping[str, Any], what: str, name: str) -> Any:
    """A layer or loss by its kind alone.   Raises InputError where its fields have no defaults."""
    cls = lookup(kinds, what, name)
    try:
        return cls()
    except TypeError as error:
        raise InputError(
            f"the {what} {name!r} cannot be made from its name alone ({error}); give "
            f"{cls.__name__}(…) instead.",
            code=f"{what}.needs-fields",
        ) from error


def described(kinds: Mapping[str, Any], what: str, item: Mapping[str, Any]) -> Any:
    """The layer or loss that {"kind": …, field: …} describes.   Raises InputError."""
    fields = dict(item)
    kind = fields.pop("kind")
    if kind not in kinds:
        raise InputError(
            f"the description names the {what} {kind!r}, which nothing here defines; import the "
            f"module that does, or use one of {', '.join(sorted(kinds))}.",
            code=f"{what}.unknown",
        )
    return kinds[kind](**fields)
