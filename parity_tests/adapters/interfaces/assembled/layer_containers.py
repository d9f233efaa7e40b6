"""A program's own container of layers, such as `Sequential(*layers)`, that goes through them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from inspect import Parameter, signature
from typing import Any

from parity_tests.adapters.interfaces.assembled.layer_passes import has_passes
from parity_tests.adapters.interfaces.parameter_holders import attempted

ADD = re.compile(r"_*(add|append|push)(_?layer)?", re.IGNORECASE)


def containers(
    own: Mapping[str, Any], layers: Sequence[Any], works: Callable[[Any], Any]
) -> Iterator[tuple[str, Any]]:
    """Yield the classes of a file that hold these layers in turn, and such an object of each.

    Args:
        own: the candidate's functions and classes, by name.
        layers: of a network.
        works: raises where an object's forward pass does not take the network's inputs.
    """
    known = {type(layer) for layer in layers}
    for name, kind in own.items():
        if isinstance(kind, type) and kind not in known and has_passes(kind):
            every = (attempted(make, kind, [*layers]) for make in ways_to_fill(kind))
            filled = (x for x in every if x is not None and holds(x, layers))
            found = next((x for x in filled if attempted(works, x) is not None), None)
            if found is not None:
                yield name, found


def ways_to_fill(kind: type) -> Iterator[Callable[[type, list[Any]], Any]]:
    """Yield functions that make an object of a class with layers."""
    try:
        parameters = [*signature(kind).parameters.values()]
    except (TypeError, ValueError):
        return
    if any(q.kind is Parameter.VAR_POSITIONAL for q in parameters):
        yield lambda kind, layers: kind(*layers)
    needed = [q for q in parameters if q.default is q.empty]
    if parameters and len(needed) <= 1:
        yield lambda kind, layers: kind(layers)
    if not needed and (add := next((n for n in vars(kind) if ADD.fullmatch(n)), None)):

        def filled(kind: type, layers: list[Any]) -> Any:
            made = kind()
            for layer in layers:
                getattr(made, add)(layer)
            return made

        yield filled


def holds(made: Any, layers: Sequence[Any]) -> bool:
    """Return whether an object has all layers in one of its attributes."""
    every = [x for x in vars(made).values() if isinstance(x, list | tuple)]
    return any(len(x) == len(layers) and all(map(is_same, x, layers)) for x in every)


def is_same(x: Any, y: Any) -> bool:
    """Return whether two are one object."""
    return x is y
