"""What poolings have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ref_numpy.arrays.axes import Shape
from ref_numpy.arrays.shape_checks import check_sizes
from ref_numpy.arrays.windows import Windows
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Layer
from ref_numpy.layers.convolutional.shapes import check_axes, check_padding, check_windows


@dataclass(frozen=True)
class Pooling(Layer):
    """One number of each window of each feature.

    Without a `stride` the windows lie side by side: it is f.
    """

    f: int
    stride: int | None = None
    padding: int = 0

    symbol: ClassVar[str] = "P"

    def __post_init__(self) -> None:
        name = type(self).__name__
        check_sizes(self.f, *(() if self.stride is None else (self.stride,)))
        check_padding(name, self.padding)
        if 2 * self.padding > self.f:
            raise input_error(
                "windows.wide-padding", layer=name, f=self.f, padding=self.padding, most=self.f // 2
            )

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return (n, T') or (n, H', W').

        Raises:
            InputError: an example has no positions, more than three axes of them, or fewer than a
                window.
        """
        name = type(self).__name__
        positions = check_axes(name, shapes[0], (1, 2, 3))
        return (shapes[0][0], *check_windows(name, shapes[0], self.windows_along(len(positions))))

    def windows_along(self, axes: int) -> Windows:
        """Return the windows of so many axes of positions."""
        return Windows((self.f,) * axes, self.stride or self.f, self.padding)
