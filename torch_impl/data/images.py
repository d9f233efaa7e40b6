"""Which examples are images, and the images of a data set as they are drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ref_numpy.layer import Array
from torch_impl.training_messages import input_error


def image_shape(x: Array, given: Sequence[int] | None) -> tuple[int, ...] | None:
    """Return (h, w), (h, w, c) or (c, h, w), c being 1 or 3, of examples that are images.

    Args:
        x: (m, …).
        given: the shape; None takes that of x.

    Returns:
        None where x does not have the shape of an image.

    Raises:
        InputError: the given shape is not an image's, or not that of an example.
    """
    shape = tuple(x.shape[1:] if given is None else given)
    viewable = len(shape) == 2 or (len(shape) == 3 and {shape[0], shape[-1]} & {1, 3})
    if given is None:
        return shape if viewable else None
    n_x = math.prod(x.shape[1:])
    if not viewable or math.prod(shape) != n_x or min(shape) < 1:
        raise input_error("data.image-shape", shape=list(shape), n_x=n_x)
    return shape


def channels_first(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return (c, h, w), as networks take images, from any `image_shape`."""
    if len(shape) == 2:
        return 1, *shape
    return (shape[-1], *shape[:-1]) if shape[-1] in (1, 3) else shape


def as_pictures(x: Array, shape: tuple[int, ...]) -> Array:
    """(m, n_x) → (m, h, w) or (m, h, w, 3), from any `image_shape`."""
    images = x.reshape(-1, *shape)
    if len(shape) == 3 and shape[-1] not in (1, 3):
        images = np.moveaxis(images, 1, -1)
    return images[..., 0] if len(shape) == 3 and images.shape[-1] == 1 else images
