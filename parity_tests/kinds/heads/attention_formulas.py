"""Formulas of attention that are equal on paper and round differently: those of its kernels.

- √d divides the scores, or each of Q and K is divided by d^¼ first, as torch's math kernel does.
  That rounds each term twice, and bounds the division of Q alone, or of dS, as well.
- P is normalised before it multiplies V, or the sum of the values is divided by Σ t at its end, as
  fused kernels do: its relative errors are the same, of the terms or of their sum.
- Online softmax: a block's t belongs to the largest score so far, and is corrected later.
- Fused kernels of halves add in float32, but P and dS are factors of matrix products, in halves.
- Backward: P is e^{S − L} of an L that is not rounded to halves, as the softmax of S is.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.intervals import OUTWARD, compose_relative_errors
from parity_tests.error_model.ulp_tables import relative_error
from ref_numpy.arrays.heads import from_groups, in_groups, sum_over_group, transposed
from ref_numpy.arrays.masked_softmax import masked_softmax
from ref_numpy.layers.attention.attention import Attention

BLOCK = 32  # keys: no kernel has smaller blocks. FlashAttention has 64 and more, torch's CPU 512.


def as_factor(x: Any) -> Any:
    """Return x as a factor of a product of halves, whose steps compute in float32."""
    if not isinstance(x, ErrorArray) or x.p.stores is None:
        return x
    halves = x.p.stores
    error = (+x).rounded(halves.u).error + OUTWARD * halves.underflow
    return ErrorArray(x.value, np.where(x.value == 0, x.error, error), x.p)


def corrected(P: Any, L: Any) -> tuple[Any, Any]:
    """Return P = t/Σ t and L, where e^{s − max} is e^{s − m_1} e^{m_1 − m_2} …, block by block.

    Each exponent is the difference of two scores, rounded once, and none is positive: all of them
    add up to log t ≥ log P. So each t, and their sum, have b − 1 products and exponentials more,
    and exponents that are off by u |log P| more. Where P is 0 nothing is added.
    """
    blocks = -(-P.shape[0] // BLOCK)
    if blocks < 2 or not isinstance(P, ErrorArray):
        return P, L
    p = P.p
    each = compose_relative_errors(*[p.u, relative_error(np.exp, p)] * (blocks - 1))
    of_t = each - p.u * np.log(P.value, where=P.value > 0, out=np.zeros(P.shape))
    of_sum = of_t.max(axis=0, keepdims=True) * (1 + each)
    more = (of_t + of_sum) * (1 + 2 * of_sum)
    error = P.error + (P.value + P.error) * more + 2 * blocks * p.underflow
    return ErrorArray(P.value, error, p), ErrorArray(L.value, L.error + 2 * of_sum, p)


def scores(Q: Any, K: Any) -> Any:
    """Return S = K^T Q, (T_K, m, h, T), where each of Q and K was divided by d^¼."""
    d, _, groups, _ = K.shape
    Q, K = Q * d**-0.25, K * d**-0.25
    return from_groups(transposed(in_groups(K, groups)) @ in_groups(Q, groups))


def gradients_of_factors(Q: Any, K: Any, dS: Any) -> tuple[Any, Any]:
    """Return dQ and dK of scores whose factors were divided by d^¼, from stacks in groups."""
    d = Q.shape[-2]
    Q, K = Q * d**-0.25, K * d**-0.25
    dQ, dK = K @ dS * d**-0.25, sum_over_group(Q @ transposed(dS)) * d**-0.25
    return from_groups(dQ), from_groups(dK)


def forward(layer: Attention, params: Any, Q: Any, K: Any, V: Any) -> Any:
    """Return O and L as kernels do."""
    groups = V.shape[2]
    P, L = corrected(*masked_softmax(scores(Q, K), layer.counts(Q, K)))
    return from_groups(in_groups(V, groups) @ in_groups(as_factor(P), groups)), L


def backward(layer: Attention, params: Any, cache: Any, dO: Any, dL: Any) -> Any:
    """Return the gradients of Q, K and V as kernels do, which keep L in float32.

    A kernel that sums dP ∗ P and not dO ∗ O is within the bound of an O that is computed again.
    """
    (Q, K, V), (O, _), groups = cache.inputs, cache.outputs, cache.inputs[1].shape[2]
    P, _ = masked_softmax(scores(Q, K), layer.counts(Q, K))
    along = in_groups((dO * O).sum(axis=0, keepdims=True) - dL, groups)
    Q, K, V, P, dO = (in_groups(x, groups) for x in (Q, K, V, P, dO))
    dS = as_factor(P * (transposed(V) @ dO - along))
    dV = from_groups(sum_over_group(dO @ transposed(as_factor(P))))
    return (*gradients_of_factors(Q, K, dS), dV), {}
