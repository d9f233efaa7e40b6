"""Which task a data set's labels ask for, and the names of what a network of it says."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Literal

import numpy as np

from ref_numpy.data_spec import Task
from ref_numpy.labels import (
    check_kind,
    distinct,
    has_zeros_and_ones,
    is_one_hot,
    names_of,
    shortened,
)
from ref_numpy.layer import Array
from torch_impl.training_messages import input_error

AskedTask = Literal["auto", "binary", "classes", "multilabel", "regression"]


@dataclass(frozen=True)
class Seen:
    """What decides the task, of m labels that were looked at, or of several parts of them.

    width: numbers in a label where there are several, else 0.   words: they are words or booleans.
    whole: whole numbers.   bits: 0 and 1 alone.   one_hot: rows with one 1.
    values: the different labels (k,) in their order; None where these are several numbers each, or
        real numbers, whose different values nobody needs.
    """

    m: int
    width: int
    words: bool
    whole: bool
    bits: bool
    one_hot: bool
    values: Array | None

    @classmethod
    def of(cls, y: Array, every: bool = False) -> Seen:
        """y: (m,) or (m, k).   every: keep the values of real numbers too, for a task of classes.

        Raises InputError for labels that are no finite numbers, booleans or words.
        """
        y = check_kind(np.asarray(y))
        width = 0 if y.size == len(y) else math.prod(y.shape[1:])
        number = y.dtype.kind in "iuf"
        whole = number and bool((y == np.round(y)).all())
        keep = y.dtype.kind in "US" or (not width and (whole or every or not number))
        values = distinct(y)[0] if keep else None
        bits = has_zeros_and_ones(y.reshape(len(y), -1))
        return cls(len(y), width, not number, whole, bits, is_one_hot(y), values)

    def __add__(self, other: Seen) -> Seen:
        """Raises InputError where the two are of different kinds."""
        text = {of.values is not None and of.values.dtype.kind in "US" for of in (self, other)}
        if self.width != other.width or len(text) > 1:
            first, second = self.summary, other.summary
            raise input_error("data.labels-kind", first=first, second=second)
        known = self.values is not None and other.values is not None
        return Seen(
            self.m + other.m,
            self.width,
            self.words and other.words,
            self.whole and other.whole,
            self.bits and other.bits,
            self.one_hot and other.one_hot,
            np.union1d(self.values, other.values) if known else None,  # pyright: ignore[reportArgumentType, reportCallIssue]
        )

    @property
    def summary(self) -> str:
        """In words: "90 different whole numbers, from 1922 to 2011"."""
        if self.width:
            return f"rows of {self.width} numbers"
        if self.values is None:
            return "real numbers"
        first, last = map(shortened, names_of(self.values[[0, -1]]))
        if len(self.values) == 1:
            return f"one value, {first}"
        kind = "values" if self.words else "whole numbers" if self.whole else "numbers"
        return f"{len(self.values)} different {kind}, from {first} to {last}"


def task_of(seen: Seen, asked: AskedTask) -> Task:
    """What is asked for, if the labels can be it; of auto what they are, if there is no doubt.

    Words, booleans, two whole numbers and one-hot rows are classes; rows of 0 and 1 several labels;
    other rows, and real numbers, a regression. Whole numbers 0 … k − 1 or 1 … k are classes where
    k ≤ √m, so that a class has on average as many examples as there are classes, or more; years,
    prices, counts and codes seldom are such.
    Raises InputError where whole numbers may be values as well as classes, or the task cannot be.
    """
    if asked != "auto":
        return possible(seen, asked)
    if seen.width:
        if seen.one_hot:
            return "classes"
        return "multilabel" if seen.bits else "regression"
    if seen.values is None:
        return "regression"
    k = len(seen.values)
    if k == 2 or seen.bits:
        return "binary"
    first, last = seen.values[0], seen.values[-1]
    numbered = first in (0, 1) and last - first == k - 1
    if k > 1 and (seen.words or (numbered and k * k <= seen.m)):
        return "classes"
    if k == 1:
        raise input_error("data.one-value", labels=seen.summary, m=seen.m)
    raise input_error("data.task-unclear", labels=seen.summary, m=seen.m)


def possible(seen: Seen, task: Task) -> Task:
    """The task.   Raises InputError where the labels cannot be its."""
    k = 0 if seen.values is None else len(seen.values)
    fits = {
        "binary": k == 2 or (seen.bits and not seen.width),
        "classes": seen.one_hot or k > 0,
        "multilabel": seen.bits and seen.width > 0,
        "regression": seen.width > 0 or not seen.words,
    }
    expected = {
        "binary": "two different labels, one for each example",
        "classes": "one label for each example, or one-hot rows",
        "multilabel": "rows of 0 and 1",
        "regression": "numbers",
    }
    if not fits[task]:
        raise input_error("data.task", labels=seen.summary, task=task, expected=expected[task])
    return task


def names_for(seen: Seen, task: Task) -> tuple[str, ...]:
    """Of classes their labels, in order; of several numbers in a label their positions."""
    if task in ("binary", "classes") and seen.values is not None:
        if seen.values.dtype.kind == "b":
            return ("False", "True")
        return ("0", "1") if seen.bits else tuple(names_of(seen.values))
    return tuple(map(str, range(seen.width or 1)))


def seen_of(parts: Iterable[Array], asked: AskedTask) -> Seen:
    """All of them together."""
    every = asked in ("binary", "classes")
    return reduce(Seen.__add__, (Seen.of(y, every) for y in parts))
