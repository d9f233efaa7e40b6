"""The task of labels, those whose task is unclear, and the names of the outputs."""

from __future__ import annotations

import itertools
import tracemalloc
from typing import Any

import numpy as np
import pytest

from ref_numpy import Hinge, Huber, InputError, Loss
from torch_impl.data.images import as_pictures, image_shape
from torch_impl.data.tasks import (
    LOSSES,
    LabelFacts,
    RequestedTask,
    facts_of,
    loss_for,
    names_for,
    task_of,
)

EYE = np.eye(3)[[0, 2, 1, 1]]

TASKS: dict[str, tuple[Any, str, list[str]]] = {
    "0 and 1": ([0, 1, 1], "binary", ["0", "1"]),
    "0.0 and 1.0": ([0.0, 1.0], "binary", ["0", "1"]),
    "booleans": ([True, False], "binary", ["False", "True"]),
    "a column of 0 and 1": ([[0], [1]], "binary", ["0", "1"]),
    "1 and 2": ([2, 1, 2], "binary", ["1", "2"]),
    "-1 and 1": ([1, -1], "binary", ["-1", "1"]),
    "0 and 10¹²": ([0, 10**12], "binary", ["0", "1000000000000"]),
    "two words": (["no", "yes", "no"], "binary", ["no", "yes"]),
    "three words": (["b", "a", "c"], "classes", ["a", "b", "c"]),
    "bytes": ([b"k\xc3\xa4tze", b"hund", b"a"], "classes", ["a", "hund", "kätze"]),
    "objects": (np.array(["b", "a", ""], object), "classes", ["", "a", "b"]),
    "0 to 2 of 9": ([0, 1, 2] * 3, "classes", ["0", "1", "2"]),
    "1 to 3 of 9": ([1, 2, 3] * 3, "classes", ["1", "2", "3"]),
    "floats that are whole": ([0.0, 2.0, 1.0] * 3, "classes", ["0", "1", "2"]),
    "one-hot": (EYE, "classes", ["0", "1", "2"]),
    "one-hot integers": (EYE.astype(int), "classes", ["0", "1", "2"]),
    "one example one-hot": ([[0, 1, 0]], "classes", ["0", "1", "2"]),
    "two classes one-hot": ([[0, 1], [1, 0]], "classes", ["0", "1"]),
    "two ones": ([[1, 1, 0], [1, 0, 0]], "multilabel", ["0", "1", "2"]),
    "no one": ([[0, 0], [1, 0]], "multilabel", ["0", "1"]),
    "rows of booleans": ([[True, True], [True, False]], "multilabel", ["0", "1"]),
    "halves": ([0.0, 0.5], "regression", ["0"]),
    "most of them different": ([1386, 23790, 700, 700, 9], "regression", ["0"]),
    "a column of halves": ([[1.5], [1.0]], "regression", ["0"]),
    "pairs": ([[0.5, 0.5], [1.0, 0.0]], "regression", ["0", "1"]),
    "whole pairs": ([[2, 3], [4, 5]], "regression", ["0", "1"]),
    "images": (np.full((2, 3, 2), 0.5), "regression", list("012345")),
}


@pytest.mark.parametrize("name", TASKS)
def test_the_task_that_labels_ask_for_and_their_names(name: str) -> None:
    y, task, names = TASKS[name]
    seen = LabelFacts.of(np.array(y))
    assert task_of(seen, "auto") == task
    assert list(names_for(seen, task)) == names
    assert task_of(seen, task) == task  # the named task is the same


def message_of(call: Any, *arguments: Any) -> str:
    with pytest.raises(InputError) as caught:
        call(*arguments)
    assert caught.value.code.startswith("data.")
    return str(caught.value)


DOUBTFUL = {
    "years": ([*range(1922, 2012)] * 2, "90 different whole numbers, from 1922 to 2011, in 180"),
    "prices": ([0.0, 100.0, 800.0] * 2, "3 different whole numbers, from 0 to 800, in 6"),
    "one absurd label": (
        [0, 1, 2, 10**12] * 2,
        "4 different whole numbers, from 0 to 1000000000000, ",
    ),
    "below zero": ([-1, 0, 1] * 3, "3 different whole numbers, from -1 to 1, in 9"),
    "a gap": ([0, 1, 3] * 3, "3 different whole numbers, from 0 to 3, in 9"),
    "from 2": ([2, 3, 4] * 3, "3 different whole numbers, from 2 to 4, in 9"),
    "more than √m": ([0, 1, 2] * 2 + [1, 1], "3 different whole numbers, from 0 to 2, in 8"),
    "unsigned": (
        np.array([0, 2**64 - 1, 5] * 2, "u8"),
        "3 different whole numbers, from 0 to 18446744",
    ),
}


@pytest.mark.parametrize("name", DOUBTFUL)
def test_whole_numbers_that_may_be_values_need_a_task(name: str) -> None:
    y, said = DOUBTFUL[name]
    seen = LabelFacts.of(np.array(y))
    message = message_of(task_of, seen, "auto")
    assert message.startswith(f"y has {said}")
    assert message.endswith("; choose --data.task regression or --data.task classes.")
    assert task_of(seen, "regression") == "regression"
    assert task_of(seen, "classes") == "classes"
    assert len(names_for(seen, "classes")) == len(np.unique(y))


def test_a_label_takes_no_memory_by_its_value() -> None:
    y = np.array([0, 1, 2, 2**62] * 5)
    tracemalloc.start()
    for every in (False, True):
        seen = LabelFacts.of(y, every)
        with pytest.raises(InputError):
            task_of(seen, "auto")
        assert names_for(seen, task_of(seen, "classes")) == ("0", "1", "2", str(2**62))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


def test_named_classes_have_any_values() -> None:
    for y in (np.array([0.5, 0.25, 7, 0.5]), np.array([0.5, 0.25, 7], np.float32)):
        seen = LabelFacts.of(y, every=True)
        assert names_for(seen, task_of(seen, "classes")) == ("0.25", "0.5", "7")
    assert names_for(LabelFacts.of(np.array([9, 9])), "classes") == ("9",)


@pytest.mark.parametrize(
    ("y", "task", "message"),
    [
        ([0, 1, 2], "binary", "y has 3 different whole numbers, from 0 to 2; the task binary expe"),
        ([7, 7], "binary", "y has one value, 7; the task binary expects two different labels, "),
        ([[1, 1], [0, 1]], "binary", "y has rows of 2 numbers; the task binary expects two differ"),
        ([[1, 1], [0, 1]], "classes", "y has rows of 2 numbers; the task classes expects one labe"),
        (
            [0, 1],
            "multilabel",
            "y has 2 different whole numbers, from 0 to 1; the task multilabel ",
        ),
        (
            [[0, 2], [1, 0]],
            "multilabel",
            "y has rows of 2 numbers; the task multilabel expects row",
        ),
        (["a", "b"], "regression", "y has 2 different values, from a to b; the task regression ex"),
        ([7, 7], "auto", "y has one value, 7, in all 2 examples; expected labels that differ."),
        ([[1], [1]], "auto", "y has one value, 1, in all 2 examples; expected labels that differ."),
        ([True], "auto", "y has one value, True, in all 1 examples; expected labels that differ."),
        (["a", "a"], "auto", "y has one value, a, in all 2 examples; expected labels that differ."),
    ],
)
def test_labels_that_a_task_cannot_have(y: Any, task: RequestedTask, message: str) -> None:
    seen = facts_of([np.array(y)], task)
    assert message_of(task_of, seen, task).startswith(message)


def test_what_is_no_label_is_refused() -> None:
    for y in ([1j], [np.nan, 1], [0.5, np.inf], [None, "a"], np.ones(2, "m8[s]")):
        assert message_of(LabelFacts.of, np.array(y)).startswith("y has dtype ")
    assert message_of(LabelFacts.of, np.array([["a", "b"]])).startswith(
        "y has shape (1, 2); expected one"
    )


PARTS = {
    "whole numbers": ([0, 1], [2, 1], "classes", ["0", "1", "2"]),
    "a gap that another part fills": ([0, 2], [1] * 7, "classes", ["0", "1", "2"]),
    "booleans and numbers": ([0, 1], [True], "binary", ["0", "1"]),
    "booleans": ([False], [True], "binary", ["False", "True"]),
    "words": (["b"], ["a", "c"], "classes", ["a", "b", "c"]),
    "whole and real": ([0, 1], [0.5], "regression", ["0"]),
    "one-hot and not": (np.eye(2), [[1, 1]], "multilabel", ["0", "1"]),
    "bits and not": (np.eye(2), [[1, 0.5]], "regression", ["0", "1"]),
}


@pytest.mark.parametrize("name", PARTS)
def test_the_task_is_that_of_all_parts_together(name: str) -> None:
    *parts, task, names = PARTS[name]
    for first, second in itertools.permutations(np.array(part) for part in parts):
        seen = facts_of([first, second, *[first] * 7], "auto")
        assert (task_of(seen, "auto"), list(names_for(seen, task))) == (task, names)


def test_parts_of_different_kinds_are_refused() -> None:
    for parts in (([0, 1], ["a"]), (np.eye(2), [0, 1]), (np.eye(2), np.eye(3))):
        for first, second in itertools.permutations(np.array(part) for part in parts):
            assert message_of(facts_of, [first, second], "auto").startswith("some labels are ")


def test_a_picture_of_one_column_is_no_channel() -> None:
    x = np.arange(6.0).reshape(2, 3)
    assert as_pictures(x, (3, 1)).shape == (2, 3, 1)
    assert as_pictures(x, (1, 3, 1)).shape == (2, 1, 3)


def test_sizes_below_1_are_refused_also_where_their_product_is_right() -> None:
    for given in ([-2, -2, 1], [-2, -2]):
        with pytest.raises(InputError, match="image_shape is "):
            image_shape(np.ones((5, 4)), given)


GIVEN: dict[str, Any] = {
    "two": [3, 7, 3], "one of 0 and 1": [1, 1], "one": [5, 5], "three": [1, 2, 3],
    "a column": [[3], [7]], "two halves": [0.5, 1.5], "halves": [0.5, 1.5, 2.5],
    "words": ["a", "b"], "three words": ["a", "b", "c"],
    "one-hot": [[1, 0], [0, 1]], "bits": [[1, 1], [0, 1]],
    "rows": [[0.5, 1], [2, 3]], "rows of booleans": [[True, True], [False, True]],
}  # fmt: skip
ONE_EACH = {"two", "one of 0 and 1", "one", "three", "a column", "two halves", "halves"}
POSSIBLE: dict[RequestedTask, tuple[set[str], str]] = {
    "binary": ({"two", "one of 0 and 1", "a column", "two halves", "words"},
               "the task binary expects two different labels, one for each example: choose"),
    "classes": ({*ONE_EACH, "words", "three words", "one-hot"},
                "the task classes expects one label for each example, or one-hot rows: choose"),
    "multilabel": ({"one-hot", "bits", "rows of booleans"},
                   "the task multilabel expects rows of 0 and 1: choose"),
    "regression": ({*ONE_EACH, "one-hot", "bits", "rows", "rows of booleans"},
                   "the task regression expects numbers: choose"),
}  # fmt: skip


@pytest.mark.parametrize("asked", POSSIBLE)
@pytest.mark.parametrize("name", GIVEN)
def test_a_named_task_is_taken_where_the_labels_fit(name: str, asked: Any) -> None:
    """Read as it is read for that task: of classes the values of real numbers too."""
    seen, (possible, expected) = facts_of([np.array(GIVEN[name])], asked), POSSIBLE[asked]
    if name in possible:
        assert task_of(seen, asked) == asked
    else:
        with pytest.raises(InputError) as refused:
            task_of(seen, asked)
        assert f"; {expected} another --data.task." in str(refused.value)


def test_labels_of_all_parts_are_seen_together() -> None:
    """What only one part is, all of them are not; and in either order."""
    for one, other, values, whole in (
        ([True, False], [0, 1], [0, 1], False),
        ([1, 2], [2.0, 3.5], None, False),
        ([1, 2], [5, 2], [1, 2, 5], True),
    ):  # fmt: skip
        for first, second in ((one, other), (other, one)):
            both = LabelFacts.of(first) + LabelFacts.of(second)  # pyright: ignore[reportArgumentType]
            assert not both.words
            assert both.whole == whole
            assert (None if both.values is None else both.values.tolist()) == values
            assert both.m == len(one) + len(other)


def test_labels_are_described_in_words() -> None:
    halves = [0.5, 2.5, 1.5]
    assert LabelFacts.of(halves).summary == "real numbers"  # pyright: ignore[reportArgumentType]
    assert LabelFacts.of(halves, every=True).summary == "3 different numbers, from 0.5 to 2.5"  # pyright: ignore[reportArgumentType]


def test_the_losses_of_each_output() -> None:
    """Every loss of this package is one for some task."""
    built_in = {kind for kind, cls in Loss.kinds.items() if cls.built_in}
    assert {kind for kinds in LOSSES.values() for kind in kinds} == built_in
    for output, kinds in LOSSES.items():
        assert loss_for(output, None) == (output, None)
        for kind in kinds:
            found = "identity" if kind.endswith("hinge") else output
            assert loss_for(output, kind) == (found, Loss.kinds[kind]())
    assert loss_for("tanh", "huber", 0.5) == ("tanh", Huber(0.5))
    assert loss_for("sigmoid", "hinge") == ("identity", Hinge())


@pytest.mark.parametrize(
    ("given", "code", "facts"),
    [
        (("identity", "hinge"), "loss.task", {"words": "numbers"}),
        (("tanh", "hinge"), "loss.task", {"words": "numbers"}),
        (("softmax", "huber"), "loss.task", {"expected": "cross_entropy or multiclass_hinge"}),
        (("softmax", "hinge"), "loss.task", {"words": "classes"}),
        (("sigmoid", "huber"), "loss.task", {"expected": "binary_cross_entropy or hinge"}),
        (("sigmoid", "hubr"), "loss.unknown", {"name": "hubr"}),
        (("identity", "huber", -1.0), "huber.delta", {"delta": -1.0}),
        (("identity", None, 2.0), "option.no-effect", {"where": "on a loss that is not named"}),
        (("identity", "squared_error", 2.0), "option.no-effect",
         {"option": "--model.delta 2.0", "where": "on the loss squared_error"}),
    ],
)  # fmt: skip
def test_a_loss_that_does_not_fit_is_refused(given: Any, code: str, facts: Any) -> None:
    with pytest.raises(InputError) as caught:
        loss_for(*given)
    assert caught.value.code == code
    assert caught.value.facts.items() >= facts.items()
