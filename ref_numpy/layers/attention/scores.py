"""How well each key fits each query: Vaswani et al., *Attention Is All You Need*, 2017."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ref_numpy.arrays.axes import Shape
from ref_numpy.arrays.heads import (
    check_groups,
    check_heads,
    from_groups,
    in_groups,
    sum_over_group,
    transposed,
)
from ref_numpy.context import Cache, Context
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array, Layer


@dataclass(frozen=True)
class Scores(Layer, kind="scores"):
    """S = K^T Q / √d        Q: (d, m, h, T)   K: (d, m, h_K, T_K)   S: (T_K, m, h, T).

    There is a product for each example and head. Keys are the features of S, so that the softmax
    over keys is the one over features. Where there are fewer heads of keys than of queries, each
    serves h/h_K successive ones: Ainslie et al., *GQA*, EMNLP 2023.
    """

    symbol: ClassVar[str] = "S"
    n_inputs: ClassVar[int | None] = 2

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return (T_K, h, T).

        Raises:
            InputError: the inputs have no heads, differ in d, or h is no multiple of h_K.
        """
        check_heads("Scores", shapes)
        (d, h, T), (d_K, h_K, T_K) = shapes
        check_groups("Scores", h, h_K)
        if d != d_K:
            raise input_error("attention.features", layer="Scores", d=d, d_other=d_K)
        return (T_K, h, T)

    def forward(
        self, params: Mapping[str, Array], context: Context, Q: Array, K: Array
    ) -> tuple[Array, None]:
        """Compute S = K^T Q / √d."""
        d, _, groups, _ = K.shape
        Q = Q / math.sqrt(d)  # which has fewer numbers than S
        S = transposed(in_groups(K, groups)) @ in_groups(Q, groups)  # (…, T_K, d) (…, d, T)
        return from_groups(S), None

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dS: Array
    ) -> tuple[tuple[Array, Array], dict[str, Array]]:
        """Compute dQ = K dS / √d    and dK = Q dS^T / √d, summed over the heads of a group."""
        Q, K = cache.inputs
        d, _, groups, _ = K.shape
        Q, K, dS = (in_groups(x, groups) for x in (Q, K, dS))
        dQ = K @ dS / math.sqrt(d)  # (…, d, T_K) (…, T_K, T)
        dK = sum_over_group(Q @ transposed(dS)) / math.sqrt(d)  # (…, d, T) (…, T, T_K)
        return (from_groups(dQ), from_groups(dK)), {}
