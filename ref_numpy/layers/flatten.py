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
    """z_{t n + k}(i) = a_k(i, t)        A: (n, m, T)   Z: (n T, m).

    The features of the first position come first, then those of the second, and so on. Of images,
    A: (n_C, m, H, W), each channel's positions stay together instead: z_{(k H + y) W + x}. This is
    what torch's Flatten makes of its (m, T, n), and of its (m, n_C, H, W).
    """

    symbol: ClassVar[str] = "F"

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return (n T,), or (n_C H W,)."""
        return (math.prod(shapes[0]),)

    def forward(
        self, params: Mapping[str, Array], context: Context, A: Array
    ) -> tuple[Array, None]:
        """Return Z, a view of A where there are no positions."""
        return A.transpose(order_of(A)).reshape(-1, A.shape[1]), None  # (T, n, m) → (T n, m)

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dZ: Array
    ) -> tuple[Array, dict[str, Array]]:
        """Return da_k(i, t) = dz_{t n + k}(i)."""
        (A,) = cache.inputs
        order = order_of(A)
        back = sorted(range(len(order)), key=order.__getitem__)
        return dZ.reshape(*(A.shape[axis] for axis in order)).transpose(back), {}


def order_of(A: Array) -> tuple[int, ...]:
    """Return the axes of A from the slowest on in Z, and then that of the examples."""
    positions = range(2, A.ndim)
    return (0, *positions, 1) if len(positions) > 1 else (*positions, 0, 1)
