"""Heads of an attention: (d, m, h, T) holds h vectors of d features at each of T positions.

A product of each example and head is one of matrices (d, T). Their views in a stack have unit
stride along T, so that NumPy's matmul gives each to BLAS as it stands, without a copy.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ref_numpy.arrays.axes import Array, Shape
from ref_numpy.input_messages import input_error


def split_heads(A: Array, h: int) -> Array:
    """Return (h d, m, T) as (d, m, h, T)."""
    n, m, T = A.shape
    return A.reshape(h, n // h, m, T).transpose(1, 2, 0, 3)


def join_heads(A: Array) -> Array:
    """Return (d, m, h, T) as (h d, m, T)."""
    d, m, h, T = A.shape
    return A.transpose(2, 0, 1, 3).reshape(h * d, m, T)


def in_groups(A: Array, groups: int) -> Array:
    """Return (d, m, h, T) as a stack of matrices, (m, groups, h/groups, d, T).

    The heads of one group, which have the same keys and values, are successive ones.
    """
    d, m, h, T = A.shape
    return A.reshape(d, m, groups, h // groups, T).transpose(1, 2, 3, 0, 4)


def from_groups(stack: Array) -> Array:
    """Return (m, groups, h/groups, d, T) as (d, m, h, T)."""
    m, groups, each, d, T = stack.shape
    return stack.transpose(3, 0, 1, 2, 4).reshape(d, m, groups * each, T)


def transposed(stack: Array) -> Array:
    """Return the stack with each of its matrices transposed."""
    return stack.swapaxes(-1, -2)


def sum_over_group(stack: Array) -> Array:
    """Return the sum over the heads of each group, (m, groups, 1, d, T)."""
    return stack if stack.shape[2] == 1 else stack.sum(axis=2, keepdims=True)


def causal(T_K: int, T: int) -> Array:
    """Return which keys count for which queries, j ≤ t: (T_K, 1, 1, T)."""
    return (np.arange(T_K)[:, np.newaxis] <= np.arange(T)).reshape(T_K, 1, 1, T)


def check_heads(layer: str, shapes: Sequence[Shape]) -> None:
    """Check that one example of each input has the axes of heads, (d, h, T).

    Args:
        layer: the name of its class.
        shapes: of one example of each input.

    Raises:
        InputError: one has not.
    """
    for shape in shapes:
        if len(shape) != 3:
            raise input_error("attention.no-heads", layer=layer, shape=shape)


def check_groups(layer: str, h: int, h_kv: int) -> None:
    """Check that each of h_kv heads of keys and values serves as many of h heads of queries.

    Raises:
        InputError: h is no multiple of h_kv.
    """
    if h % h_kv:
        raise input_error("attention.groups", layer=layer, h=h, h_kv=h_kv)
