"""How a candidate lays out the numbers that the reference has in its own layout."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ref_numpy import Array

# What an array is: it has an axis of features and one of examples; it is a matrix of weights; it
# has one number of each feature, (n, 1). Anything else, such as tokens (m, T), is the same to all.
TENSOR, WEIGHTS, BIAS, OTHER = "tensor", "weights", "bias", "other"

COLUMN, ROW, FLAT = "column", "row", "flat"
BIAS_SHAPES = {COLUMN: "(n, 1)", ROW: "(1, n)", FLAT: "(n,)"}


@dataclass(frozen=True)
class Layout:
    """A candidate's layout. The default is the reference's, and the course's.

    Attributes:
        rows: an example is a row: (m, n) instead of (n, m), and (m, T, n) instead of (n, m, T).
        in_out: W is (n_prev, n) instead of (n, n_prev).
        biases: a bias, and every other parameter with a number for each feature, is a "column"
            (n, 1), a "row" (1, n) or "flat" (n,).
    """

    rows: bool = False
    in_out: bool = False
    biases: str = COLUMN

    def given(self, role: str, x: Array) -> Array:
        """Return a reference's array as the candidate takes it: a copy, C-contiguous.

        Args:
            role: TENSOR, WEIGHTS, BIAS or OTHER.
            x: the array.
        """
        if role == TENSOR and self.rows:
            x = np.moveaxis(x, 0, -1)
        elif role == WEIGHTS and self.in_out:
            x = x.T
        elif role == BIAS and is_column(x.shape):
            x = x.reshape(self.shape(BIAS, x.shape))
        return np.array(x, order="C")

    def read(self, role: str, x: Array) -> Array:
        """Return a candidate's array as the reference has it.

        An array of a shape that is not this layout's is returned as it is.

        Args:
            role: TENSOR, WEIGHTS, BIAS or OTHER.
            x: the array.
        """
        if role == TENSOR and self.rows and x.ndim > 1:
            return np.moveaxis(x, -1, 0)
        if role == WEIGHTS and self.in_out:
            return x.T
        if role == BIAS and x.shape == self.shape(BIAS, (x.size, 1)):
            return x.reshape(-1, 1)
        return x

    def shape(self, role: str, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the candidate's shape of an array that is of this shape in the reference."""
        if role == TENSOR and self.rows:
            return (*shape[1:], *shape[:1])
        if role == WEIGHTS and self.in_out:
            return shape[::-1]
        if role == BIAS and is_column(shape):
            return {COLUMN: shape, ROW: shape[::-1], FLAT: shape[:1]}[self.biases]
        return shape

    def only(self, tensors: bool = True, weights: bool = True, biases: bool = True) -> Layout:
        """Return the layout without what a candidate of fewer arrays does not show."""
        return replace(
            self,
            rows=self.rows and tensors,
            in_out=self.in_out and weights,
            biases=self.biases if biases else COLUMN,
        )

    def describe(self, tensors: bool = True, weights: bool = True, biases: bool = True) -> str:
        """Return the layout in words: "examples are rows, W is (n_prev, n), biases are (n,)".

        Args:
            tensors: the candidate has arrays with examples.
            weights: it has matrices of weights.
            biases: it has biases.
        """
        parts = {
            f"examples are {'rows' if self.rows else 'columns'}": tensors,
            f"W is {'(n_prev, n)' if self.in_out else '(n, n_prev)'}": weights,
            f"biases are {BIAS_SHAPES[self.biases]}": biases,
        }
        return ", ".join(part for part, is_shown in parts.items() if is_shown)


def is_column(shape: tuple[int, ...]) -> bool:
    """Return whether this is the reference's shape of a number for each feature, (n, 1)."""
    return len(shape) == 2 and shape[1] == 1


def role_of_parameter(name: str, shape: tuple[int, ...]) -> str:
    """Return WEIGHTS, BIAS or OTHER.

    Args:
        name: of the parameter, its layer's own or the network's: "W", "W1", "gamma".
        shape: in the reference.
    """
    if len(shape) == 2 and name.rpartition(".")[2][:1] in ("W", "E"):
        return WEIGHTS
    return BIAS if is_column(shape) else OTHER


# The common combinations, the most common first.
LAYOUTS = (
    Layout(),
    Layout(rows=True, in_out=True, biases=FLAT),  # cs231n
    Layout(rows=True, in_out=True, biases=ROW),
    Layout(rows=True, biases=FLAT),  # torch
    Layout(biases=FLAT),
    Layout(in_out=True),  # W.T @ X + b
    Layout(rows=True, biases=ROW),
    Layout(in_out=True, biases=FLAT),
)


def layouts(tensors: bool = True, weights: bool = True, biases: bool = True) -> Iterator[Layout]:
    """Yield the common layouts that differ for a candidate which has such arrays."""
    yield from dict.fromkeys(layout.only(tensors, weights, biases) for layout in LAYOUTS)
