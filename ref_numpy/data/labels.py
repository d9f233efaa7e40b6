"""Labels of any kind, and their names: words, bytes, booleans and numbers as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array

LONGEST = 24  # characters of a name in a sentence


def distinct(y: Array) -> tuple[Array, Array]:
    """Return the different labels in their order, and the position of each label among them.

    Args:
        y: (m,) or (m, 1), of numbers, booleans, words or bytes.

    Returns:
        Two arrays, (k,) and (m,).

    Raises:
        InputError: there is another number of labels an example, or labels are of another kind.
    """
    y = check_kind(y)
    if y.size != len(y):
        raise input_error("data.labels-shape", shape=y.shape)
    return np.unique(y.ravel(), return_inverse=True)


def check_kind(y: Array) -> Array:
    """Return y as it is, objects as the words that they hold.

    Raises:
        InputError: the labels are neither finite numbers nor words.
    """
    if y.dtype.kind == "O" and all(isinstance(value, (str, bytes)) for value in y.flat):
        return y.astype(str) if all(isinstance(value, str) for value in y.flat) else y.astype(bytes)
    if y.dtype.kind not in "biufUS" or (y.dtype.kind == "f" and not np.isfinite(y).all()):
        raise input_error("data.labels-kind", dtype=y.dtype)
    return y


def names_of(values: Array) -> list[str]:
    """Name the labels: True → "True", 3 and 3.0 → "3", 0.5 → "0.5", b"cat" → "cat"."""
    return [name_of(value) for value in values]


def name_of(value: Any) -> str:
    """Name one label, as `names_of` does."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, np.floating) and value == np.round(value):
        return str(int(value))
    return str(value)


def numbers_of(y: Array, number: Mapping[str, int], summary: str) -> Array:
    """Return the number of each label by its name.

    Args:
        y: (m,) or (m, 1).
        number: of each name.
        summary: of the names, in words.

    Returns:
        (m,) int64.

    Raises:
        InputError: a label is none of the names.
    """
    values, inverse = distinct(y)
    names = names_of(values)
    if values.dtype.kind == "b" and not number.keys() & {"False", "True"}:
        names = [str(int(value)) for value in values]  # of classes that are called 0 and 1
    for k, name in enumerate(names):
        if name not in number:
            raise input_error(
                "data.unknown-label",
                example=int(np.argmax(inverse == k)),
                label=shortened(name),
                summary=summary,
            )
    return np.array([number[name] for name in names], np.int64)[inverse]


def is_one_hot(y: Array) -> bool:
    """Return whether y is (m, classes) with one 1 and zeros in each row."""
    return has_zeros_and_ones(y) and y.shape[1] > 1 and bool((y.sum(axis=1) == 1).all())


def has_zeros_and_ones(y: Array) -> bool:
    """Return whether y is (m, k) with no other numbers than 0 and 1."""
    return y.ndim == 2 and bool(((y == 0) | (y == 1)).all())


def shortened(name: str, longest: int = LONGEST) -> str:
    """Shorten a name to `longest` characters on one line, as a sentence has room for it."""
    name = "".join(c if c.isprintable() else "·" for c in name)
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


def one_hot(labels: Array, n_classes: int, dtype: Any = np.float64) -> Array:
    """Y[k, i] = 1 where labels[i] = k, else 0.

    Args:
        labels: (m,) or (1, m) integers from 0 to n_classes − 1.
        n_classes: the number of rows.
        dtype: of the result.

    Returns:
        (n_classes, m).

    Raises:
        InputError: a label is not a whole number in 0 … n_classes − 1.
    """
    labels = np.asarray(labels)
    one_each = labels.ndim in (1, 2) and labels.size == labels.shape[-1]
    if labels.dtype.kind not in "iu" or not one_each:
        raise input_error("labels.not-integers", shape=labels.shape, dtype=labels.dtype)
    labels = labels.ravel()
    outside = (labels < 0) | (labels >= n_classes)
    if outside.any():
        i = np.argmax(outside)
        raise input_error(
            "labels.out-of-range",
            label=int(labels[i]),
            example=int(i),
            n_classes=n_classes,
            last=n_classes - 1,
        )
    return (np.arange(n_classes)[:, np.newaxis] == labels).astype(dtype)
