"""The sum of several tensors, as of a residual connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ref_numpy.arrays.axes import Shape
from ref_numpy.arrays.shape_checks import check_equal_shapes
from ref_numpy.context import Cache, Context
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array, Layer


@dataclass(frozen=True)
class Add(Layer, kind="add"):
    """Z = A + B + …        A, B, …, Z: (n, m, …)."""

    symbol: ClassVar[str] = "S"
    n_inputs: ClassVar[int | None] = None

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return the shape that all inputs have.

        Raises:
            InputError: there is one input, or the shapes differ.
        """
        if len(shapes) < 2:
            raise input_error("layer.one-input", layer="Add")
        return check_equal_shapes("Add", shapes)

    def forward(
        self, params: Mapping[str, Array], context: Context, *inputs: Array
    ) -> tuple[Array, None]:
        """Compute Z = A + B + …, from the first to the last."""
        first, *others = inputs
        return sum(others, first), None

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dZ: Array
    ) -> tuple[tuple[Array, ...], dict[str, Array]]:
        """Return dA = dB = … = dZ."""
        return (dZ,) * len(cache.inputs), {}
