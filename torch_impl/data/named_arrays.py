"""Which arrays of a file are the examples and the labels, and which of their axes counts examples.

A file of arrays by name is .npz, .mat or HDF5. Nothing is inferred from sizes: where examples are
in columns, as in the course, a person says so.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ref_numpy.layer import Array
from torch_impl.data.sources import Examples
from torch_impl.training_messages import input_error

# The names that are looked for where none are given, in this order, whatever their case.
TRAINING = (("x", "y"), ("x_train", "y_train"))
TEST = {"x_train": ("x_test", "y_test")}


@dataclass(frozen=True)
class ArrayNames:
    """The names that a person gives to the arrays of a file.

    Attributes:
        x: of the examples; None looks for x, X, x_train, X_train.
        y: of their labels; None looks for the y that belongs to that x.
        x_test: of a test set; None looks for x_test beside x_train, where no x is given.
        y_test: of its labels; None likewise.
        columns: examples are the last axis: X (n_x, m) and Y (n_y, m), as the course has them.
        weights: of the examples to train with; None where they have none.
        need_weights: false leaves them out where they are not in the file.
    """

    x: str | None = None
    y: str | None = None
    x_test: str | None = None
    y_test: str | None = None
    columns: bool = False
    weights: str | None = None
    need_weights: bool = True


def examples_of(
    arrays: Mapping[str, Array], names: ArrayNames, path: str | os.PathLike[str]
) -> tuple[Examples, Examples | None]:
    """Return the examples to train with, and those to test where the file has any.

    Args:
        arrays: of the file, by name.
        names: those that were given.
        path: of the file, for sentences.

    Raises:
        InputError: an array is not there, or the shapes do not fit.
    """
    x, y, x_test, y_test = found_names(arrays, names, path)
    train = as_rows(arrays[x], arrays.get(y), (x, y), names.columns, path)
    if names.weights is not None and names.weights in arrays:
        train = replace(train, w=arrays[names.weights])
    if x_test is None:
        return train, None
    both = arrays[x_test], arrays.get(y_test)
    return train, as_rows(*both, (x_test, y_test), names.columns, path)


def found_names(
    arrays: Mapping[str, Array], names: ArrayNames, path: str | os.PathLike[str]
) -> tuple[str, str, str | None, str]:
    """Return the names of x, y, x_test and y_test in the file; y's may be absent there.

    Raises:
        InputError: a name that was given is not in the file, or one that is looked for is twice.
    """
    weights = names.weights if names.need_weights else None
    for name in (names.x, names.x_test, weights):
        if name is not None and name not in arrays:
            raise no_such(path, arrays, name)
    first = names.x
    if first is None:
        tried = (alike(arrays, x, path) for x, _ in TRAINING)
        first = next((name for name in tried if name is not None), None)
    if first is None:
        raise input_error("data.array-names", path=path, names=sorted(arrays))
    y = names.y or alike(arrays, dict(TRAINING).get(first.lower(), "y"), path) or ""
    x_test, y_test = names.x_test, names.y_test or ""
    if names.x is None and x_test is None and first.lower() in TEST:
        x_test = alike(arrays, TEST[first.lower()][0], path)
    if x_test is not None and not y_test:
        y_test = alike(arrays, "y_test", path) or ""
    return first, y, x_test, y_test


def alike(arrays: Mapping[str, Array], name: str, path: str | os.PathLike[str]) -> str | None:
    """Return the array's name that is this one but for its case; None where there is none.

    Raises:
        InputError: there are several, none of which is the name itself.
    """
    if name in arrays:
        return name
    found = [other for other in arrays if other.lower() == name]
    if len(found) > 1:
        raise input_error("data.array-twice", path=path, names=sorted(found), option=name)
    return found[0] if found else None


def no_such(path: str | os.PathLike[str], arrays: Mapping[str, Array], name: str) -> Exception:
    """Return the error for a name that was given and is not in the file."""
    return input_error("data.no-array", path=path, names=sorted(arrays), name=name)


def as_rows(
    x: Array,
    y: Array | None,
    names: tuple[str, str],
    columns: bool,
    path: str | os.PathLike[str],
) -> Examples:
    """Return x (m, …) and y (m,) or (m, n_y), of arrays with examples in rows or in columns.

    A y of shape (1, m) is a row of labels, as MATLAB and the course write it.

    Args:
        x: the examples.
        y: their labels; None where there are none.
        names: of both in the file.
        columns: the last axis of x counts the examples: (n_x, m), or (h, w, c, m).
        path: of the file.

    Raises:
        InputError: there is not one y for each x.
    """
    if columns and x.ndim > 1:
        rows = np.moveaxis(x, -1, 0)
        return Examples(rows, None if y is None else labels_in_rows(y, len(rows), x))
    if y is None or not x.ndim or not y.ndim or len(y) == len(x):
        return Examples(x, y)
    if y.shape == (1, len(x)):
        return Examples(x, y[0])
    if x.ndim > 1 and x.shape[-1] in (y.shape[-1], y.size):
        raise input_error(
            "data.columns-option", path=path, x=names[0], y=names[1], x_shape=x.shape,
            y_shape=y.shape,
        )  # fmt: skip
    return Examples(x, y)


def labels_in_rows(y: Array, m: int, x: Array) -> Array:
    """Return the labels of m examples that were in columns: (m,), or (m, n_y).

    Args:
        y: (m,), (n_y, m), or (m, 1), as MATLAB has a vector.
        m: the examples.
        x: they, for the sentence.

    Raises:
        InputError: there is not one y for each x.
    """
    if y.ndim == 2 and y.shape in ((1, m), (m, 1)):
        return y.ravel()
    if y.ndim in (1, 2) and y.shape[-1] == m:
        return y.T
    raise input_error("data.columns-shapes", x_shape=x.shape, y_shape=y.shape)
