"""Checks of the sizes and shapes that layers of graphs are given."""

from __future__ import annotations

from collections.abc import Sequence

from ref_numpy.arrays.axes import Shape
from ref_numpy.input_messages import input_error


def check_sizes(*sizes: int) -> None:
    """Check that each is a whole number from 1 up.

    Raises:
        InputError: one is not.
    """
    for n in sizes:
        if not isinstance(n, int) or isinstance(n, bool) or n < 1:
            raise input_error("layer.size", n=n)


def check_equal_shapes(layer: str, shapes: Sequence[Shape]) -> Shape:
    """Return the shape that one example of each of a layer's inputs has.

    Args:
        layer: the name of its class.
        shapes: of one example of each input.

    Raises:
        InputError: the shapes differ.
    """
    if len({*shapes}) > 1:
        raise input_error("layer.equal-shapes", layer=layer, shapes=shapes)
    return shapes[0]


def check_features(layer: str, n: int, shape: Shape) -> Shape:
    """Return the shape of one example, if it has n features.

    Args:
        layer: the name of its class.
        n: the features that it takes.
        shape: of one example.

    Raises:
        InputError: it has another number.
    """
    if shape[0] != n:
        raise input_error("layer.input-features", layer=layer, n=n, shape=shape)
    return shape
