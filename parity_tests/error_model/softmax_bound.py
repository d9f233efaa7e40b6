"""The rule of the softmax over those keys that count, and of the logarithm of its sums.

Step by step, of scores that have an error, S − max S has one where it is 0, e^s one of many times
itself, and the sum one that may make it 0. But an error δ of s moves L = log Σ_k e^{s_k} by at most
max_k |δ_k|, since its derivatives p_k add up to 1, and log p_j = s_j − L by at most

    c_j = |δ_j| + max_k |δ_k|,

over the keys k that count. So with ε the error where S is exact, p_j is off by at most
(p_j + ε_j) e^{c_j} − p_j. The roundings are those of other numbers than those of an exact S: of L
and of log p_j by less than 6u c_j. 8u has room for the roundings of the bound itself.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from parity_tests.error_model.balls import Ball
from parity_tests.error_model.intervals import OUTWARD
from ref_numpy.arrays.masked_softmax import shifted_softmax
from ref_numpy.layer import Array

B = TypeVar("B", bound=Ball)


def softmax_over_keys(S: B, counts: Array | None) -> tuple[B, B]:
    """Return P and L of `masked_softmax`, with their errors.

    Args:
        S: the scores (T_K, m, h, T).
        counts: which keys count, broadcasts to S; None of all.
    """
    exact: Any = S.made(S.value)
    both: Any = shifted_softmax(exact, counts)
    P, L = both
    if S.exact:
        return P, L
    error = S.error if counts is None else np.where(counts, S.error, 0)
    most = error.max(axis=0, keepdims=True)
    room = 1 + 8 * S.p.u
    with np.errstate(over="ignore", invalid="ignore"):
        factor = OUTWARD * np.exp((error + most) * room)
        of_P = (P.value + P.error) * factor - P.value
    if counts is not None:
        of_P = np.where(counts, of_P, P.error)
    return P.made(P.value, of_P), L.made(L.value, OUTWARD * (L.error + most * room))
