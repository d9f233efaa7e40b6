"""From raw examples to X: sizes of images, one column an example, standardised."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array


class ImageSizes(NamedTuple):
    """The sizes that the course reads off first: an image is (num_px, num_px, channels)."""

    m_train: int
    m_test: int
    num_px: int
    channels: int


def image_sizes(train_set_x: Array, test_set_x: Array) -> ImageSizes:
    """Read m_train, m_test and num_px off two sets of square images.

    Args:
        train_set_x: (m_train, num_px, num_px, channels).
        test_set_x: (m_test, num_px, num_px, channels).

    Raises:
        InputError: a set is not of that shape, or the two differ in more than m.
    """
    for name, images in (("train_set_x", train_set_x), ("test_set_x", test_set_x)):
        if images.ndim != 4 or images.shape[1] != images.shape[2]:
            raise input_error("images.shape", name=name, shape=images.shape)
    if train_set_x.shape[1:] != test_set_x.shape[1:]:
        raise input_error(
            "images.two-shapes", train=train_set_x.shape[1:], test=test_set_x.shape[1:]
        )
    m_train, num_px, _, channels = train_set_x.shape
    return ImageSizes(m_train, test_set_x.shape[0], num_px, channels)


def flatten_images(images: Array) -> Array:
    """Make one column of each image: (m, h, w, c) → (h·w·c, m).

    Raises:
        InputError: there are fewer than two axes.
    """
    if images.ndim < 2:
        raise input_error("images.rank", shape=images.shape)
    return images.reshape(images.shape[0], -1).T


@dataclass(frozen=True)
class Standardiser:
    """X ← (X − μ) / σ        μ and σ (n_x, 1) are the training set's, also for the test set.

    Both are float64, and so is the arithmetic: near 1e9 a float32 number is known to within 32, and
    digits that are lost before μ is subtracted cannot be recovered.
    """

    mu: Array
    sigma: Array

    @classmethod
    def of(cls, X_train: Array, each_feature: bool = True) -> Standardiser:
        """Compute μ and σ of the training examples.

        The σ of a row that never changes is taken to be 1.

        Args:
            X_train: (n_x, m).
            each_feature: of each row; or False, of all numbers together (for images, whose pixels
                are alike).

        Raises:
            InputError: X_train is not (n_x, m), or not finite.
        """
        X = np.asarray(X_train, dtype=np.float64)
        if X.ndim != 2 or not X.size or not np.isfinite(X).all():
            raise input_error("standardiser.examples", shape=X.shape)
        axis = 1 if each_feature else None
        mu, sigma = X.mean(axis=axis, keepdims=True), X.std(axis=axis, keepdims=True)
        constant = X.max(axis=axis, keepdims=True) == X.min(axis=axis, keepdims=True)
        sigma = np.where(constant, 1, sigma)
        return cls(*(np.broadcast_to(s, (X.shape[0], 1)).copy() for s in (mu, sigma)))

    def apply(self, X: Array, dtype: Any = np.float64) -> Array:
        """Return (X − μ) / σ, (n_x, m), cast once to `dtype`, after the division.

        Args:
            X: (n_x, m) of any number type.
            dtype: of the result.

        Raises:
            InputError: X has another n_x.
        """
        if X.ndim != 2 or X.shape[0] != self.mu.shape[0]:
            raise input_error("standardiser.size", shape=X.shape, n_x=self.mu.shape[0])
        return ((X - self.mu) / self.sigma).astype(dtype)

    def invert(self, X: Array) -> Array:
        """Return X σ + μ: (n_x, m) float64 as it was, to within rounding."""
        return X * self.sigma + self.mu


def check_numbers(x: Array) -> None:
    """Check that raw examples x (m, …) are finite numbers.

    Raises:
        InputError: they are not; the error names the first such example.
    """
    if x.dtype.kind not in "biuf":
        raise input_error("data.not-numbers", dtype=x.dtype)
    if x.dtype.kind != "f":
        return
    bad = ~np.isfinite(x).all(axis=tuple(range(1, x.ndim)))
    if bad.any():
        raise input_error("data.not-finite", count=int(bad.sum()), first=int(np.argmax(bad)))


def standardiser_of(arrays: Mapping[str, Array], prefix: str = "") -> Standardiser | None:
    """Return the statistics of these names, if both are there. An older file has float32."""
    names = (f"{prefix}mu", f"{prefix}sigma")
    if not arrays.keys() >= {*names}:
        return None
    return Standardiser(*(arrays[name].astype(np.float64) for name in names))


def check_columns(shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    """Check that an example has the shape of the training examples, or as many numbers in a row.

    Raises:
        InputError: it has another shape.
    """
    flat = 1 in (len(shape), len(expected))
    if shape != expected and not (flat and math.prod(shape) == math.prod(expected)):
        raise input_error("data.columns", shape=shape, expected=expected)
