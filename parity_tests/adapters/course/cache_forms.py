"""The form of a cache: what each array in it is, by its numbers, wherever it stands.

A cache may be a tuple, a list or a dictionary, in any order and within one another: what counts is
that the backward function that takes it is right with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np

from parity_tests.adapters.course.function_results import words
from ref_numpy import Array


@dataclass(frozen=True)
class Leaf:
    """An array of a cache: the name of what it equals."""

    name: str


def form_of(cache: Any, known: Mapping[str, Array]) -> Any:
    """Return a cache with a `Leaf` instead of each array that is known; others as they are."""
    if isinstance(cache, tuple | list):
        inner = [form_of(x, known) for x in cache]
        return tuple(inner) if isinstance(cache, tuple) else inner
    if isinstance(cache, dict):
        return {key: form_of(x, known) for key, x in cache.items()}
    if not hasattr(cache, "dtype"):
        return cache
    equal = (name for name, x in known.items() if np.array_equal(x, cache))
    name = next(equal, None)
    return cache if name is None else Leaf(name)


def names_in(form: Any) -> Iterator[str]:
    """Yield the names in a form, and "" for each array that is not known."""
    if isinstance(form, Leaf):
        yield form.name
    elif hasattr(form, "dtype"):
        yield ""
    else:
        for x in form.values() if isinstance(form, dict) else form if is_several(form) else ():
            yield from names_in(x)


def is_several(x: Any) -> bool:
    """Return whether x is a tuple or a list."""
    return isinstance(x, tuple | list)


def filled(form: Any, values: Mapping[str, Any]) -> Any:
    """Return a cache of this form with other arrays.

    Raises:
        KeyError: an array of the form has none, or it has what cannot be given to a program.
    """
    if isinstance(form, Leaf):
        return values[form.name]
    if is_several(form):
        inner = [filled(x, values) for x in form]
        return tuple(inner) if isinstance(form, tuple) else inner
    if isinstance(form, dict):
        return {key: filled(x, values) for key, x in form.items()}
    if not isinstance(form, str | int | float | None):
        raise KeyError("")
    return form


def text_of(form: Any) -> str:
    """Return a form in names: "(W, A, b)", "{'A': A, 'W': W}"."""
    if isinstance(form, Leaf):
        return form.name
    if is_several(form):
        return f"({', '.join(map(text_of, form))})"
    if isinstance(form, dict):
        return "{" + ", ".join(f"{key!r}: {text_of(x)}" for key, x in form.items()) + "}"
    return words(form)


def arrays_of(cache: Any) -> Iterator[Array]:
    """Yield the arrays in a cache, in their order."""
    if isinstance(cache, np.ndarray):
        yield cache
    elif isinstance(cache, dict):
        for x in cache.values():
            yield from arrays_of(x)
    elif is_several(cache):
        for x in cache:
            yield from arrays_of(x)


def named_arrays(
    arrays: Sequence[Array], exact: Mapping[str, Array], near: Mapping[str, Array]
) -> dict[str, Array]:
    """Return arrays by name: those that equal a known one, and the others by shape and number.

    Of several with one shape, those names are taken with which all are nearest to the reference's
    numbers; a wrong Z is nearer to Z than to A_prev.

    Args:
        arrays: of a cache.
        exact: what an array may equal, by name.
        near: the reference's tensors, by name; of k arrays of one shape the first k names count.
    """
    found: dict[str, Array] = {}
    rest: dict[tuple[int, ...], list[Array]] = {}
    for x in arrays:
        equal = [n for n, y in exact.items() if n not in found and np.array_equal(x, y)]
        if equal:
            found[equal[0]] = x
        elif not any(np.array_equal(x, y) for y in exact.values()):
            rest.setdefault(x.shape, []).append(x)
    for shape, every in rest.items():
        names = [n for n, y in near.items() if n not in found and y.shape == shape][: len(every)]
        orders = permutations(every, len(names)) if len(every) <= MOST else ()
        best = min(orders, key=lambda order: distance(order, [near[n] for n in names]), default=())
        found |= zip(names, best, strict=False)
    return found


MOST = 5  # arrays of one shape


def distance(arrays: Sequence[Array], others: Sequence[Array]) -> float:
    """Return how far arrays are from others, together."""
    pairs = zip(arrays, others, strict=True)
    return float(sum(np.nan_to_num(np.abs(x - y), nan=np.inf).sum() for x, y in pairs))
