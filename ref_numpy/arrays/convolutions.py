"""The three maps of a convolution: to its result, and back to its input and to its weights.

In an image, with the windows v of A as columns, (n_C_prev f f, m H' W'), and the kernels of each
result as a row of W, (n_C, n_C_prev f f), they are those of a dense layer:

    Z = W v        dW = dZ v^T        dv = W^T dZ,   of which dA has the sum of all windows

With groups, the first n_C/g results see the first n_C_prev/g features alone, and so on: a product
of matrices for each group. A transposed convolution has the same maps in another order.
"""

from __future__ import annotations

import math

import numpy as np

from ref_numpy.arrays.axes import Array, Shape
from ref_numpy.arrays.windows import Windows, add_windows, few_examples, windows_of


def weigh_windows(W: Array, A: Array, w: Windows, groups: int = 1) -> Array:
    """Return Z = W v: each window of A, weighted by each kernel, and summed.

    Args:
        W: (n_C, n_C_prev/groups, f, f).
        A: (n_C_prev, m, H, W).
        w: the windows.
        groups: of features.

    Returns:
        (n_C, m, H', W').
    """
    rows = in_groups(W, groups)
    parts = []
    for few in few_examples(A, numbers_of(W, groups, w.number(A.shape[2:]))):
        V = windows_of(A[:, few], w)
        Z = rows @ as_columns(V, groups)  # (g, n_C/g, n_C_prev/g f f) (g, n_C_prev/g f f, m H' W')
        parts.append(Z.reshape(W.shape[0], *V.shape[1 + len(w.f) :]))
    return together(parts)


def weigh_back(W: Array, dZ: Array, w: Windows, groups: int, positions: Shape) -> Array:
    """Return dA of dv = W^T dZ: what each result gives to its window, added up where they overlap.

    Args:
        W: (n_C, n_C_prev/groups, f, f).
        dZ: (n_C, m, H', W').
        w: the windows.
        groups: of features.
        positions: (H, W).

    Returns:
        (n_C_prev, m, H, W).
    """
    rows = in_groups(W, groups).swapaxes(1, 2)
    parts = []
    for few in few_examples(dZ, numbers_of(W, groups, dZ.shape[2:])):
        d = dZ[:, few]
        dV = rows @ in_groups(d, groups)  # (g, n_C_prev/g f f, n_C/g) (g, n_C/g, m H' W')
        parts.append(add_windows(dV.reshape(-1, *w.f, *d.shape[1:]), w, positions))
    return together(parts)


def products_with_windows(dZ: Array, A: Array, w: Windows, groups: int = 1) -> Array:
    """Return dW = dZ v^T: each element of a window, times what the window's result is given.

    Args:
        dZ: (n_C, m, H', W').
        A: (n_C_prev, m, H, W).
        w: the windows.
        groups: of features.

    Returns:
        (n_C, n_C_prev/groups, f, f).
    """
    each = A.shape[0] * math.prod(w.f) * math.prod(dZ.shape[2:])
    parts = [
        in_groups(dZ[:, few], groups) @ as_columns(windows_of(A[:, few], w), groups).swapaxes(1, 2)
        for few in few_examples(A, each)
    ]
    return sum(parts[1:], parts[0]).reshape(dZ.shape[0], -1, *w.f)


def numbers_of(W: Array, groups: int, number: Shape) -> int:
    """Return how many numbers the windows of one example have: n_C_prev f f H' W'."""
    return groups * math.prod(W.shape[1:]) * math.prod(number)


def as_columns(V: Array, groups: int) -> Array:
    """Return windows (n, f, f, m, H', W') as columns of each group: (g, n/g f f, m H' W')."""
    axes = V.ndim // 2  # those of n, and of the elements of a window
    return V.reshape(groups, math.prod(V.shape[:axes]) // groups, -1)


def in_groups(x: Array, groups: int) -> Array:
    """Return (n, …) as (g, n/g, …), the axes after the first as one."""
    return x.reshape(groups, x.shape[0] // groups, -1)


def together(parts: list[Array]) -> Array:
    """Return the examples of all parts."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
