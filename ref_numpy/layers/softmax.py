"""The softmax, the one activation here that is not element by element."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ref_numpy.arrays.axes import Shape
from ref_numpy.context import Cache, Context
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array, Layer


@dataclass(frozen=True)
class Softmax(Layer, kind="softmax"):
    """a_k = e^{z_k} / Σ_j e^{z_j}        ∂a_k/∂z_j = a_k (δ_kj − a_j).

    The largest z is subtracted first, which changes no a_k and overflows nothing.

    Args:
        axis: along which j and k go: 0, the features; 2, 3, … positions, such as the keys of an
            attention. Axis 1 has the examples, which do not depend on each other.

    Raises:
        InputError: the axis is that of the examples, or no whole number from 0 up.
    """

    axis: int = 0
    symbol: ClassVar[str] = "A"
    later_fields: ClassVar[tuple[str, ...]] = ("axis",)

    def __post_init__(self) -> None:
        if type(self.axis) is not int or self.axis < 0 or self.axis == 1:
            raise input_error("softmax.axis", axis=repr(self.axis))

    @property
    def ends_networks(self) -> bool:
        """Whether each column of the result has the probabilities of the classes."""
        return self.axis == 0

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return the shape of the input.

        Raises:
            InputError: it has no such axis.
        """
        if self.axis > len(shapes[0]):  # of an example, which has one axis less
            raise input_error("softmax.no-such-axis", axis=self.axis, shape=shapes[0])
        return shapes[0]

    def forward(
        self, params: Mapping[str, Array], context: Context, Z: Array
    ) -> tuple[Array, None]:
        """Return the probabilities A (n, m, …), which sum to 1 along the axis."""
        t = np.exp(Z - Z.max(axis=self.axis, keepdims=True))  # (n, m, …)
        A = t / t.sum(axis=self.axis, keepdims=True)  # (n, m, …) / (1, m, …)
        return A, None

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dA: Array
    ) -> tuple[Array, dict[str, Array]]:
        """dz_j = Σ_k da_k ∂a_k/∂z_j = a_j (da_j − Σ_k da_k a_k)."""
        (A,) = cache.outputs
        dZ = A * (dA - (dA * A).sum(axis=self.axis, keepdims=True))
        return dZ, {}
