"""Checks of the shapes that layers of windows are given."""

from __future__ import annotations

from ref_numpy.arrays.axes import Shape
from ref_numpy.arrays.windows import Windows
from ref_numpy.input_messages import input_error


def check_padding(layer: str, padding: int) -> None:
    """Check that the padding is a whole number from 0 up.

    Raises:
        InputError: it is not.
    """
    if not isinstance(padding, int) or isinstance(padding, bool) or padding < 0:
        raise input_error("windows.padding", layer=layer, padding=padding)


def check_axes(layer: str, shape: Shape, axes: tuple[int, ...]) -> Shape:
    """Return the positions of one example, if it has such a number of axes of them.

    Args:
        layer: the name of its class.
        shape: of one example, (n, …).
        axes: the numbers of axes that it takes.

    Raises:
        InputError: there is another number of axes.
    """
    _, *positions = shape
    if len(positions) not in axes:
        raise input_error("windows.axes", layer=layer, shape=shape, axes=axes)
    return (*positions,)


def check_windows(layer: str, shape: Shape, w: Windows) -> Shape:
    """Return how many windows one example has along each axis.

    Args:
        layer: the name of its class.
        shape: of one example, (n, …).
        w: the windows.

    Raises:
        InputError: a window is larger than the positions with their padding.
    """
    number = w.number(shape[1:])
    if 0 in number:
        raise input_error("windows.too-large", layer=layer, shape=shape, reach=max(w.reach))
    return number
