"""Terms that are alike: their additions round alike, and the errors add up instead of cancelling.

Partial sums of size S are multiples of one unit, h = 2uS at most, and so the error of s + t depends
on t modulo h alone. Where terms are spread over many units, their errors have mean zero. Equal
terms, and those that differ by less than h, all have the same error: K of them are off by K u S and
not by √K u S. This happens with weights of zero, constant inputs, repeated examples, or losses that
are nearly the same before training.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from ref_numpy import Array

ArrayMap = Callable[[Array], Array]

SAMPLE = 1024  # factors of a row that are looked at, or a quarter of them: an eighth is seen
PART = 2**14  # numbers of rows that are looked at together: they fit into a processor's cache
GRIDS = (1.0, 2**-0.5)  # units of h: groups of terms that cancel in one do not in another


def share_alike(x: Array, u: float, K: int) -> Array:
    """Return the share of the terms of each row that are alike; 0 where they are as if random.

    c = (|Σ_k r_k f(y_k)| + |Σ_k r_k f(y_k + ¼)|)/K,   y_k = |x_k|/h,   h = 2u Σ|x|,

    where f is the triangular wave of period 1 between −1 and 1. Since |f(y)| + |f(y + ¼)| = 1,
    c = 1 where all terms are alike. Of n random terms it is about 1/√n, and more than 4/√n with a
    probability of 10⁻⁵, so that up to 4/√n is 0. Alike terms that this hides are off by 4 K u/√n at
    most: half of the λ√K u that is allowed in any case where all K terms are looked at, and about
    as much where a quarter is. A term's own error is at most itself, which is less than h/2 by
    r = min(1, 2y): zeros do not count.

    Args:
        x: the terms, or factors of terms, or a sample of them: (n, at most K).
        u: the unit roundoff of their sum.
        K: the number of terms.

    Returns:
        (n,), from 0 to 1.
    """
    n_parts = min(x.size // PART, len(x) // 2)  # NumPy adds a single row in another order
    if n_parts > 1:
        return np.concatenate([share_alike(rows, u, K) for rows in np.array_split(x, n_parts)])
    y, n = np.abs(x), x.shape[-1]
    total = y.sum(axis=-1, keepdims=True) * (K / n)
    y /= np.where(total > 0, 2 * u * total, 1)
    own = np.minimum(2 * y, 1)
    of_own = own.sum(axis=-1)
    alike = [wave_sum(own, of_own, c * y) + wave_sum(own, of_own, c * y + 1 / 4) for c in GRIDS]
    c = np.maximum(*alike) / n
    return np.where(c > 4 / np.sqrt(n), np.minimum(c, 1), 0)


def wave_sum(own: Array, of_own: Array, y: Array) -> Array:
    """Return |Σ_k r_k f(y_k)| of each row, from r, Σ_k r_k and y, which is overwritten."""
    y -= np.rint(y)
    return np.abs(4 * np.einsum("ij,ij->i", own, np.abs(y, out=y)) - of_own)


@lru_cache(maxsize=64)
def sample_of(K: int) -> Array:
    """Return some of the numbers below K, without a period that the terms may have."""
    return np.random.default_rng(K).permutation(K)[: max(SAMPLE, K // 4)]


def count_alike_into(x: Array, u: float, add: ArrayMap, back: ArrayMap) -> Array:
    """Return how many terms are alike, of each of many sums of different lengths.

    It is K times the share that `share_alike` defines, of each sum; y, of each term, takes the h of
    the sum that the term is added to.

    Args:
        x: the terms of all sums.
        u: the unit roundoff of the sums.
        add: adds each term to its sum.
        back: of each term, its sum's number.
    """
    y, n = np.abs(x), add(np.ones(x.shape))
    h = 2 * u * add(y)
    y = y / back(np.where(h > 0, h, 1))
    own = np.minimum(2 * y, 1)

    def wave(at: Array) -> Array:
        return np.abs(add(own * (4 * np.abs(at - np.rint(at)) - 1)))

    c = np.maximum(*(wave(grid * y) + wave(grid * y + 1 / 4) for grid in GRIDS))
    return np.where(c > 4 * np.sqrt(n), np.minimum(c, n), 0)


def products_alike(a: Array, b: Array, u: float) -> Array | float:
    """Return the share of the products w_ik a_kj that are alike, of each element of W A.

    Products are alike where both factors are, for most pairs of rows and columns; of factors that
    depend on each other more could be.

    Args:
        a: W (…, n, K).
        b: A (…, K, m).
        u: the unit roundoff of their sum.

    Returns:
        (…, n, m), or 0 where one of the two has no row or column with factors that are alike.
    """
    K, factors = a.shape[-1], [a, np.swapaxes(b, -1, -2)]
    few, many = sorted((0, 1), key=lambda i: factors[i].size)
    alike: list[Array] = [np.zeros(0)] * 2
    for i in (few, many):
        x = factors[i].reshape(-1, K)
        share = share_alike(x[:, sample_of(K)] if K > SAMPLE else x, u, K)
        if not share.any():
            return 0.0
        alike[i] = share.reshape(factors[i].shape[:-1])
    return np.minimum(alike[0][..., :, np.newaxis], alike[1][..., np.newaxis, :])
