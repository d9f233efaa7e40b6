"""From images to X: sizes read off, one column an image, standardised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ref_numpy.errors import InputError
from ref_numpy.layer import Array


class ImageSizes(NamedTuple):
    """What the course reads off first: an image is (num_px, num_px, channels)."""

    m_train: int
    m_test: int
    num_px: int
    channels: int


def image_sizes(train_set_x: Array, test_set_x: Array) -> ImageSizes:
    """Read m_train, m_test and num_px off two sets of square images, each (m, num_px, num_px, c).

    Raises InputError where a set is not of that shape or the two differ in more than m.
    """
    for name, images in (("train_set_x", train_set_x), ("test_set_x", test_set_x)):
        if images.ndim != 4 or images.shape[1] != images.shape[2]:
            raise InputError(
                f"{name} has shape {images.shape}; expected (m, num_px, num_px, channels)."
            )
    if train_set_x.shape[1:] != test_set_x.shape[1:]:
        raise InputError(
            f"train_set_x holds images of shape {train_set_x.shape[1:]} and test_set_x of "
            f"{test_set_x.shape[1:]}; expected one shape: resize one of the sets."
        )
    m_train, num_px, _, channels = train_set_x.shape
    return ImageSizes(m_train, test_set_x.shape[0], num_px, channels)


def flatten_images(images: Array) -> Array:
    """(m, h, w, c) → (h·w·c, m): one column an image."""
    if images.ndim < 2:
        raise InputError(f"images has shape {images.shape}; expected (m, h, w, c).")
    return images.reshape(images.shape[0], -1).T


@dataclass(frozen=True)
class Standardiser:
    """X ← (X − μ) / σ        μ and σ (n_x, 1) are the training set's, also for the test set.

    Both are float64, and so is the arithmetic: near 1e9 a float32 number is known to within 32, and
    what is lost before μ is subtracted cannot be recovered.
    """

    mu: Array
    sigma: Array

    @classmethod
    def of(cls, X_train: Array, each_feature: bool = True) -> Standardiser:
        """μ and σ of each row, or of all numbers together (for images, whose pixels are alike).

        A row that never changes says nothing: its σ is taken to be 1.
        Raises InputError where X_train is not (n_x, m) or not finite.
        """
        X = np.asarray(X_train, dtype=np.float64)
        if X.ndim != 2 or not X.size or not np.isfinite(X).all():
            raise InputError(
                f"X_train has shape {X.shape}; expected (n_x, m) with finite values: "
                f"remove or replace those that are missing."
            )
        axis = 1 if each_feature else None
        mu, sigma = X.mean(axis=axis, keepdims=True), X.std(axis=axis, keepdims=True)
        constant = X.max(axis=axis, keepdims=True) == X.min(axis=axis, keepdims=True)
        sigma = np.where(constant, 1, sigma)
        return cls(*(np.broadcast_to(s, (X.shape[0], 1)).copy() for s in (mu, sigma)))

    def apply(self, X: Array, dtype: Any = np.float64) -> Array:
        """(n_x, m) of any number type → (n_x, m), cast once to `dtype`, after the division.

        Raises InputError on another n_x.
        """
        if X.ndim != 2 or X.shape[0] != self.mu.shape[0]:
            raise InputError(f"X has shape {X.shape}; expected ({self.mu.shape[0]}, m).")
        return ((X - self.mu) / self.sigma).astype(dtype)

    def invert(self, X: Array) -> Array:
        """X σ + μ: (n_x, m) float64 as it was, to within rounding."""
        return X * self.sigma + self.mu


def check_numbers(x: Array) -> None:
    """x (m, …) holds finite numbers, whose examples are named otherwise.   Raises InputError."""
    if x.dtype.kind not in "biuf":
        raise InputError(
            f"x has dtype {x.dtype}; expected numbers: encode the other columns first.",
            code="data.not-numbers",
        )
    if x.dtype.kind != "f":
        return
    bad = ~np.isfinite(x).all(axis=tuple(range(1, x.ndim)))
    if bad.any():
        raise InputError(
            f"{int(bad.sum())} example(s) have values that are not finite, the first is example "
            f"{int(np.argmax(bad))}; remove or replace them.",
            code="data.not-finite",
        )
