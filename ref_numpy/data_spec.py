"""What the numbers of a network mean: from raw examples to X, from A[L] to names and values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from ref_numpy.errors import InputError
from ref_numpy.inputs import check_array
from ref_numpy.labels import (
    check_kind,
    distinct,
    has_zeros_and_ones,
    is_one_hot,
    names_of,
    shortened,
)
from ref_numpy.layer import Array
from ref_numpy.losses import one_hot
from ref_numpy.preprocessing import Standardiser, check_numbers

Task = Literal["binary", "classes", "multilabel", "regression"]

# The output activation through which each task is trained.
OUTPUTS: dict[Task, str] = {
    "binary": "sigmoid", "classes": "softmax", "multilabel": "sigmoid", "regression": "identity"
}  # fmt: skip

FORMAT = 1  # of `to_json`: one more with each change that an older reader would misread
SHOWN = 6  # names in a summary


@dataclass(frozen=True, eq=False)
class DataSpec:
    """X = (x − μ) / σ on the way in;   a class's name, or ŷ = A[L] σ_y + μ_y, on the way out.

    Args:
        shape: of an example as it comes: (n_x,), or (h, w, c) of an image.
        task: binary has one output, the probability of the second class; classes one for each, of
            which one is true; multilabel one for each label, true or not; regression real numbers.
        names: of the two classes, the classes, the labels, or the numbers, in this order.
        inputs: the training examples' μ and σ; None where the network takes them as they are.
        targets: the training targets' μ_y and σ_y, of a regression; None likewise.

    Raises InputError where these do not fit together.
    """

    shape: tuple[int, ...]
    task: Task
    names: tuple[str, ...]
    inputs: Standardiser | None = None
    targets: Standardiser | None = None

    def __post_init__(self) -> None:
        n = len({*self.names})
        enough = n == 2 if self.task == "binary" else n > 0
        if self.task not in OUTPUTS or n != len(self.names) or not enough:
            raise InputError(
                f"the task is {self.task!r} with {n} different name(s) of {len(self.names)}; "
                f"expected one of {', '.join(OUTPUTS)}, two names for binary, at least one for the "
                f"others, and none twice.",
                code="data-spec.task",
            )
        for name, array in self.arrays().items():
            check_array(name, array, (self.n_y if name.startswith("target") else self.n_x, 1))

    @property
    def n_x(self) -> int:
        """The numbers of an example."""
        return math.prod(self.shape)

    @property
    def n_y(self) -> int:
        """The outputs of the network."""
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
        if self.task == "regression":
            return f"regression of {n} number{'' if n == 1 else 's'}"
        what = "labels, each true or not" if self.task == "multilabel" else "classes"
        shown = ", ".join(map(shortened, self.names[:SHOWN]))
        return f"{n} {what}: {shown}{', …' if n > SHOWN else ''}"

    def to_X(self, x: Array, dtype: Any = np.float32) -> Array:
        """X = (x − μ) / σ        x: (m, …) as it comes → (n_x, m) in `dtype`, the parameters'.

        Raises InputError where x has other columns, or holds something else than finite numbers.
        """
        x = np.asarray(x)
        check_columns(x.shape[1:], self.shape)
        check_numbers(x)
        return self.standardised(x.reshape(len(x), -1).T, dtype)

    def standardised(self, X: Array, dtype: Any) -> Array:
        """(n_x, m) of finite numbers, as they come → the same in `dtype`, standardised.

        Raises InputError where a number is too large for `dtype`.
        """
        with np.errstate(over="ignore"):
            X = X.astype(dtype) if self.inputs is None else self.inputs.apply(X, dtype)
        if not np.isfinite(X).all():
            raise InputError(
                f"x has numbers too large for {np.dtype(dtype)}; standardise them, or use float64.",
                code="data.too-large",
            )
        return X

    def to_Y(self, y: Array, dtype: Any = np.float32) -> Array:
        """Labels as they come, (m,) or (m, n_y) → Y (n_y, m).   Raises InputError for others."""
        y = check_kind(np.asarray(y))
        if self.task == "classes":
            return one_hot(self.numbered(y), self.n_y, dtype)
        if self.task == "binary":
            return self.numbered(y)[np.newaxis].astype(dtype)
        Y = y.reshape(len(y), -1).T
        if len(Y) != self.n_y or y.dtype.kind not in "biuf":
            raise InputError(
                f"y has shape {y.shape} and dtype {y.dtype}; expected (m, {self.n_y}) numbers for "
                f"the {self.summary}.",
                code="data.labels-shape",
            )
        if self.task == "multilabel" and not has_zeros_and_ones(Y):
            raise InputError(
                f"y has other numbers than 0 and 1; expected those alone for the {self.summary}.",
                code="data.unknown-label",
            )
        return Y.astype(dtype) if self.targets is None else self.targets.apply(Y, dtype)

    def numbered(self, y: Array) -> Array:
        """The number of each label's class: (m,) → (m,) int64; of one-hot rows that of the 1.

        Raises InputError for a label that is no class's name.
        """
        y = np.asarray(y)
        if self.task == "classes" and is_one_hot(y) and y.shape[1] == self.n_y:
            return y.argmax(axis=1)
        values, inverse = distinct(y)
        names, number = names_of(values), self.number
        if values.dtype.kind == "b" and not number.keys() & {"False", "True"}:
            names = [str(int(value)) for value in values]  # of classes that are called 0 and 1
        for k, name in enumerate(names):
            if name not in number:
                raise InputError(
                    f"the label of example {int(np.argmax(inverse == k))} is "
                    f"{shortened(name)}, and the network knows {self.summary}; give labels of "
                    f"these names, or predict without y.",
                    code="data.unknown-label",
                )
        return np.array([number[name] for name in names], np.int64)[inverse]

    def to_predictions(self, A: Array) -> Array:
        """What A[L] (n_y, m) says: the name of each example's class (m,), 0 or 1 for each label
        (m, n_y), or the values of a regression (m, n_y) in the target's own units."""
        if self.task == "regression":
            return (A.astype(np.float64) if self.targets is None else self.targets.invert(A)).T
        if self.task == "multilabel":
            return (A > 0.5).T.astype(np.int64)
        return np.array(self.names)[self.to_probabilities(A).argmax(axis=1)]

    def to_probabilities(self, A: Array) -> Array:
        """(n_y, m) → (m, len(names)): a column for each name, of binary both 1 − a and a."""
        return np.concatenate([1 - A, A]).T if self.task == "binary" else A.T

    def arrays(self) -> dict[str, Array]:
        """The statistics, by their names in a file: mu, sigma, target_mu, target_sigma."""
        found = {}
        for prefix, of in (("", self.inputs), ("target_", self.targets)):
            if of is not None:
                found |= {f"{prefix}mu": of.mu, f"{prefix}sigma": of.sigma}
        return found

    def to_json(self) -> str:
        """The rest, for a file's metadata. A name is any text."""
        import json  # here, as in network.py

        fields = {"format": FORMAT, "shape": self.shape, "task": self.task, "names": self.names}
        return json.dumps({**fields, "statistics": [*self.arrays()]})

    @classmethod
    def from_json(cls, text: str, arrays: Mapping[str, Array]) -> DataSpec:
        """The inverse of `to_json` and `arrays`.   Raises InputError, also for a newer format."""
        import json

        try:
            fields = json.loads(text)
            if fields["format"] > FORMAT:
                raise InputError(
                    f"the description of the data has format {fields['format']}, and this version "
                    f"reads formats up to {FORMAT}; use the version that wrote it.",
                    code="data-spec.format",
                )
            shape, names = tuple(map(int, fields["shape"])), tuple(map(str, fields["names"]))
            known = {name: arrays[name] for name in fields["statistics"]}
            both = (standardiser_of(known, prefix) for prefix in ("", "target_"))
            return cls(shape, fields["task"], names, *both)
        except (KeyError, TypeError, json.JSONDecodeError) as error:
            raise InputError(
                f"the description of the data cannot be read ({error}); expected what "
                f"DataSpec.to_json writes.",
                code="data-spec.unreadable",
            ) from error


def standardiser_of(arrays: Mapping[str, Array], prefix: str = "") -> Standardiser | None:
    """The statistics of these names, if both are there. An older file has them at float32."""
    names = (f"{prefix}mu", f"{prefix}sigma")
    if not arrays.keys() >= {*names}:
        return None
    return Standardiser(*(arrays[name].astype(np.float64) for name in names))


def check_columns(shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    """An example has the shape that the network was trained on, or the same numbers in a row."""
    flat = 1 in (len(shape), len(expected))
    if shape != expected and not (flat and math.prod(shape) == math.prod(expected)):
        raise InputError(
            f"an example has shape {shape}; expected {expected}, as the training examples have: "
            f"give the same columns, in the same order.",
            code="data.columns",
        )
