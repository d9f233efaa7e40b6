"""What a source's numbers mean: rows of features, and labels that name a task."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ref_numpy.inputs import InputError
from ref_numpy.layer import Array
from ref_numpy.preprocessing import flatten_images

Task = Literal["auto", "binary", "classes", "regression"]

# The output activation that each task trains through.
OUTPUTS = {"binary": "sigmoid", "classes": "softmax", "regression": "identity"}


def numbers(x: Array) -> Array:
    """(m, …) of any number type → (m, n_x) float, one row an example.   Raises InputError."""
    if x.dtype.kind not in "biuf":
        raise InputError(
            f"x has dtype {x.dtype}; expected numbers: encode the other columns first."
        )
    rows = flatten_images(x).T
    rows = rows if rows.dtype == np.float64 else rows.astype(np.float32)
    bad = ~np.isfinite(rows).all(axis=1)
    if bad.any():
        raise InputError(
            f"{int(bad.sum())} example(s) have values that are not finite, the first is example "
            f"{int(np.argmax(bad))}; remove or replace them."
        )
    return rows


def is_one_hot(y: Array) -> bool:
    """Whether y is (m, classes) with one 1 and zeros in each row."""
    return bool(
        y.ndim == 2 and y.shape[1] > 1 and np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all()
    )


def task_of(y: Array) -> Task:
    """What the labels ask for: see `ArrayData`."""
    if is_one_hot(y):
        return "classes"
    if y.size != len(y) or (y.dtype.kind == "f" and (y != np.round(y)).any()):
        return "regression"
    return "binary" if np.isin(y, (0, 1)).all() else "classes"


def labels(y: Array, task: Task) -> Array:
    """(m,) int64 for classes and binary, float32 for regression.   Raises InputError."""
    if y.dtype.kind not in "biuf" or not np.isfinite(y).all():
        raise InputError(
            f"y has dtype {y.dtype}; expected finite numbers: number the classes 0, 1, …"
        )
    if task == "regression":
        return y.astype(np.float32)
    if task == "classes" and is_one_hot(y):
        return y.argmax(axis=1)
    if y.size != len(y):
        raise InputError(
            f"y has shape {y.shape}; the task {task} expects one label an example: (m,)."
        )
    y = y.ravel()
    whole = y.astype(np.int64)
    bad = (whole != y) | (whole < 0) | ((whole > 1) & (task == "binary"))
    if bad.any():
        i = np.argmax(bad)
        expected = "0 or 1" if task == "binary" else "a whole number 0, 1, …"
        raise InputError(
            f"the label of example {i} is {y[i]}; the task {task} expects {expected}: "
            f"renumber the labels, or set data.task."
        )
    return whole


def outputs(y: Array, task: Task) -> int:
    """n_y: the number of output units."""
    return int(y.max()) + 1 if task == "classes" else int(np.prod(y.shape[1:]))
