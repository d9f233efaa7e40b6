"""Arguments of a call that the candidate changed in place: which, to what, and back again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from parity_tests.adapters.candidate_process.plain_data import DTYPES, key_of
from ref_numpy import Array

Path = tuple[Any, ...]  # the keys that lead to an array
Before = Mapping[Path, tuple[Array, Array]]


def arrays_by_path(given: Mapping[str, Any]) -> Before:
    """Return every array of numbers in the arguments, and a copy, by the keys that lead to it."""
    return {path: (array, array.copy()) for path, array in arrays_in(given, ())}


def arrays_in(x: Any, path: Path) -> Iterator[tuple[Path, Array]]:
    """Yield the arrays of numbers in dictionaries, tuples and lists."""
    if isinstance(x, np.ndarray):
        if x.dtype.name in DTYPES:
            yield path, x
        return
    inner = (
        x.items() if isinstance(x, dict) else enumerate(x) if isinstance(x, list | tuple) else ()
    )
    for key, value in inner:
        yield from arrays_in(value, (*path, key_of(key)))


def changed_arrays(before: Before) -> dict[Path, Array]:
    """Return the arrays that were changed in place, as they are now."""
    return {
        path: np.array(array)
        for path, (array, was) in before.items()
        if not np.array_equal(array, was, equal_nan=True)
    }


def restore(before: Before) -> None:
    """Give arrays their values back: a later call of another function may be given them again."""
    for array, was in before.values():
        with suppress(ValueError):  # the candidate made it read-only, or gave it another shape
            array[...] = was
