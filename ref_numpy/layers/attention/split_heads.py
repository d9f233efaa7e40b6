"""Features as heads: each head has d of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ref_numpy.arrays.axes import Shape
from ref_numpy.arrays.heads import join_heads, split_heads
from ref_numpy.arrays.shape_checks import check_sizes
from ref_numpy.context import Cache, Context
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array, Layer


@dataclass(frozen=True)
class SplitHeads(Layer, kind="split_heads"):
    """z_j(i, k, t) = a_{k d + j}(i, t)        A: (h d, m, T)   Z: (d, m, h, T).

    Head k = 0 … h − 1 has the features k d to k d + d − 1, as in GPT-2 and in torch's
    view(m, T, h, d).
    """

    h: int

    symbol: ClassVar[str] = "H"

    def __post_init__(self) -> None:
        check_sizes(self.h)

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return (d, h, T).

        Raises:
            InputError: an example is not (n, T), or n is no multiple of h.
        """
        (shape,) = shapes
        if len(shape) != 2 or shape[0] % self.h:
            raise input_error("attention.split", h=self.h, shape=shape)
        return (shape[0] // self.h, self.h, shape[1])

    def forward(
        self, params: Mapping[str, Array], context: Context, A: Array
    ) -> tuple[Array, None]:
        """Return Z, a view of A."""
        return split_heads(A, self.h), None

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dZ: Array
    ) -> tuple[Array, dict[str, Array]]:
        """Return da_{k d + j}(i, t) = dz_j(i, k, t)."""
        return join_heads(dZ), {}
