"""A vector for each position, as GPT-2 learns it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ref_numpy.arrays.axes import Shape
from ref_numpy.arrays.shape_checks import check_sizes
from ref_numpy.context import Cache, Context
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array, Layer


@dataclass(frozen=True)
class Positions(Layer, kind="positions"):
    """z(i, t) = a(i, t) + p_t        P: (n, T)   A, Z: (n, m, T).

    Column t of P is added at position t of every example. An Embedding of the numbers 0 to T − 1
    would be the same, with an input of its own for these.
    """

    n: int
    T: int

    symbol: ClassVar[str] = "P"
    weights: ClassVar[tuple[str, ...]] = ("P",)

    def __post_init__(self) -> None:
        check_sizes(self.n, self.T)

    def parameter_shapes(self) -> dict[str, Shape]:
        """Return {"P": (n, T)}."""
        return {"P": (self.n, self.T)}

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return (n, T).

        Raises:
            InputError: an example is not (n, T).
        """
        if shapes[0] != (self.n, self.T):
            raise input_error("positions.shape", n=self.n, T=self.T, shape=shapes[0])
        return shapes[0]

    def forward(
        self, params: Mapping[str, Array], context: Context, A: Array
    ) -> tuple[Array, None]:
        """Return Z, with column t of P at each position t."""
        return A + params["P"][:, np.newaxis], None  # (n, m, T) + (n, 1, T)

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dZ: Array
    ) -> tuple[Array, dict[str, Array]]:
        """Compute dA = dZ    and dP = Σ_i dz(i, t), over the examples."""
        if not cache.to_parameters:
            return dZ, {}
        return dZ, {"P": dZ.sum(axis=1) / cache.context.scale}
