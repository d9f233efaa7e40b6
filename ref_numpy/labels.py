"""Labels of any kind, and their names: words, bytes, booleans and numbers as text."""

from __future__ import annotations

from typing import Any

import numpy as np

from ref_numpy.errors import InputError
from ref_numpy.layer import Array

LONGEST = 24  # characters of a name in a sentence


def distinct(y: Array) -> tuple[Array, Array]:
    """The different labels in their order, and the position of each label in them.

    y: (m,) or (m, 1), of numbers, booleans, words or bytes.   Two arrays, (k,) and (m,).
    Raises InputError where there is another number of labels an example, or of another kind.
    """
    y = check_kind(y)
    if y.size != len(y):
        raise InputError(
            f"y has shape {y.shape}; expected one label an example, (m,), or one-hot rows.",
            code="data.labels-shape",
        )
    return np.unique(y.ravel(), return_inverse=True)


def check_kind(y: Array) -> Array:
    """y as it is, objects as the words that they hold.   Raises InputError for another kind."""
    if y.dtype.kind == "O" and all(isinstance(value, (str, bytes)) for value in y.flat):
        return y.astype(str) if all(isinstance(value, str) for value in y.flat) else y.astype(bytes)
    if y.dtype.kind not in "biufUS" or (y.dtype.kind == "f" and not np.isfinite(y).all()):
        raise InputError(
            f"y has dtype {y.dtype}, or values that are not finite; expected finite numbers, or "
            f"words, one for each example.",
            code="data.labels-kind",
        )
    return y


def names_of(values: Array) -> list[str]:
    """True → "True", 3 and 3.0 → "3", 0.5 → "0.5", b"cat" → "cat": a label's, in any file."""
    return [name_of(value) for value in values]


def name_of(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, np.floating) and value == np.round(value):
        return str(int(value))
    return str(value)


def is_one_hot(y: Array) -> bool:
    """Whether y is (m, classes) with one 1 and zeros in each row."""
    return has_zeros_and_ones(y) and y.shape[1] > 1 and bool((y.sum(axis=1) == 1).all())


def has_zeros_and_ones(y: Array) -> bool:
    """Whether y is (m, k) with no other numbers."""
    return y.ndim == 2 and bool(((y == 0) | (y == 1)).all())


def shortened(name: str, longest: int = LONGEST) -> str:
    """A name as a sentence has room for it, on one line."""
    name = "".join(c if c.isprintable() else "·" for c in name)
    return name if len(name) <= longest else f"{name[: longest - 1]}…"
