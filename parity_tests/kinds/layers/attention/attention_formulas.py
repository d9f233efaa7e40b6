"""Formulas of attention that are equal on paper and round differently: those of its kernels.

- √d divides the scores, or each of Q and K is divided by d^¼ first, as torch's math kernel does.
- P is normalised before it multiplies V, or the sum V t is divided, as fused kernels do.
- Online softmax: a block's t belongs to the largest score so far, and is corrected later.
- Fused kernels of halves add in float32, but P and dS are factors of matrix products, in halves.
- Backward: P is the softmax of S, or e^{S − L}; Σ_k dp_k p_k is that sum, or Σ dO ∗ O.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.intervals import compose_relative_errors
from parity_tests.error_model.ulp_tables import relative_error
from ref_numpy.arrays.heads import from_groups, in_groups, sum_over_group, transposed
from ref_numpy.arrays.masked_softmax import exponentials, masked_softmax
from ref_numpy.layers.attention.attention import Attention

BLOCK = 32  # keys: no kernel has smaller blocks. FlashAttention has 64 and more, torch's CPU 512.


def as_factor(x: Any) -> Any:
    """Return x as a factor of a product of halves, whose steps compute in float32."""
    if not isinstance(x, ErrorArray) or x.p.stores is None:
        return x
    return (+x).rounded(x.p.stores.u)


def corrected(t: Any, blocks: int) -> Any:
    """Return t = e^{s − max} as the product of e^{s − m_1} e^{m_1 − m_2} …, a factor a block.

    Each exponent is the difference of two stored numbers, rounded once, of at most |log t|.
    """
    if blocks < 2 or not isinstance(t, ErrorArray):
        return t
    p = t.p
    with np.errstate(divide="ignore"):
        largest = np.abs(np.log(t.value, where=t.value > p.flush, out=np.zeros(t.shape)))
    u = compose_relative_errors(*[p.u, relative_error(np.exp, p)] * (blocks - 1))
    error = t.error + t.value * (u + p.u * largest) * (1 + u)
    return ErrorArray(t.value, error + blocks * p.underflow, p)


def scores(Q: Any, K: Any, divides_first: bool) -> Any:
    """Return S = K^T Q / √d, (T_K, m, h, T), each of Q and K by d^¼ first where that is asked."""
    d, _, groups, _ = K.shape
    if divides_first:
        Q, K = Q * d**-0.25, K * d**-0.25
    S = from_groups(transposed(in_groups(K, groups)) @ in_groups(Q, groups))
    return S if divides_first else S * d**-0.5


def forward(divides_first: bool, normalises_first: bool) -> Callable[..., Any]:
    """Return the forward pass by one order of operations."""

    def attention(layer: Attention, params: Any, Q: Any, K: Any, V: Any) -> Any:
        counts, groups = layer.counts(Q, K), V.shape[2]
        t, highest = exponentials(scores(Q, K, divides_first), counts)
        t = corrected(t, 1 if normalises_first else -(-K.shape[3] // BLOCK))
        total = t.sum(axis=0, keepdims=True)
        P = as_factor(t / total if normalises_first else t)
        O = from_groups(in_groups(V, groups) @ in_groups(P, groups))
        return O if normalises_first else O / total, highest + np.log(total)

    return attention


def backward(divides_first: bool, from_sums: bool, from_result: bool) -> Callable[..., Any]:
    """Return the backward pass by one order of operations.

    Args:
        divides_first: whether Q and K were divided by d^¼, and dS is not divided.
        from_sums: whether P is e^{S − L}, not the softmax of S.
        from_result: whether Σ_k dp_k p_k is Σ dO ∗ O.
    """

    def attention(layer: Attention, params: Any, cache: Any, dO: Any, dL: Any) -> Any:
        (Q, K, V), (O, L) = cache.inputs, cache.outputs
        counts, (d, _, groups, _) = layer.counts(Q, K), K.shape
        S = scores(Q, K, divides_first)
        if from_sums:
            P = np.exp((S if counts is None else np.where(counts, S, -np.inf)) - L)
        else:
            P = masked_softmax(S, counts)
        dP = from_groups(transposed(in_groups(V, groups)) @ in_groups(dO, groups))
        along = (dO * O if from_result else dP * P).sum(axis=0, keepdims=True)
        dS = as_factor(P * (dP - (along - dL)))
        Q, K, P, dO, dS = (in_groups(x, groups) for x in (Q, K, as_factor(P), dO, dS))
        dV = sum_over_group(dO @ transposed(P))
        if divides_first:
            dQ = K * d**-0.25 @ dS * d**-0.25
            dK = sum_over_group(Q * d**-0.25 @ transposed(dS)) * d**-0.25
        else:
            dQ = K @ (dS * d**-0.5)
            dK = sum_over_group(Q @ transposed(dS * d**-0.5))
        return (from_groups(dQ), from_groups(dK), from_groups(dV)), {}

    return attention


FORWARDS = (
    forward(divides_first=False, normalises_first=False),
    forward(divides_first=True, normalises_first=True),
)
BACKWARDS = (
    backward(divides_first=False, from_sums=True, from_result=True),
    backward(divides_first=False, from_sums=False, from_result=True),
    backward(divides_first=True, from_sums=False, from_result=False),
)
