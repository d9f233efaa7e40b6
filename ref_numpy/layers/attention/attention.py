"""Attention as one layer, as fused kernels compute it: Dao et al., *FlashAttention*, 2022."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ref_numpy.arrays.axes import Shape
from ref_numpy.arrays.heads import (
    causal,
    check_groups,
    check_heads,
    from_groups,
    in_groups,
    sum_over_group,
    transposed,
)
from ref_numpy.arrays.masked_softmax import masked_softmax
from ref_numpy.context import Cache, Context
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array, Layer


@dataclass(frozen=True)
class Attention(Layer, kind="attention"):
    """O = V P   L = log Σ_j e^{s_j}   P = e^{S − L}   S = K^T Q / √d        Q, O: (d, m, h, T).

    Of K and V (d, m, h_K, T_K) each head serves h/h_K successive heads of Q, as of Scores. L is
    (1, m, h, T): from it and O the backward pass computes P and Σ_k dp_k p_k again, and no array
    (T_K, m, h, T) is kept. Most networks use O alone.

    Args:
        causal: whether only the keys j ≤ t count for query t.
    """

    causal: bool = False

    symbol: ClassVar[str] = "O"
    n_inputs: ClassVar[int | None] = 3

    def output_shape(self, *shapes: Shape) -> list[Shape]:
        """Return (d, h, T) and (1, h, T).

        Raises:
            InputError: the inputs have no heads, or their sizes do not fit.
        """
        check_heads("Attention", shapes)
        (d, h, T), (d_K, h_K, T_K), (d_V, h_V, T_V) = shapes
        check_groups("Attention", h, h_K)
        if d != d_K:
            raise input_error("attention.features", layer="Attention", d=d, d_other=d_K)
        if (h_K, T_K) != (h_V, T_V):
            raise input_error("attention.values", keys=shapes[1], values=shapes[2])
        return [(d_V, h, T), (1, h, T)]

    def forward(
        self, params: Mapping[str, Array], context: Context, Q: Array, K: Array, V: Array
    ) -> tuple[tuple[Array, Array], None]:
        """Compute O = V P and L; P is not kept."""
        P, L = masked_softmax(self.scores(Q, K), self.counts(Q, K))  # (T_K, m, h, T), (1, m, h, T)
        groups = V.shape[2]
        O = in_groups(V, groups) @ in_groups(P, groups)  # (…, d, T_K) (…, T_K, T)
        return (from_groups(O), L), None

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dO: Array, dL: Array
    ) -> tuple[tuple[Array, Array, Array], dict[str, Array]]:
        """Compute dS = P ∗ (V^T dO − Σ dO ∗ O + dL),   dQ = K dS / √d,   dK = Q dS^T / √d.

        dV = dO P^T. dK and dV are summed over the heads of a group.
        """
        (Q, K, V), (O, L), counts = cache.inputs, cache.outputs, self.counts(*cache.inputs[:2])
        S = self.scores(Q, K)
        P = S if counts is None else np.where(counts, S, -np.inf)
        P -= L
        np.exp(P, out=P)
        d, _, groups, _ = K.shape
        along = (dO * O).sum(axis=0, keepdims=True) - dL  # (1, m, h, T)
        Q, K, V, P, dO, along = (in_groups(x, groups) for x in (Q, K, V, P, dO, along))
        dV = sum_over_group(dO @ transposed(P))
        dS = transposed(V) @ dO  # (…, T_K, T)
        dS -= along
        dS *= P
        dQ = K @ dS / math.sqrt(d)
        dK = sum_over_group(Q @ transposed(dS)) / math.sqrt(d)
        return (from_groups(dQ), from_groups(dK), from_groups(dV)), {}

    def scores(self, Q: Array, K: Array) -> Array:
        """Return S, (T_K, m, h, T)."""
        d, _, groups, _ = K.shape
        Q = Q / math.sqrt(d)  # which has fewer numbers than S
        return from_groups(transposed(in_groups(K, groups)) @ in_groups(Q, groups))

    def counts(self, Q: Array, K: Array) -> Array | None:
        """Return which keys count for which queries, (T_K, 1, 1, T); None of all."""
        return causal(K.shape[3], Q.shape[3]) if self.causal else None
