"""The softmax over those keys that count."""

from __future__ import annotations

import numpy as np

from ref_numpy.arrays.axes import Array


def exponentials(S: Array, counts: Array | None) -> tuple[Array, Array]:
    """Return t = e^(S − max S), 0 where a key does not count, and max S over those that do.

    Where none does, max S is taken to be 0.

    Args:
        S: the scores (T_K, m, h, T), keys first.
        counts: which keys count, broadcasts to S; None of all.
    """
    if counts is not None:
        S = np.where(counts, S, -np.inf)
    highest = S.max(axis=0, keepdims=True)  # (1, m, h, T)
    if counts is not None:
        highest = np.where(counts.any(axis=0, keepdims=True), highest, 0)
    return np.exp(S - highest), highest


def masked_softmax(S: Array, counts: Array | None) -> Array:
    """Return p_j = e^{s_j} / Σ_k e^{s_k} over the keys that count, 0 of others: (T_K, m, h, T).

    Where no key counts, every p_j is 0.
    """
    t, _ = exponentials(S, counts)
    total = t.sum(axis=0, keepdims=True)
    if counts is not None:
        total = np.where(counts.any(axis=0, keepdims=True), total, 1)
    return t / total
