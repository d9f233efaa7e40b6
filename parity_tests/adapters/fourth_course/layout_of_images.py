"""How programs lay out images and kernels: course 4, and cs231n."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from parity_tests.adapters.interfaces.layout import BIAS, FLAT, OTHER, Layout, is_column
from ref_numpy import Array


@dataclass(frozen=True)
class ImageLayout(Layout):
    """A layout of images, in which an example is a row.

    Attributes:
        kernels_last: W is (f, f, n_prev, n) instead of (n, n_prev, f, f).
        bias_axes: the axes of a bias, and of γ and β: ("1", "1", "1", "n").
    """

    rows: bool = True
    biases: str = FLAT
    kernels_last: bool = False
    bias_axes: tuple[str, ...] = ("n",)

    def given(self, role: str, x: Array) -> Array:
        """Return a reference's array as the candidate takes it: a copy, C-contiguous."""
        if role == OTHER and x.ndim == 4 and self.kernels_last:
            return np.array(x.transpose(2, 3, 1, 0), order="C")
        return super().given(role, x)

    def read(self, role: str, x: Array) -> Array:
        """Return a candidate's array as the reference has it."""
        if role == OTHER and x.ndim == 4 and self.kernels_last:
            return x.transpose(3, 2, 0, 1)
        return super().read(role, x)

    def shape(self, role: str, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the candidate's shape of an array that is of this shape in the reference."""
        if role == OTHER and len(shape) == 4 and self.kernels_last:
            n, n_prev, *f = shape
            return (*f, n_prev, n)
        if role == BIAS and is_column(shape):
            return tuple(shape[0] if axis == "n" else 1 for axis in self.bias_axes)
        return super().shape(role, shape)

    def in_words(self, weights: bool, vectors: str) -> str:
        """Return the layout in words: "examples are rows, (m, …, n), W is (f, f, n_prev, n)".

        Args:
            weights: the layer has kernels.
            vectors: the names of its biases, "b" or "gamma and beta"; "" where it has none.
        """
        verb = "are" if " and " in vectors else "is"
        parts = {
            f"examples are rows, {self.order_of_axes}": True,
            f"W is {KERNELS[self.kernels_last]}": weights,
            f"{vectors} {verb} ({', '.join(self.bias_axes)}{',' * (len(self.bias_axes) == 1)})":
                bool(vectors),
        }  # fmt: skip
        return ", ".join(part for part, is_shown in parts.items() if is_shown)


KERNELS = ("(n, n_prev, f, f)", "(f, f, n_prev, n)")
COURSE = ImageLayout(kernels_last=True, bias_axes=("1", "1", "1", "n"))
CS231N = ImageLayout(features_first=True)
CS231N_GROUPS = ImageLayout(features_first=True, bias_axes=("1", "n", "1", "1"))
