"""Softmax and its logarithm of logits that have an error, as where a kernel did not store them.

Step by step, Z − max z has an error where it is 0, e^z one of many times itself, and the sum one
that may make it 0. But an error δ of z moves log a_k by at most

    |δ_k| + max_j |δ_j|,        since  Σ_j |∂(log Σ_i e^{z_i}) / ∂z_j| = Σ_j a_j = 1.

So it does four of the numbers that a formula rounds on its way, and the weights a_j of those in the
sum change by less than what log Σ e^z then falls short of that: together less than 6u times it.
8u has room for the roundings of the bound itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.intervals import OUTWARD
from ref_numpy import Context, Softmax
from ref_numpy.layer import Array


def largest_change(Z: ErrorArray, axis: int = 0) -> Array:
    """Return (|δ_k| + max_j |δ_j|) (1 + 8u), by which log a_k may move, roundings included."""
    return (Z.error + Z.error.max(axis=axis, keepdims=True)) * (1 + 8 * Z.p.u)


def log_softmax(Z: Any) -> Any:
    """Return log a_k = (z_k − max z) − log Σ_j e^{z_j − max z}."""
    if isinstance(Z, ErrorArray) and not Z.exact:
        L = log_softmax(ErrorArray(Z.value, p=Z.p))
        return ErrorArray(L.value, L.error + largest_change(Z), Z.p)
    Z = Z - Z.max(axis=0, keepdims=True)
    return Z - np.log(np.exp(Z).sum(axis=0, keepdims=True))


def bound_softmax(A: ErrorArray, Z: ErrorArray, axis: int = 0) -> ErrorArray:
    """Return a_k ± ((a_k + ε_k) e^{change of log a_k} − a_k).

    Args:
        A: softmax(Z), whose error step by step is larger.
        Z: the logits, with their errors; ε is that of A where they had none.
        axis: of the softmax.
    """
    exact: Any = ErrorArray(Z.value, p=Z.p)
    rounded: Any = Softmax(axis).forward({}, Context(), exact)[0]
    with np.errstate(over="ignore"):
        factor = np.exp(largest_change(Z, axis)) * OUTWARD
    error = (A.value + rounded.error) * factor - A.value
    return ErrorArray(A.value, error, A.p)
