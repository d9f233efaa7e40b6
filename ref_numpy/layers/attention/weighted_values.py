"""The values, weighted by the probabilities of their keys."""

from __future__ import annotations

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
class WeightedValues(Layer, kind="weighted_values"):
    """O = V P        P: (T_K, m, h, T)   V: (d, m, h_V, T_K)   O: (d, m, h, T).

    There is a product for each example and head; each head of values serves h/h_V successive heads.
    """

    symbol: ClassVar[str] = "O"
    n_inputs: ClassVar[int | None] = 2

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return (d, h, T).

        Raises:
            InputError: the inputs have no heads, have different numbers of keys, or h is no
                multiple of h_V.
        """
        check_heads("WeightedValues", shapes)
        (T_K, h, T), (d, h_V, T_V) = shapes
        check_groups("WeightedValues", h, h_V)
        if T_K != T_V:
            raise input_error("attention.keys", layer="WeightedValues", T_K=T_K, T_V=T_V)
        return (d, h, T)

    def forward(
        self, params: Mapping[str, Array], context: Context, P: Array, V: Array
    ) -> tuple[Array, None]:
        """Compute O = V P."""
        groups = V.shape[2]
        O = in_groups(V, groups) @ in_groups(P, groups)  # (…, d, T_K) (…, T_K, T)
        return from_groups(O), None

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dO: Array
    ) -> tuple[tuple[Array, Array], dict[str, Array]]:
        """Compute dP = V^T dO    and dV = dO P^T, summed over the heads of a group."""
        P, V = cache.inputs
        groups = V.shape[2]
        P, V, dO = (in_groups(x, groups) for x in (P, V, dO))
        dP = transposed(V) @ dO  # (…, T_K, d) (…, d, T)
        dV = sum_over_group(dO @ transposed(P))  # (…, d, T) (…, T, T_K)
        return (from_groups(dP), from_groups(dV)), {}
