"""Large arrays, some rows after the other: what is computed of these fits into a cache."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from parity_tests.error_model.error_array import ErrorArray
from ref_numpy import Array

PART = 2**15  # numbers


def parts(x: Array) -> Iterator[Any]:
    """Yield rows that fit into a processor's cache, which makes a computation twice as fast."""
    if x.size <= PART:
        yield ...
    else:
        n = max(1, PART * len(x) // x.size)
        yield from (slice(i, i + n) for i in range(0, len(x), n))


def by_rows(f: Callable[..., ErrorArray], *arrays: ErrorArray) -> ErrorArray:
    """Return f(*arrays), where f is element by element: of some rows after the other.

    With pending sums it is computed as a whole: parts of one do not know the sum's error, and many
    terms would have to be joined.

    Args:
        f: the function.
        arrays: of one shape.
    """
    if any(x.pending_sum is not None for x in arrays):
        return f(*arrays)
    results = []
    for part in parts(arrays[0].value):
        result = f(*(x.rows(part) for x in arrays))
        if part is ...:
            return result
        if result.pending_sum is not None:
            return f(*arrays)
        results.append(result)
    return np.concatenate(results)  # pyright: ignore[reportReturnType, reportCallIssue, reportArgumentType]
