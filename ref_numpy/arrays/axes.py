"""Features first: axis 0 is the feature, axis 1 the example, further axes are positions.

(n, m), (n, m, T), (n_C, m, H, W). Whole numbers, such as tokens, have no feature: (m,), (m, T).
"""

from __future__ import annotations

import numpy as np

Shape = tuple[int, ...]
Array = np.ndarray


def batch_shape(shape: Shape, m: int) -> Shape:
    """Return the shape of m examples of floats: (n,) → (n, m), (n, T) → (n, m, T)."""
    return (shape[0], m, *shape[1:])


def examples_axis(x: Array) -> int:
    """Return the axis of the examples: 1 of floats, 0 of whole numbers."""
    return 0 if isinstance(x, np.ndarray) and x.dtype.kind in "iu" else 1


def number_of_examples(x: Array) -> int:
    """Return m."""
    return x.shape[examples_axis(x)]


def take_examples(x: Array, chosen: Array | slice) -> Array:
    """Return some of the examples."""
    return x[:, chosen] if examples_axis(x) else x[chosen]


def columns(A: Array) -> Array:
    """Return (n, m · T …): a column for each position of each example."""
    return A if A.ndim == 2 else A.reshape(A.shape[0], -1)


def at_positions_of(A: Array, Z: Array) -> Array:
    """Return the columns Z (n, m · T …) as (n, m, T, …), at the positions that A has."""
    return Z if A.ndim == 2 else Z.reshape(-1, *A.shape[1:])


def per_feature(b: Array, A: Array) -> Array:
    """Return b (n, 1) as (n, 1, 1, …), which is the same for every column of A."""
    return b if A.ndim == 2 else b.reshape(-1, *(1,) * (A.ndim - 1))


def sum_over_columns(A: Array) -> Array:
    """Return Σ over all axes but the first, (n, 1)."""
    return columns(A).sum(axis=1, keepdims=True)
