"""The task that a data set's labels are for, and the names of a network's outputs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Literal

import numpy as np

from ref_numpy.data.data_spec import Task
from ref_numpy.data.labels import (
    check_kind,
    distinct,
    has_zeros_and_ones,
    is_one_hot,
    names_of,
    shortened,
)
from ref_numpy.graphs.chosen_loss import loss_from_name
from ref_numpy.layer import Array
from ref_numpy.loss import Loss
from ref_numpy.losses.huber import Huber
from torch_impl.training_messages import input_error

# The losses of a network by its output activation, which the task names (ref_numpy.data.data_spec):
# the first is that of NetworkSpec.dense. A hinge loss takes the place of
# the activation and the cross-entropy.
LOSSES: dict[str, tuple[str, ...]] = {
    "sigmoid": ("binary_cross_entropy", "hinge"),
    "softmax": ("cross_entropy", "multiclass_hinge"),
    "identity": ("squared_error", "absolute_error", "huber"),
    "tokens": ("token_cross_entropy",),
}
TRAINED_FOR = {
    "sigmoid": "two classes or labels", "softmax": "classes", "identity": "numbers",
    "tokens": "whole numbers",
}  # fmt: skip

RequestedTask = Literal["auto", "binary", "classes", "multilabel", "regression"]


@dataclass(frozen=True)
class LabelFacts:
    """What decides the task, of m labels, or of several parts of them.

    Attributes:
        m: how many labels.
        width: numbers in a label where there are several, else 0.
        words: they are words or booleans.
        whole: they are whole numbers.
        bits: they are 0 and 1 alone.
        one_hot: they are rows with one 1.
        values: the different labels (k,) in their order; None where these are several numbers each,
            or real numbers, whose different values nobody needs.
    """

    m: int
    width: int
    words: bool
    whole: bool
    bits: bool
    one_hot: bool
    values: Array | None

    @classmethod
    def of(cls, y: Array, every: bool = False) -> LabelFacts:
        """Look at labels.

        Args:
            y: (m,) or (m, k).
            every: record the values of real numbers too, for a task of classes.

        Raises:
            InputError: a label is not a finite number, boolean or word.
        """
        y = check_kind(np.asarray(y))
        width = 0 if y.size == len(y) else math.prod(y.shape[1:])
        number = y.dtype.kind in "iuf"
        whole = number and bool((y == np.round(y)).all())
        keep = y.dtype.kind in "US" or (not width and (whole or every or not number))
        values = distinct(y)[0] if keep else None
        bits = has_zeros_and_ones(y.reshape(len(y), -1))
        return cls(len(y), width, not number, whole, bits, is_one_hot(y), values)

    def __add__(self, other: LabelFacts) -> LabelFacts:
        """Raises InputError where the two are of different kinds."""
        text = {of.values is not None and of.values.dtype.kind in "US" for of in (self, other)}
        if self.width != other.width or len(text) > 1:
            first, second = self.summary, other.summary
            raise input_error("data.labels-kind", first=first, second=second)
        known = self.values is not None and other.values is not None
        return LabelFacts(
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


def task_of(facts: LabelFacts, requested: RequestedTask) -> Task:
    """Return the task that was requested, if the labels fit; for auto, the one that is clear.

    Words, booleans, two whole numbers and one-hot rows are classes; rows of 0 and 1 several labels;
    other rows, and real numbers, a regression. Whole numbers 0 … k − 1 or 1 … k are classes where
    k ≤ √m, so that a class has on average as many examples as there are classes, or more; years,
    prices, counts and codes seldom are such. Where there are more than m/2, most would be classes
    of one example: that is a regression.

    Args:
        facts: of all labels.
        requested: the task, or auto.

    Raises:
        InputError: whole numbers may be values as well as classes, or the labels cannot be the
            task's.
    """
    if requested != "auto":
        return check_task(facts, requested)
    if facts.width:
        if facts.one_hot:
            return "classes"
        return "multilabel" if facts.bits else "regression"
    if facts.values is None:
        return "regression"
    k = len(facts.values)
    if k == 1:
        raise input_error("data.one-value", labels=facts.summary, m=facts.m)
    if k == 2:
        return "binary"
    first, last = facts.values[0], facts.values[-1]
    numbered = first in (0, 1) and last - first == k - 1
    if facts.words or (numbered and k * k <= facts.m):
        return "classes"
    if 2 * k > facts.m:
        return "regression"
    raise input_error("data.task-unclear", labels=facts.summary, m=facts.m)


def loss_for(output: str, loss: str | None, delta: float | None = None) -> tuple[str, Loss | None]:
    """Return the output activation and the loss of a network.

    Args:
        output: the activation that the task needs.
        loss: its kind; None takes the one that belongs to the output.
        delta: Huber's δ; None takes its default.

    Returns:
        The activation, which is the identity before a hinge loss, and the loss; None where none
        was named.

    Raises:
        InputError: the loss is not one for the task, or δ has no effect.
    """
    if delta is not None and loss != "huber":
        raise input_error(
            "option.no-effect",
            option=f"--model.delta {delta}",
            where=f"on the loss {loss}" if loss else "on a loss that is not named",
            instead="add --model.loss huber, or leave it out",
        )
    if loss is None:
        return output, None
    found = loss_from_name(loss) if delta is None else Huber(delta)
    expected = LOSSES.get(output, LOSSES["identity"])
    if found.built_in and found.kind not in expected:
        words = TRAINED_FOR.get(output, TRAINED_FOR["identity"])
        raise input_error("loss.task", loss=loss, words=words, expected=" or ".join(expected))
    return "identity" if found.of_scores else output, found


def check_task(facts: LabelFacts, task: Task) -> Task:
    """Check that these labels can be the task's, and return the task.

    Args:
        facts: the facts about the labels.
        task: the task that was named.

    Raises:
        InputError: the labels cannot be its.
    """
    k = 0 if facts.values is None else len(facts.values)
    fits = {
        "binary": k == 2 or (facts.bits and not facts.width),
        "classes": facts.one_hot or k > 0,
        "multilabel": facts.bits and facts.width > 0,
        "regression": facts.width > 0 or not facts.words,
    }
    expected = {
        "binary": "two different labels, one for each example",
        "classes": "one label for each example, or one-hot rows",
        "multilabel": "rows of 0 and 1",
        "regression": "numbers",
    }
    if not fits[task]:
        raise input_error("data.task", labels=facts.summary, task=task, expected=expected[task])
    return task


def names_for(facts: LabelFacts, task: Task) -> tuple[str, ...]:
    """Return the names of the outputs: the labels of classes, the positions of numbers."""
    if task in ("binary", "classes") and facts.values is not None:
        if facts.values.dtype.kind == "b":
            return ("False", "True")
        return ("0", "1") if facts.bits else tuple(names_of(facts.values))
    return tuple(map(str, range(facts.width or 1)))


def facts_of(parts: Iterable[Array], requested: RequestedTask) -> LabelFacts:
    """Return the facts of all parts together."""
    every = requested in ("binary", "classes")
    return reduce(LabelFacts.__add__, (LabelFacts.of(y, every) for y in parts))
