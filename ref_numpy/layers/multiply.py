"""The product of two tensors, as of a gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ref_numpy.arrays.axes import Shape
from ref_numpy.arrays.shape_checks import check_equal_shapes
from ref_numpy.context import Cache, Context
from ref_numpy.layer import Array, Layer


@dataclass(frozen=True)
class Multiply(Layer, kind="multiply"):
    """Z = A ∗ B        A, B, Z: (n, m, …)   (∗ is element by element)."""

    symbol: ClassVar[str] = "P"
    n_inputs: ClassVar[int | None] = 2

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return the shape that both inputs have.

        Raises:
            InputError: the shapes differ.
        """
        return check_equal_shapes("Multiply", shapes)

    def forward(
        self, params: Mapping[str, Array], context: Context, A: Array, B: Array
    ) -> tuple[Array, None]:
        """Compute Z = A ∗ B."""
        return A * B, None

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dZ: Array
    ) -> tuple[tuple[Array, Array], dict[str, Array]]:
        """Compute dA = dZ ∗ B    and dB = dZ ∗ A."""
        A, B = cache.inputs
        return (dZ * B, dZ * A), {}
