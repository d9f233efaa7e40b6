"""The largest number of each window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ref_numpy.arrays.windows import add_windows, windows_of
from ref_numpy.context import Cache, Context
from ref_numpy.layer import Array
from ref_numpy.layers.convolutional.pooling import Pooling


@dataclass(frozen=True)
class MaxPool(Pooling, kind="max_pool"):
    """z(y, x) = max a(s y + i, s x + j),   i, j = 0 … f − 1        A: (n, m, H, W).

    Z: (n, m, H', W'),   H' = ⌊(H + 2 p − f)/s⌋ + 1

    The gradient goes to the element that won; where several are equal, to the first, row by row, as
    in torch. Windows may overlap, and what wins in several has the sum. Padding never wins: it is
    −∞. Positions have one axis, two, or three.
    """

    def forward(
        self, params: Mapping[str, Array], context: Context, A: Array
    ) -> tuple[Array, None]:
        """Return the largest of each window."""
        return self.elements(A).max(axis=1), None

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dZ: Array
    ) -> tuple[Array, dict[str, Array]]:
        """Compute dv = dz where element v is the first of the largest, else 0, and dA = Σ dv."""
        (A,) = cache.inputs
        w = self.windows_along(A.ndim - 2)
        winner = self.elements(A).argmax(axis=1, keepdims=True)  # (n, 1, m, H', W')
        each = np.arange(self.f ** len(w.f)).reshape(-1, *(1,) * (A.ndim - 1))  # (f f, 1, 1, 1)
        dV = np.where(winner == each, dZ[:, None], 0)  # (n, f f, m, H', W')
        return add_windows(dV.reshape(dZ.shape[0], *w.f, *dZ.shape[1:]), w, A.shape[2:]), {}

    def elements(self, A: Array) -> Array:
        """Return the elements of each window along one axis, (n, f f, m, H', W')."""
        V = windows_of(A, self.windows_along(A.ndim - 2), fill=-np.inf)
        return V.reshape(A.shape[0], -1, *V.shape[A.ndim - 1 :])
