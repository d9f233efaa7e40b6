"""The softmax over the keys that count, beside padding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ref_numpy.arrays.axes import Shape
from ref_numpy.arrays.heads import causal, check_heads
from ref_numpy.arrays.masked_softmax import masked_softmax
from ref_numpy.context import Cache, Context
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array, Layer


@dataclass(frozen=True)
class PaddedSoftmax(Layer, kind="padded_softmax"):
    """p_j = e^{s_j} / Σ_k e^{s_k} of keys that count, 0 of others        S, P: (T_K, m, h, T).

    A second input has 1 for each key that counts and 0 for padding, (m, T_K). Where no key counts
    for a query, P is 0, and so are its result and gradients; torch's softmax of −∞ alone is NaN.

    Args:
        causal: whether only the keys j ≤ t count for query t, besides.
    """

    causal: bool = False

    symbol: ClassVar[str] = "P"
    n_inputs: ClassVar[int | None] = 2
    takes_whole_numbers: ClassVar[tuple[int, ...]] = (1,)

    def output_shape(self, *shapes: Any) -> Shape:
        """Return the shape of S.

        Raises:
            InputError: an example of S is not (T_K, h, T), or the other input is no 0 or 1 of each
                of its keys.
        """
        shape, counts = shapes
        check_heads("PaddedSoftmax", [shape])
        if counts.n != 2 or counts.shape != shape[:1]:
            raise input_error(
                "attention.padding", T_K=shape[0], n=counts.n, shape=tuple(counts.shape)
            )
        return shape

    def forward(
        self, params: Mapping[str, Array], context: Context, S: Array, counting: Array
    ) -> tuple[Array, None]:
        """Return P, which sums to 1 over the keys."""
        P, _ = masked_softmax(S, self.counts(S, counting))
        return P, None

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dP: Array
    ) -> tuple[tuple[Array, None], dict[str, Array]]:
        """Compute dS = P ∗ (dP − Σ_k dp_k p_k), 0 where p is."""
        (P,) = cache.outputs
        return (P * (dP - (dP * P).sum(axis=0, keepdims=True)), None), {}

    def counts(self, S: Array, counting: Array) -> Array:
        """Return which keys count for which queries, (T_K, m, 1, T) or (T_K, m, 1, 1)."""
        of_keys = (counting.T != 0)[:, :, np.newaxis, np.newaxis]
        return of_keys & causal(S.shape[0], S.shape[3]) if self.causal else of_keys
