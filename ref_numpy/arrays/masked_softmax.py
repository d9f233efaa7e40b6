"""The softmax over those keys that count, and the logarithm of its sums."""

from __future__ import annotations

import numpy as np

from ref_numpy.arrays.axes import Array
from ref_numpy.arrays.own_rules import with_own_rules


@with_own_rules
def masked_softmax(S: Array, counts: Array | None) -> tuple[Array, Array]:
    """Return p_j = e^{s_j} / Σ_k e^{s_k} and L = log Σ_k e^{s_k}, over the keys k that count.

    Where a key does not count, p is 0. Where none does, every p is 0, and so is L.

    Args:
        S: the scores (T_K, m, h, T), keys first.
        counts: which keys count, broadcasts to S; None of all.

    Returns:
        P in the shape of S, and L (1, m, h, T).
    """
    return shifted_softmax(S, counts)


def shifted_softmax(S: Array, counts: Array | None) -> tuple[Array, Array]:
    """Return P and L; the largest score is subtracted first, so that nothing overflows.

    P is computed in place: an array for each operation takes longer than what is computed.
    """
    if counts is None:
        highest = S.max(axis=0, keepdims=True)  # (1, m, h, T)
        P = S - highest
        np.exp(P, out=P)  # t = e^{S − max S}
        total = P.sum(axis=0, keepdims=True)
    else:
        P, some = np.where(counts, S, -np.inf), counts.any(axis=0, keepdims=True)
        highest = np.where(some, P.max(axis=0, keepdims=True), 0)
        P -= highest
        np.exp(P, out=P)
        total = np.where(some, P.sum(axis=0, keepdims=True), 1)
    P /= total
    return P, highest + np.log(total)
