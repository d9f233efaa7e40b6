"""A vector for each token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ref_numpy.arrays.axes import Shape
from ref_numpy.arrays.shape_checks import check_sizes
from ref_numpy.context import Cache, Context
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array, Layer


@dataclass(frozen=True)
class Embedding(Layer, kind="embedding"):
    """a(i, t) = e_{x(i, t)}, column x(i, t) of E        E: (n, V)   x: (m, T)   A: (n, m, T).

    x holds whole numbers from 0 to V − 1, (m,) or (m, T, …); E is torch's transposed.
    """

    V: int
    n: int

    symbol: ClassVar[str] = "V"
    weights: ClassVar[tuple[str, ...]] = ("E",)
    takes_whole_numbers: ClassVar[tuple[int, ...]] = (0,)

    def __post_init__(self) -> None:
        check_sizes(self.V, self.n)

    def parameter_shapes(self) -> dict[str, Shape]:
        """Return {"E": (n, V)}."""
        return {"E": (self.n, self.V)}

    def output_shape(self, *shapes: Any) -> Shape:
        """Return (n,), or (n, T, …).

        Raises:
            InputError: the whole numbers are not those from 0 to V − 1.
        """
        (tokens,) = shapes
        if tokens.n != self.V:
            raise input_error("embedding.numbers", V=self.V, n=tokens.n)
        return (self.n, *tokens.shape)

    def forward(
        self, params: Mapping[str, Array], context: Context, x: Array
    ) -> tuple[Array, None]:
        """Return A, the columns of E that x names."""
        return params["E"][:, x], None

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dA: Array
    ) -> tuple[None, dict[str, Array]]:
        """Compute de_v = Σ da(i, t) over the places (i, t) where x(i, t) = v."""
        (x,) = cache.inputs
        if not cache.to_parameters:
            return None, {}
        dE = np.zeros_like(params["E"])
        columns_of_x: Any = (slice(None), x)
        np.add.at(dE, columns_of_x, dA)  # += would count a repeated token once
        return None, {"E": dE / cache.context.scale}
