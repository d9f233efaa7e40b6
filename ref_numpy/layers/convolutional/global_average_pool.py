"""The mean over all positions: Lin, Chen and Yan, *Network In Network*, ICLR 2014."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ref_numpy.arrays.axes import Shape
from ref_numpy.context import Cache, Context
from ref_numpy.layer import Array, Layer
from ref_numpy.layers.convolutional.shapes import check_axes


@dataclass(frozen=True)
class GlobalAveragePool(Layer, kind="global_average_pool"):
    """z = (1/T) Σ_t a(t)        A: (n, m, …), of T positions   Z: (n, m).

    T is H W of images.
    """

    symbol: ClassVar[str] = "P"

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return (n,).

        Raises:
            InputError: an example has no positions, or more than three axes of them.
        """
        check_axes(type(self).__name__, shapes[0], (1, 2, 3))
        return shapes[0][:1]

    def forward(
        self, params: Mapping[str, Array], context: Context, A: Array
    ) -> tuple[Array, None]:
        """Compute Z = (1/T) Σ_t A(t)."""
        n, m, *_ = A.shape
        return A.reshape(n, m, -1).mean(axis=2), None

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dZ: Array
    ) -> tuple[Array, dict[str, Array]]:
        """Return da(t) = dz / T, the same at each position."""
        (A,) = cache.inputs
        positions = A.shape[2:]
        each = dZ / math.prod(positions)
        return np.broadcast_to(each.reshape(*dZ.shape, *(1 for _ in positions)), A.shape), {}
