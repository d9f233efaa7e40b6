"""How a candidate lays out the numbers that the reference has in its own layout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from ref_numpy import Array

# What an array is: it has an axis of features and one of examples; it is a matrix of weights; it
# has one number of each feature, (n, 1). Anything else, such as tokens (m, T), is the same to all.
TENSOR, WEIGHTS, BIAS, OTHER = "tensor", "weights", "bias", "other"

COLUMN, ROW, FLAT = "column", "row", "flat"
BIAS_SHAPES = {COLUMN: "(n, 1)", ROW: "(1, n)", FLAT: "(n,)"}
MATRICES = {"W": ("(n, n_prev)", "(n_prev, n)"), "E": ("(n, V)", "(V, n)")}


@dataclass(frozen=True)
class Layout:
    """A candidate's layout. The default is the reference's, and the course's.

    Attributes:
        rows: an example is a row: (m, n) instead of (n, m), and (m, T, n) instead of (n, m, T).
        in_out: W is (n_prev, n) instead of (n, n_prev).
        biases: a bias, and every other parameter with a number for each feature, is a "column"
            (n, 1), a "row" (1, n) or "flat" (n,).
        features_first: of rows with positions: (m, n, T) instead of (m, T, n).
    """

    rows: bool = False
    in_out: bool = False
    biases: str = COLUMN
    features_first: bool = False

    def given(self, role: str, x: Array) -> Array:
        """Return a reference's array as the candidate takes it: a copy, C-contiguous.

        Args:
            role: TENSOR, WEIGHTS, BIAS or OTHER.
            x: the array.
        """
        if role == TENSOR and self.rows:
            x = np.moveaxis(x, 0, self.feature_axis)
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
            return np.moveaxis(x, self.feature_axis, 0)
        if role == WEIGHTS and self.in_out:
            return x.T
        if role == BIAS and x.shape == self.shape(BIAS, (x.size, 1)):
            return x.reshape(-1, 1)
        return x

    @property
    def feature_axis(self) -> int:
        """The axis of the features of an array of rows."""
        return 1 if self.features_first else -1

    def shape(self, role: str, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the candidate's shape of an array that is of this shape in the reference."""
        if role == TENSOR and self.rows:
            n, m, *positions = shape
            return (m, n, *positions) if self.features_first else (m, *positions, n)
        if role == WEIGHTS and self.in_out:
            return shape[::-1]
        if role == BIAS and is_column(shape):
            return {COLUMN: shape, ROW: shape[::-1], FLAT: shape[:1]}[self.biases]
        return shape

    @property
    def order_of_axes(self) -> str:
        """The axes of an array with positions: "(m, n, …)"."""
        of_rows = "(m, n, …)" if self.features_first else "(m, …, n)"
        return of_rows if self.rows else "(n, m, …)"

    def only(
        self, tensors: bool = True, weights: bool = True, biases: bool = True,
        positions: bool = False,
    ) -> Layout:  # fmt: skip
        """Return the layout without what a candidate of fewer arrays does not show."""
        return replace(
            self,
            rows=self.rows and tensors,
            in_out=self.in_out and weights,
            biases=self.biases if biases else COLUMN,
            features_first=self.features_first and self.rows and positions,
        )

    def describe(
        self, tensors: bool = True, weights: bool = True, biases: bool = True,
        positions: bool = False, matrix: str = "W", vectors: str = "biases",
    ) -> str:  # fmt: skip
        """Return the layout in words: "examples are rows, W is (n_prev, n), biases are (n,)".

        Args:
            tensors: the candidate has arrays with examples.
            weights: it has matrices of weights.
            biases: it has biases.
            positions: its arrays with examples have positions, too.
            matrix: the name of its weights, W or E.
            vectors: the names of its biases, "b" or "gamma and beta".
        """
        shape = f", {self.order_of_axes}" if positions else ""
        verb = "are" if vectors == "biases" or " and " in vectors else "is"
        parts = {
            f"examples are {'rows' if self.rows else 'columns'}{shape}": tensors,
            f"{matrix} is {MATRICES[matrix][self.in_out]}": weights,
            f"{vectors} {verb} {BIAS_SHAPES[self.biases]}": biases,
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


EVERY = (
    *LAYOUTS,
    *(
        layout
        for each in product((False, True), (False, True), BIAS_SHAPES)
        if (layout := Layout(*each)) not in LAYOUTS
    ),
)


def layouts(
    tensors: bool = True, weights: bool = True, biases: bool = True, positions: bool = False,
    stated: Mapping[str, Any] | None = None,
) -> Iterator[Layout]:  # fmt: skip
    """Yield the layouts that differ for a candidate which has such arrays.

    Args:
        tensors: it has arrays with examples.
        weights: it has matrices of weights.
        biases: it has biases.
        positions: its arrays with examples have positions, too.
        stated: some attributes of the layout; without any the common layouts are yielded.
    """
    every = EVERY if stated else LAYOUTS
    fitting = (
        one
        for layout in every
        for one in (layout, replace(layout, features_first=True))
        if all(getattr(one, name) == value for name, value in (stated or {}).items())
    )
    shown = tensors, weights, biases, positions
    yield from dict.fromkeys(one.only(*shown) for one in fitting)
