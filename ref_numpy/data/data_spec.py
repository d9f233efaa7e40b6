"""The meaning of a network's numbers: from raw examples to X, from A[L] to names and values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ref_numpy.data.labels import (
    check_kind,
    has_zeros_and_ones,
    is_one_hot,
    numbers_of,
    one_hot,
    shortened,
)
from ref_numpy.data.preprocessing import Standardiser, check_columns, check_numbers
from ref_numpy.input_messages import input_error
from ref_numpy.inputs import check_array
from ref_numpy.layer import Array

if TYPE_CHECKING:
    from ref_numpy.data.tables import TableSpec

Task = Literal["binary", "classes", "multilabel", "regression"]

# The output activation through which each task is trained.
OUTPUTS: dict[Task, str] = {
    "binary": "sigmoid", "classes": "softmax", "multilabel": "sigmoid", "regression": "identity"
}  # fmt: skip

SHOWN = 6  # names in a summary


@dataclass(frozen=True, eq=False)
class DataSpec:
    """X = (x − μ) / σ on the way in;   a class's name, or ŷ = A[L] σ_y + μ_y, on the way out.

    Args:
        shape: of a raw example: (n_x,), or (h, w, c) of an image.
        task: binary has one output, the probability of the second class; classes one for each, of
            which one is true; multilabel one for each label, true or not; regression real numbers.
        names: of the two classes, the classes, the labels, or the numbers, in this order.
        inputs: the training examples' μ and σ; None where the network takes them as they are.
        targets: the training targets' μ_y and σ_y, of a regression; None likewise.
        table: the numbers of an example are inputs of this table; None where they come as numbers.

    Raises:
        InputError: these do not fit together.
    """

    shape: tuple[int, ...]
    task: Task
    names: tuple[str, ...]
    inputs: Standardiser | None = None
    targets: Standardiser | None = None
    table: TableSpec | None = None

    def __post_init__(self) -> None:
        n = len({*self.names})
        enough = n == 2 if self.task == "binary" else n > 0
        if self.task not in OUTPUTS or n != len(self.names) or not enough:
            raise input_error(
                "data-spec.task",
                task=self.task,
                different=n,
                given=len(self.names),
                tasks=", ".join(OUTPUTS),
            )
        if self.table is not None and self.shape != (self.table.n_features,):
            raise input_error("table.size", shape=self.shape, n=self.table.n_features)
        for name, array in self.arrays().items():
            check_array(name, array, (self.n_y if name.startswith("target") else self.n_x, 1))

    @property
    def n_x(self) -> int:
        """How many numbers an example has."""
        return math.prod(self.shape)

    @property
    def n_y(self) -> int:
        """How many outputs the network has."""
        return 1 if self.task == "binary" else len(self.names)

    @cached_property
    def number(self) -> dict[str, int]:
        """The position of each name."""
        return {name: k for k, name in enumerate(self.names)}

    @property
    def output(self) -> str:
        """The activation of the outputs."""
        return OUTPUTS[self.task]

    @property
    def units(self) -> Array | None:
        """σ_y (n_y, 1), in which a regression's errors are counted; None where they are 1."""
        return None if self.targets is None else self.targets.sigma

    @property
    def summary(self) -> str:
        """In words: "10 classes: 0, 1, 2, 3, 4, 5, …"."""
        n = len(self.names)
        shown = ", ".join(map(shortened, self.names[:SHOWN])) + (", …" if n > SHOWN else "")
        if self.task == "regression":
            plural = f"{n} number{'' if n == 1 else 's'}"
            numbered = self.names == tuple(map(str, range(n)))
            return f"regression of {plural if numbered else shown}"
        what = "labels, each true or not" if self.task == "multilabel" else "classes"
        return f"{n} {what}: {shown}"

    def to_X(self, x: Any, dtype: Any = np.float32) -> Array:
        """X = (x − μ) / σ.

        Args:
            x: raw examples, (m, …); of a table also its columns by name: see `TableSpec.encode`.
            dtype: of the result: the parameters'.

        Returns:
            X (n_x, m).

        Raises:
            InputError: x has other columns, or holds something else than finite numbers.
        """
        if not isinstance(x, np.ndarray):
            x = self.encode(x)
        check_columns(x.shape[1:], self.shape)
        check_numbers(x)
        return self.standardise(x.reshape(len(x), -1).T, dtype)

    def encode(self, x: Any) -> Array:
        """Return raw examples as numbers (m, …): a table's columns by name, or lists of numbers.

        Raises:
            InputError: the columns are not those of the table, or there is none.
        """
        from ref_numpy.data.tables import are_columns  # here: most networks have no table

        if not are_columns(x) and (self.table is None or np.size(x)):
            return np.asarray(x)
        if self.table is None:
            raise input_error("table.no-table")
        return self.table.encode(x)

    def standardise(self, X: Array, dtype: Any) -> Array:
        """Standardise raw examples (n_x, m) of finite numbers, and convert them to `dtype`.

        Raises:
            InputError: a number is too large for `dtype`.
        """
        with np.errstate(over="ignore"):
            X = X.astype(dtype) if self.inputs is None else self.inputs.apply(X, dtype)
        if not np.isfinite(X).all():
            raise input_error("data.too-large", dtype=np.dtype(dtype))
        return X

    def to_Y(self, y: Array, dtype: Any = np.float32) -> Array:
        """Convert raw labels to Y.

        Args:
            y: (m,), or (m, n_y).
            dtype: of the result: the parameters'.

        Returns:
            Y (n_y, m).

        Raises:
            InputError: the labels do not fit the task or the names.
        """
        y = check_kind(np.asarray(y))
        if self.task == "classes":
            return one_hot(self.class_numbers(y), self.n_y, dtype)
        if self.task == "binary":
            return self.class_numbers(y)[np.newaxis].astype(dtype)
        Y = y.reshape(len(y), -1).T
        if len(Y) != self.n_y or y.dtype.kind not in "biuf":
            raise input_error(
                "data.labels-shape",
                shape=y.shape,
                dtype=y.dtype,
                n_y=self.n_y,
                summary=self.summary,
            )
        if self.task == "multilabel" and not has_zeros_and_ones(Y):
            raise input_error("data.unknown-label", summary=self.summary)
        return Y.astype(dtype) if self.targets is None else self.targets.apply(Y, dtype)

    def class_numbers(self, y: Array) -> Array:
        """Return the number of each label's class; of a one-hot row, the position of its 1.

        Args:
            y: (m,), or one-hot rows (m, n_y).

        Returns:
            (m,) int64.

        Raises:
            InputError: a label is not a class's name.
        """
        y = np.asarray(y)
        if self.task == "classes" and is_one_hot(y) and y.shape[1] == self.n_y:
            return y.argmax(axis=1)
        return numbers_of(y, self.number, self.summary)

    def to_predictions(self, A: Array, boundary: float = 0.5) -> Array:
        """Convert A[L] to predictions.

        Args:
            A: (n_y, m).
            boundary: from which on a number of `binary` or `multilabel` is a yes: of
                probabilities ½, of the scores of a hinge loss 0.

        Returns:
            The name of each example's class (m,), 0 or 1 for each label (m, n_y), or the values of
            a regression (m, n_y) in the target's own units.
        """
        if self.task == "regression":
            return (A.astype(np.float64) if self.targets is None else self.targets.invert(A)).T
        if self.task == "multilabel":
            return (boundary < A).T.astype(np.int64)
        return np.array(self.names)[self.to_probabilities(A, boundary).argmax(axis=1)]

    def to_probabilities(self, A: Array, boundary: float = 0.5) -> Array:
        """Convert A[L] (n_y, m) to a column for each name, (m, n); of binary 1 − a and a.

        Of scores with another boundary: 2·boundary − a and a, which is as far beyond it.
        """
        return np.concatenate([2 * boundary - A, A]).T if self.task == "binary" else A.T

    def arrays(self) -> dict[str, Array]:
        """Return the statistics by their names in a file: mu, sigma, target_mu, target_sigma."""
        found = {}
        for prefix, statistics in (("", self.inputs), ("target_", self.targets)):
            if statistics is not None:
                found |= {f"{prefix}mu": statistics.mu, f"{prefix}sigma": statistics.sigma}
        return found

    def to_json(self) -> str:
        """Write everything but the statistics, for a file's metadata. A name is any text."""
        from ref_numpy.data.spec_json import write_spec  # here, as in network.py

        return write_spec(self.shape, self.task, self.names, [*self.arrays()], self.table)

    @classmethod
    def from_json(cls, text: str, arrays: Mapping[str, Array]) -> DataSpec:
        """Read the text that `to_json` wrote.

        Args:
            text: the text.
            arrays: the statistics, of `arrays`; others are left alone.

        Raises:
            InputError: the text is something else, or of a newer format.
        """
        from ref_numpy.data.spec_json import read_spec

        return read_spec(cls, text, arrays)
