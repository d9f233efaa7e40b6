"""Maxout: Goodfellow et al., *Maxout Networks*, ICML 2013, arXiv:1302.4389."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ref_numpy.arrays.axes import Shape
from ref_numpy.arrays.shape_checks import check_features, check_sizes
from ref_numpy.context import Cache, Context
from ref_numpy.layer import Array, Layer


@dataclass(frozen=True)
class Maxout(Layer, kind="maxout"):
    """a_j = max_i z_{jk+i},   i = 0 … k − 1        Z: (n k, m, …)   A: (n, m, …).

    Each unit has k successive features of Z, its *pieces*. After a Dense of n k units they are k
    linear functions, and the unit is their largest. Its gradient goes to the piece that won; where
    several are equal, to the first.
    """

    n: int
    pieces: int = 2

    symbol: ClassVar[str] = "A"

    def __post_init__(self) -> None:
        check_sizes(self.n, self.pieces)

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return (n, …).

        Raises:
            InputError: an example is not (n k, …).
        """
        check_features("Maxout", self.n * self.pieces, shapes[0])
        return (self.n, *shapes[0][1:])

    def forward(
        self, params: Mapping[str, Array], context: Context, Z: Array
    ) -> tuple[Array, None]:
        """Return the largest piece of each unit."""
        return self.pieces_of(Z).max(axis=1), None

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dA: Array
    ) -> tuple[Array, dict[str, Array]]:
        """Compute dz_{jk+i} = da_j where piece i is the first of the largest, else 0."""
        (Z,) = cache.inputs
        winner = self.pieces_of(Z).argmax(axis=1, keepdims=True)  # (n, 1, m, …)
        each = np.arange(self.pieces).reshape(-1, *(1,) * (Z.ndim - 1))  # (k, 1, …)
        return np.where(winner == each, dA[:, None], 0).reshape(Z.shape), {}

    def pieces_of(self, Z: Array) -> Array:
        """Return Z (n k, m, …) as (n, k, m, …)."""
        return Z.reshape(self.n, self.pieces, *Z.shape[1:])
