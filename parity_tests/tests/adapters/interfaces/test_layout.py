"""A layout takes the reference's arrays to the candidate's, and back to the bit."""

from __future__ import annotations

import numpy as np
import pytest

from parity_tests.adapters.interfaces.layout import (
    BIAS,
    FLAT,
    LAYOUTS,
    OTHER,
    ROW,
    TENSOR,
    WEIGHTS,
    Layout,
    layouts,
    role_of_parameter,
)

CS231N = Layout(rows=True, in_out=True, biases=FLAT)
SHAPES = {TENSOR: (2, 3, 4), WEIGHTS: (2, 3), BIAS: (2, 1), OTHER: (3, 4)}


@pytest.mark.parametrize("layout", [*LAYOUTS, Layout(rows=True, features_first=True)])
@pytest.mark.parametrize("role", SHAPES)
def test_there_and_back_is_the_same_array(layout: Layout, role: str) -> None:
    x = np.arange(np.prod(SHAPES[role])).reshape(SHAPES[role])
    given = layout.given(role, x)
    assert given.shape == layout.shape(role, x.shape)
    assert given.flags.c_contiguous
    assert not np.shares_memory(given, x)
    assert np.array_equal(layout.read(role, given), x)


def test_the_arrays_of_cs231n() -> None:
    """By hand: two features, three examples; the example is axis 0, whatever the positions are."""
    A = np.array([[1, 2, 3], [4, 5, 6]])
    assert CS231N.given(TENSOR, A).tolist() == [[1, 4], [2, 5], [3, 6]]
    assert CS231N.given(WEIGHTS, A).tolist() == [[1, 4], [2, 5], [3, 6]]
    assert CS231N.given(BIAS, np.array([[1], [2]])).tolist() == [1, 2]
    assert CS231N.given(OTHER, A).tolist() == A.tolist()
    assert CS231N.shape(TENSOR, (2, 3, 4)) == (3, 4, 2)  # (n, m, T) is (m, T, n)
    first = Layout(rows=True, features_first=True)  # (n, m, T) is (m, n, T)
    assert first.shape(TENSOR, (2, 3, 4)) == (3, 2, 4)
    assert first.describe(True, False, False, positions=True) == "examples are rows, (m, n, …)"
    assert Layout(biases=ROW).given(BIAS, np.array([[1], [2]])).tolist() == [[1, 2]]


def test_an_array_of_another_shape_is_read_as_it_is() -> None:
    for x in (np.zeros((3, 1)), np.zeros((1, 3)), np.zeros(())):
        assert CS231N.read(BIAS, x) is x
    assert CS231N.read(TENSOR, np.zeros(3)).shape == (3,)


def test_a_layout_in_words() -> None:
    words = "examples are rows, W is (n_prev, n), biases are (n,)"
    assert CS231N.describe() == words
    assert CS231N.describe(weights=False, biases=False) == "examples are rows"
    assert Layout().describe() == "examples are columns, W is (n, n_prev), biases are (n, 1)"


def test_the_role_of_a_parameter() -> None:
    assert role_of_parameter("W12", (4, 1)) == WEIGHTS
    assert role_of_parameter("tokens.E", (4, 6)) == WEIGHTS
    assert role_of_parameter("gamma", (4, 1)) == role_of_parameter("b1", (4, 1)) == BIAS
    assert role_of_parameter("K", (4, 2, 3, 3)) == OTHER


def test_each_layout_stands_once_also_without_parameters() -> None:
    assert len({*LAYOUTS}) == len(LAYOUTS) == len([*layouts()])
    assert [*layouts(weights=False, biases=False)] == [Layout(), Layout(rows=True)]
