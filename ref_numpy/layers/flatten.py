"""All positions of an example as features."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ref_numpy.arrays.axes import Shape
from ref_numpy.context import Cache, Context
from ref_numpy.layer import Array, Layer


@dataclass(frozen=True)
class Flatten(Layer, kind="flatten"):
    """z_{t n + k}(i) = a_k(i, t)        A: (n, m, T, …)   Z: (n T …, m).

    The features of the first position come first, then those of the second, and so on, the last
    axis of positions fastest. This is what torch's Flatten makes of (m, T, …, n).
    """

    symbol: ClassVar[str] = "F"

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return (n T …,)."""
        return (math.prod(shapes[0]),)

    def forward(
        self, params: Mapping[str, Array], context: Context, A: Array
    ) -> tuple[Array, None]:
        """Return Z, a view of A where there are no positions."""
        last = range(2, len(A.shape))
        return A.transpose(*last, 0, 1).reshape(-1, A.shape[1]), None  # (T, …, n, m) → (T … n, m)

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dZ: Array
    ) -> tuple[Array, dict[str, Array]]:
        """Return da_k(i, t) = dz_{t n + k}(i)."""
        n, m, *positions = cache.inputs[0].shape
        T = len(positions)
        return dZ.reshape(*positions, n, m).transpose(T, T + 1, *range(T)), {}
