"""The mean of each window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ref_numpy.arrays.axes import Shape
from ref_numpy.arrays.windows import add_windows, windows_of
from ref_numpy.context import Cache, Context
from ref_numpy.layer import Array
from ref_numpy.layers.convolutional.pooling import Pooling


@dataclass(frozen=True)
class AveragePool(Pooling, kind="average_pool"):
    """z(y, x) = (1/k) Σ a(s y + i, s x + j),   i, j = 0 … f − 1        A: (n, m, H, W).

    Z: (n, m, H', W'),   H' = ⌊(H + 2 p − f)/s⌋ + 1

    k = f f, the padding's zeros too; without `count_include_pad`, the elements of a window that are
    no padding. Windows may overlap. Positions have one axis, two, or three.
    """

    count_include_pad: bool = True

    def forward(
        self, params: Mapping[str, Array], context: Context, A: Array
    ) -> tuple[Array, None]:
        """Compute Z = Σ v / k."""
        w = self.windows_along(A.ndim - 2)
        total = windows_of(A, w).sum(axis=tuple(range(1, A.ndim - 1)))  # (n, m, H', W')
        return total / self.count(A.shape[2:], A.dtype), None

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dZ: Array
    ) -> tuple[Array, dict[str, Array]]:
        """Compute dv = dz / k for each element v of a window, and dA = Σ dv."""
        (A,) = cache.inputs
        w = self.windows_along(A.ndim - 2)
        dv = dZ / self.count(A.shape[2:], dZ.dtype)
        each = dv.reshape(dZ.shape[0], *(1 for _ in w.f), *dZ.shape[1:])
        dV = np.broadcast_to(each, (dZ.shape[0], *w.f, *dZ.shape[1:]))
        return add_windows(dV, w, A.shape[2:]), {}

    def count(self, positions: Shape, dtype: np.dtype) -> Array | int:
        """Return k: one number, or that of each window, (H', W')."""
        w = self.windows_along(len(positions))
        if self.count_include_pad or not self.padding:
            return self.f ** len(w.f)
        ones = windows_of(np.ones((1, 1, *positions), dtype), w)
        return ones.sum(axis=tuple(range(len(w.f) + 2)))
