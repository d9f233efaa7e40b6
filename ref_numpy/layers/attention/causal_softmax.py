"""The softmax over the keys up to the query, as of a text that is read from the left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ref_numpy.arrays.axes import Shape
from ref_numpy.arrays.heads import causal, check_heads
from ref_numpy.arrays.masked_softmax import masked_softmax
from ref_numpy.context import Cache, Context
from ref_numpy.layer import Array, Layer


@dataclass(frozen=True)
class CausalSoftmax(Layer, kind="causal_softmax"):
    """p_j = e^{s_j} / Σ_{k ≤ t} e^{s_k} of key j ≤ t, 0 of j > t        S, P: (T_K, m, h, T).

    Query t = 0 … T − 1 is the last axis. It is the softmax of scores that are −∞ where j > t; no
    tensor of a run is infinite, and the mask cannot be forgotten behind it.
    """

    symbol: ClassVar[str] = "P"

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return the shape of S.

        Raises:
            InputError: an example is not (T_K, h, T).
        """
        check_heads("CausalSoftmax", shapes)
        return shapes[0]

    def forward(
        self, params: Mapping[str, Array], context: Context, S: Array
    ) -> tuple[Array, None]:
        """Return P, which sums to 1 over the keys."""
        P, _ = masked_softmax(S, causal(S.shape[0], S.shape[3]))
        return P, None

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dP: Array
    ) -> tuple[Array, dict[str, Array]]:
        """Compute dS = P ∗ (dP − Σ_k dp_k p_k), 0 where p is."""
        (P,) = cache.outputs
        return P * (dP - (dP * P).sum(axis=0, keepdims=True)), {}
