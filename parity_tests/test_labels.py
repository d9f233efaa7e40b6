"""What numbers and labels of a source are taken to mean, case by case."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ref_numpy import InputError
from torch_impl.labels import (
    OUTPUTS,
    Task,
    as_pictures,
    image_shape,
    is_one_hot,
    labels,
    numbers,
    outputs,
    task_of,
)

EYE = np.eye(3)[[0, 2, 1, 1]]

TASKS: dict[str, tuple[Any, Task]] = {
    "0 and 1": ([0, 1, 1], "binary"),
    "0.0 and 1.0": ([0.0, 1.0], "binary"),
    "booleans": ([True, False], "binary"),
    "a column of 0 and 1": ([[0], [1]], "binary"),
    "zeros alone": ([0, 0], "binary"),
    "a column of ones": ([[1], [1]], "binary"),
    "whole numbers": ([0, 1, 2], "classes"),
    "floats that are whole": ([0.0, 2.0], "classes"),
    "below zero": ([-1, 1], "classes"),
    "a column of whole numbers": ([[3], [1]], "classes"),
    "one-hot": (EYE, "classes"),
    "one-hot integers": (EYE.astype(int), "classes"),
    "one example one-hot": ([[0, 1, 0]], "classes"),
    "two classes one-hot": ([[0, 1], [1, 0]], "classes"),
    "halves": ([0.0, 0.5], "regression"),
    "a column of halves": ([[1.5], [1.0]], "regression"),
    "pairs": ([[0.5, 0.5], [1.0, 0.0]], "regression"),
    "two ones": ([[1, 1, 0], [1, 0, 0]], "regression"),
    "no one": ([[0, 0, 0], [1, 0, 0]], "regression"),
    "not 0 and 1": ([[2, -1], [1, 0]], "regression"),
    "whole vectors": ([[2, 3], [4, 5]], "regression"),
}


@pytest.mark.parametrize("name", TASKS)
def test_the_task_that_labels_ask_for(name: str) -> None:
    y, task = TASKS[name]
    assert task_of(np.array(y)) == task
    assert is_one_hot(np.array(y)) is ("one-hot" in name)


def test_each_task_has_the_output_whose_loss_it_is() -> None:
    assert OUTPUTS == {"binary": "sigmoid", "classes": "softmax", "regression": "identity"}


@pytest.mark.parametrize(
    ("y", "task", "expected", "n_y"),
    [
        ([1, 0, 1], "binary", np.array([1, 0, 1]), 1),
        ([[True], [False]], "binary", np.array([1, 0]), 1),
        ([2.0, 0.0], "classes", np.array([2, 0]), 3),
        ([[2], [4]], "classes", np.array([2, 4]), 5),
        (EYE, "classes", np.array([0, 2, 1, 1]), 3),
        ([2, 1], "regression", np.array([2, 1], np.float32), 1),
        ([[0.5, 2, 3], [1, 2, 4]], "regression", np.array([[0.5, 2, 3], [1, 2, 4]], np.float32), 3),
        ([[0.5], [1]], "regression", np.array([[0.5], [1]], np.float32), 1),
        (EYE, "regression", EYE.astype(np.float32), 3),
        (np.ones((2, 3, 2)), "regression", np.ones((2, 3, 2), np.float32), 6),
    ],
)
def test_labels_and_the_outputs_that_they_need(y, task: Task, expected, n_y: int) -> None:
    found = labels(np.array(y), task)
    np.testing.assert_array_equal(found, expected, strict=True)
    assert (outputs(found, task), type(outputs(found, task))) == (n_y, int)


def message_of(call: Any, *arguments: Any) -> str:
    with pytest.raises(InputError) as caught:
        call(*arguments)
    return str(caught.value)


@pytest.mark.parametrize(
    ("y", "task", "message"),
    [
        (["a"], "classes", "y has dtype <U1; expected finite numbers: number the classes 0, 1, …"),
        ([1j], "regression", "y has dtype complex128; expected finite numbers: number the clas"),
        ([np.nan, 1], "regression", "y has dtype float64; expected finite numbers"),
        ([0.5, np.inf], "regression", "y has dtype float64; expected finite numbers"),
        ([0, 2, -1], "binary", "the label of example 1 is 2; the task binary expects 0 or 1: ren"),
        ([1, 0, -1], "binary", "the label of example 2 is -1; the task binary expects 0 or 1: ren"),
        ([0, 1, -1], "classes", "the label of example 2 is -1; the task classes expects a whole "),
        ([3, 0.5], "classes", "the label of example 1 is 0.5; the task classes expects a whole nu"),
        ([[0.0], [0.5]], "binary", "the label of example 1 is 0.5; the task binary expects 0 or "),
        ([[1, 1], [0, 1]], "classes", "y has shape (2, 2); the task classes expects one label an"),
        (EYE, "binary", "y has shape (4, 3); the task binary expects one label an example: (m,)."),
    ],
)
def test_labels_that_a_task_cannot_have(y: Any, task: Task, message: str) -> None:
    assert message_of(labels, np.array(y), task).startswith(message)


def test_the_whole_sentence() -> None:
    assert message_of(labels, np.array([0, 1, -1]), "classes") == (
        "the label of example 2 is -1; the task classes expects a whole number 0, 1, …: renumber "
        "the labels, or set data.task."
    )


@pytest.mark.parametrize("kind", ["?", "i1", "u2", "i8", "f2", "f4", "f8"])
def test_numbers_become_rows_of_floats(kind: str) -> None:
    """float64 stays what it is: it is standardised before it is rounded to float32."""
    x = np.array([[[0, 1], [1, 1]], [[1, 0], [0, 0]], [[1, 1], [0, 1]]], kind)
    dtype = np.float64 if kind == "f8" else np.float32
    rows = np.array([[0, 1, 1, 1], [1, 0, 0, 0], [1, 1, 0, 1]], dtype)
    np.testing.assert_array_equal(numbers(x), rows, strict=True)


def test_what_is_no_number_is_said_with_its_place() -> None:
    for x in (np.array([["a"]]), np.array([[1j]]), np.array([[None]])):
        said = f"x has dtype {x.dtype}; expected numbers: encode the other columns first."
        assert message_of(numbers, x) == said
    x = np.ones((5, 3))
    x[2, 1], x[4] = np.nan, np.inf
    assert message_of(numbers, x) == (
        "2 example(s) have values that are not finite, the first is example 2; remove or replace "
        "them."
    )


def test_a_picture_of_one_column_is_no_channel() -> None:
    X = np.arange(6.0).reshape(3, 2)
    assert as_pictures(X, (3, 1)).shape == (2, 3, 1)
    assert as_pictures(X, (1, 3, 1)).shape == (2, 1, 3)


def test_sizes_below_1_are_refused_also_where_their_product_is_right() -> None:
    for given in ([-2, -2, 1], [-2, -2]):
        with pytest.raises(InputError, match="image_shape is "):
            image_shape(np.ones((5, 4)), given)
