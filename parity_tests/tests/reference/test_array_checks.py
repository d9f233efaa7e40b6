"""The checks where data enter: arrays that pass, and the whole sentence for those that do not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ref_numpy import Array, InputError, NetworkSpec, initialise, one_hot, run
from ref_numpy.inputs import check_array, check_inputs, check_labels, check_params

SPEC = NetworkSpec.dense([2, 3, 4])
SQUARE = NetworkSpec.dense([2, 2], output="identity")
PARAMS = initialise(SPEC)
X = np.arange(10.0).reshape(2, 5)
Y = one_hot(np.array([0, 1, 2, 3, 0]), 4)


OF_X = X.dtype, X.shape[-1]


def changed(array: Array, value: float, *places: tuple[int, ...]) -> Array:
    array = array.copy()
    for place in places:
        array[place] = value
    return array


EXPECTED: dict[str, tuple[Array, tuple[int | None, ...], str]] = {
    "rank 1": (
        np.ones(6),
        (2, None),
        "Z has shape (6,), a rank-1 array; expected (2, m): use Z.reshape(2, -1).",
    ),
    "rank 1 for rank 3": (np.ones(6), (2, 3, None), "Z has shape (6,); expected (2, 3, m)."),
    "transposed": (
        np.ones((5, 2)),
        (2, None),
        "Z has shape (5, 2); expected (2, m). Examples are columns here: use Z.T.",
    ),
    "other rows": (np.ones((3, 5)), (2, None), "Z has shape (3, 5); expected (2, m)."),
    "other columns": (np.ones((2, 5)), (2, 4), "Z has shape (2, 5); expected (2, 4)."),
    "square": (np.ones((2, 2)), (2, 4), "Z has shape (2, 2); expected (2, 4)."),
    "rank 3": (np.ones((5, 2, 5)), (2, None), "Z has shape (5, 2, 5); expected (2, m)."),
    "rank 2 for rank 3": (
        np.ones((5, 2)),
        (2, 2, None),
        "Z has shape (5, 2); expected (2, 2, m).",
    ),
    "no examples": (np.ones((2, 0)), (2, None), "Z has shape (2, 0); expected (2, m)."),
    "whole numbers": (
        np.ones((2, 1), int),
        (2, None),
        "Z has dtype int64; expected a float dtype: use Z.astype(np.float32).",
    ),
    "not finite": (
        changed(X, np.inf, (1, 2), (1, 4)),
        (2, None),
        "Z has 2 value(s) that are not finite, the first is inf at [1, 2]; remove or replace them.",
    ),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_the_whole_sentence(name: str) -> None:
    array, shape, message = EXPECTED[name]
    with pytest.raises(InputError) as caught:
        check_array("Z", array, shape)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("array", "shape"),
    [
        (np.ones((2, 1)), (2, None)),
        (np.ones((2, 7), np.float16), (2, 7)),
        (np.ones((1, 1)), (None, None)),
        (np.ones((2, 3, 4)), (2, 3, None)),
        (np.ones(4), (None,)),
        (np.array(1.0), ()),
    ],
    ids=lambda value: str(np.shape(value)) if isinstance(value, np.ndarray) else str(value),
)
def test_arrays_that_fit(array: Array, shape: tuple[int | None, ...]) -> None:
    check_array("Z", array, shape)


def message_of(call: Any, *arguments: Any) -> str:
    with pytest.raises(InputError) as caught:
        call(*arguments)
    return str(caught.value)


def test_an_array_that_is_none_is_named() -> None:
    assert message_of(check_array, "Z", [[1.0]], (2, 3, None)) == (
        "Z is a list; expected a NumPy array of shape (2, 3, m): use np.asarray(Z, "
        "dtype=np.float32)."
    )
    assert message_of(check_labels, SPEC, Y.tolist(), *OF_X).startswith("Y is a list; expected")
    assert message_of(check_labels, SPEC, "cat", *OF_X).startswith("Y is a str; expected")


def test_parameters_are_exactly_those_of_the_network() -> None:
    check_params(SPEC, PARAMS, np.dtype(float))
    only = "expected exactly W1, b1, W2, b2."
    few = {"b2": PARAMS["b2"], "W1": PARAMS["W1"]}
    assert message_of(check_params, SPEC, few, np.dtype(float)) == (
        f"the parameters do not fit the network: missing ['W2', 'b1'], unknown []; {only}"
    )
    many = {"b9": X, "A": X, **PARAMS}
    assert message_of(check_params, SPEC, many, np.dtype(float)) == (
        f"the parameters do not fit the network: missing [], unknown ['A', 'b9']; {only}"
    )
    mixed = {**PARAMS, "b1": PARAMS["b1"].astype(np.float32)}
    assert message_of(check_inputs, SPEC, mixed, X) == (
        "b1 is float32 but X is float64; expected one dtype: use b1.astype(np.float64), or "
        "convert X."
    )
    assert message_of(check_params, SPEC, mixed) == (
        "b1 is float32 but W1 is float64; expected one dtype: use b1.astype(np.float64), or "
        "convert W1."
    )
    check_params(SPEC, {name: p.astype(np.float16) for name, p in PARAMS.items()})


@pytest.mark.parametrize("kind", [bool, np.int8, np.uint8])
def test_whole_number_labels_take_the_dtype_of_X(kind: type) -> None:
    for dtype in (np.float32, np.float64):
        taken = check_labels(SPEC, Y.astype(kind), np.dtype(dtype), X.shape[-1])
        np.testing.assert_array_equal(taken, Y.astype(dtype), strict=True)
    assert message_of(check_labels, SPEC, Y.astype(complex), *OF_X).startswith(
        "Y has dtype complex"
    )


def test_labels_are_of_these_examples_and_of_this_loss() -> None:
    check_labels(SQUARE, X - 0.5, *OF_X)  # squared error takes any number
    assert message_of(check_labels, SPEC, Y[:, :4], *OF_X) == "Y has shape (4, 4); expected (4, 5)."
    assert message_of(check_labels, SPEC, Y.astype(np.float16), *OF_X) == (
        "Y is float16 but X is float64; use Y.astype(np.float64)."
    )
    two = changed(Y, 1, (2, 3))
    none = changed(Y, 0, (1, 1))
    half = changed(changed(Y, 0.5, (2, 2)), 0.5, (3, 2))
    for labels, column in ((two, 3), (none, 1), (half, 2)):
        assert message_of(check_labels, SPEC, labels, *OF_X).startswith(
            f"Y's column {column} is not"
        )
    binary = NetworkSpec.dense([2, 2], output="sigmoid")
    labels = changed(np.ones((2, 5)), 0.5, (1, 2), (1, 3))
    assert message_of(check_labels, binary, labels, *OF_X) == (
        "Y has the label 0.5 at [1, 2]; binary cross-entropy expects 0 or 1: use "
        "(Y == positive_class)."
    )
    check_labels(binary, changed(np.ones((2, 5)), 0, (1, 2)), *OF_X)


def test_one_hot_to_the_letter() -> None:
    expected = [[0, 1, 0], [1, 0, 0], [0, 0, 1]]
    for labels in (np.array([1, 0, 2]), np.array([[1, 0, 2]], np.uint8), [1, 0, 2]):
        np.testing.assert_array_equal(one_hot(labels, 3), np.array(expected, float), strict=True)
    single = one_hot(np.array([1, 0, 2]), 3, np.float32)
    np.testing.assert_array_equal(single, np.array(expected, np.float32), strict=True)
    assert one_hot(np.array([], int), 3).shape == (3, 0)
    assert message_of(one_hot, np.array([0, 3, 9]), 3).startswith("label 3 of example 1 is out of")
    assert message_of(one_hot, np.array([0, 1, -1, -2]), 3).startswith("label -1 of example 2 is")
    shape = "expected integers of shape (m,) or (1, m): use labels.reshape(1, -1).astype(int)."
    for labels in (np.zeros((2, 1), int), np.zeros((1, 1, 2), int), np.zeros((), int)):
        assert message_of(one_hot, labels, 3) == (
            f"labels have shape {labels.shape} and dtype int64; {shape}"
        )
    assert "dtype bool" in message_of(one_hot, np.array([True]), 3)


def test_run_checks_its_arguments() -> None:
    """Before anything is computed of it."""
    assert message_of(run, SPEC, PARAMS, X[:, :0], Y[:, :0]).startswith("X has shape (2, 0)")
    assert message_of(run, SPEC, {}, X, Y).startswith("the parameters do not fit")
    assert message_of(run, SPEC, PARAMS, X, X).startswith("Y has shape (2, 5); expected (4, 5)")
