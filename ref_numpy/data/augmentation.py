"""Images that are shifted, and mirrored, anew in each epoch of a training.

What is done to an example is a pure function of the seed, the number of the epoch and that of the
example, as the order of the examples is (`epoch_permutation`). So a resumed run, one of several
processes and another library see the same images.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array

STREAM = 1  # the order of an epoch has the numbers of [seed, epoch], and these [seed, epoch, 1]


@dataclass(frozen=True)
class Augmentation:
    """a'(y, x) = a(y + u − p, x + v − p)        u, v: whole numbers from 0 to 2 p, equally likely.

    Where that is outside of the image, a' is the blank pixel. With `mirror` every other image,
    by chance, is mirrored after that: a'(y, W − 1 − x).

    Args:
        padding: p, by which an image is shifted at most.
        mirror: whether images are mirrored, which is for classes that a mirror image stays in: not
            for digits.

    Raises:
        InputError: the padding is no whole number from 0 up.
    """

    padding: int = 0
    mirror: bool = False

    def __post_init__(self) -> None:
        if type(self.padding) is not int or self.padding < 0:
            raise input_error("augmentation.padding", padding=self.padding)

    def __bool__(self) -> bool:
        return self.padding > 0 or self.mirror

    @property
    def text(self) -> str:
        """In words: "shifted by up to 2 pixels, mirrored"."""
        pixels = "1 pixel" if self.padding == 1 else f"{self.padding} pixels"
        parts = [f"shifted by up to {pixels}"] if self.padding else []
        return ", ".join([*parts, *(["mirrored"] if self.mirror else [])])

    def draws(self, m: int, seed: int, epoch: int) -> Array:
        """Return u, v and whether to mirror, 0 or 1, of each of m examples in an epoch: (m, 3)."""
        rng = np.random.default_rng([seed, epoch, STREAM])
        shifts = rng.integers(0, 2 * self.padding + 1, (m, 2))
        mirrored = rng.integers(0, 2, (m, 1)) if self.mirror else np.zeros((m, 1), np.int64)
        return np.concatenate([shifts, mirrored], axis=1)

    def apply(self, X: Array, draws: Array, blank: Any = 0) -> Array:
        """Return the images as they are drawn.

        Args:
            X: (n_C, m, H, W).
            draws: of these examples, (m, 3).
            blank: the number of a pixel outside of the image.
        """
        p, (_, _, H, W) = self.padding, X.shape
        edges = (0, 0), (0, 0), (p, p), (p, p)
        padded = np.pad(X, edges, constant_values=blank)
        result = np.empty_like(X)
        for i, (u, v, mirrored) in enumerate(draws):
            image = padded[:, i, u : u + H, v : v + W]
            result[:, i] = image[..., ::-1] if mirrored else image
        return result
