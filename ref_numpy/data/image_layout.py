"""The pixels of an example, in its source's order, as a network of images takes them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array

Shape = tuple[int, ...]


@dataclass(frozen=True)
class ImageLayout:
    """Columns of pixels (n_x, m) ↔ images (n_C, m, H, W).

    Args:
        image: (n_C, H, W).
        channels_last: whether a pixel's channels stand together in the source, (H, W, n_C).
    """

    image: Shape
    channels_last: bool = False

    def to_images(self, X: Array) -> Array:
        """(n_x, m) → (n_C, m, H, W), a view."""
        n_C, H, W = self.image
        if self.channels_last:
            return np.moveaxis(X.reshape(H, W, n_C, X.shape[1]), (2, 3), (0, 1))
        return np.moveaxis(X.reshape(n_C, H, W, X.shape[1]), 3, 1)

    def to_columns(self, X: Array) -> Array:
        """(n_C, m, H, W) → (n_x, m): invert `to_images`."""
        n_x, m = math.prod(self.image), X.shape[1]
        if self.channels_last:
            return np.moveaxis(X, (0, 1), (2, 3)).reshape(n_x, m)
        return np.moveaxis(X, 1, 3).reshape(n_x, m)


def image_layout(shape: Shape, taken: Any) -> ImageLayout | None:
    """Return how examples become the images that a network takes; None where it takes columns.

    Args:
        shape: of an example: (H, W), (H, W, n_C), (n_C, H, W), or (n_x,) in the order of the last.
        taken: the shape of an example of the network's input, of images (n_C, H, W).

    Raises:
        InputError: an example is no such image.
    """
    if not isinstance(taken, tuple) or len(taken) != 3:
        return None
    n_C, H, W = taken
    if shape in (taken, (math.prod(taken),)) or (n_C == 1 and shape == (H, W)):
        return ImageLayout(taken)
    if shape == (H, W, n_C):
        return ImageLayout(taken, channels_last=True)
    raise input_error("data.no-such-image", shape=shape, taken=taken)
