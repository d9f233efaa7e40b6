"""The features of all heads as one vector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ref_numpy.arrays.axes import Shape
from ref_numpy.arrays.heads import check_heads, join_heads, split_heads
from ref_numpy.context import Cache, Context
from ref_numpy.layer import Array, Layer


@dataclass(frozen=True)
class JoinHeads(Layer, kind="join_heads"):
    """z_{k d + j}(i, t) = a_j(i, k, t)        A: (d, m, h, T)   Z: (h d, m, T).

    The features of the first head come first, as before SplitHeads.
    """

    symbol: ClassVar[str] = "M"

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return (h d, T).

        Raises:
            InputError: an example is not (d, h, T).
        """
        check_heads("JoinHeads", shapes)
        d, h, T = shapes[0]
        return (h * d, T)

    def forward(
        self, params: Mapping[str, Array], context: Context, A: Array
    ) -> tuple[Array, None]:
        """Return Z, the features of the first head first."""
        return join_heads(A), None

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dZ: Array
    ) -> tuple[Array, dict[str, Array]]:
        """Return da_j(i, k, t) = dz_{k d + j}(i, t)."""
        (A,) = cache.inputs
        return split_heads(dZ, A.shape[2]), {}
