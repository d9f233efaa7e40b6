"""What a source's numbers mean: rows of features, images, and labels that name a task."""

from __future__ import annotations

import math
from collections.abc import Sequence
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


def image_shape(x: Array, given: Sequence[int] | None) -> tuple[int, ...] | None:
    """(h, w), (h, w, c) or (c, h, w), c being 1 or 3, of the examples x (m, …): what is `given`,
    else what x has; None where that is no image.   Raises InputError.
    """
    shape = tuple(x.shape[1:] if given is None else given)
    viewable = len(shape) == 2 or (len(shape) == 3 and {shape[0], shape[-1]} & {1, 3})
    if given is None:
        return shape if viewable else None
    n_x = math.prod(x.shape[1:])
    if not viewable or math.prod(shape) != n_x or min(shape) < 1:
        raise InputError(
            f"image_shape is {list(shape)} and an example has {n_x} numbers; expected [h, w], "
            f"[h, w, c] or [c, h, w] whose product they are, with 1 or 3 channels c."
        )
    return shape


def as_pictures(X: Array, shape: tuple[int, ...]) -> Array:
    """(n_x, m) → (m, h, w) or (m, h, w, 3), from any `image_shape`."""
    images = X.T.reshape(-1, *shape)
    if len(shape) == 3 and shape[-1] not in (1, 3):
        images = np.moveaxis(images, 1, -1)
    return images[..., 0] if len(shape) == 3 and images.shape[-1] == 1 else images


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
