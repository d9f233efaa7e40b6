"""The arguments of NumPy's functions: exact indices, plain arrays beside, and options refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from parity_tests.error_model.array_functions import REFUSED
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.tests.support.error_arrays import COARSE

X = np.arange(6.0).reshape(2, 3)
A = ErrorArray(X, X / 8, COARSE)

# An option of each name, of a function that would take it.
OPTIONS: dict[str, Callable[[], Any]] = {
    "casting": lambda: np.concatenate([A, A], casting="unsafe"),
    "dtype": lambda: np.concatenate([A, A], dtype=np.float32),
    "initial": lambda: np.max(A, initial=9.0),
    "order": lambda: np.ravel(A, order="F"),
    "out": lambda: np.take(A, [0], axis=1, out=np.empty((2, 1))),
    "stat_length": lambda: np.pad(A, 1, mode="maximum", stat_length=1),
    "subok": lambda: np.broadcast_to(A, (4, 2, 3), subok=True),
    "where": lambda: np.sum(A, where=X > 2),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_without_a_rule_is_refused(name: str) -> None:
    with pytest.raises(TypeError, match=r"^np\.\w+ has no rounding rule"):
        OPTIONS[name]()


def test_every_refused_option_is_tried() -> None:
    assert OPTIONS.keys() == REFUSED


def test_a_function_along_axes_takes_its_own_options() -> None:
    np.testing.assert_array_equal(np.sum(A, axis=1, keepdims=True).value, [[3], [12]])
    assert np.max(A, axis=1, keepdims=True).error.tolist() == [[2 / 8], [5 / 8]]
    assert np.var(A, axis=1, ddof=1).value.tolist() == [1, 1]


def test_an_exact_index_stands_for_its_value() -> None:
    """As that of a maximum does, alone, in a tuple or a list, or by its name."""
    at = ErrorArray([2.0, 0.0], p=COARSE)
    chosen = (X / 8)[:, [2, 0]].tolist()
    assert A[:, at].error.tolist() == chosen
    assert np.take(A, at, axis=1).error.tolist() == chosen
    assert np.take(A, indices=at, axis=1).error.tolist() == chosen
    several = [ErrorArray(2.0, p=COARSE), ErrorArray(0.0, p=COARSE)]
    assert np.take(A, several, axis=1).error.tolist() == chosen


def test_exact_indices_choose_from_a_plain_array() -> None:
    at = A.argmax(axis=1, keepdims=True)
    assert at.error.any()
    exact = ErrorArray(X, p=COARSE).argmax(axis=1, keepdims=True)
    chosen = np.take_along_axis(X, exact, axis=1)
    assert chosen.value.tolist() == [[2], [5]]
    assert chosen.exact
    assert chosen.p is COARSE


def test_places_to_split_at_may_be_an_exact_ball() -> None:
    """Of a plain array and of one with errors; one with an error is refused, as an index is."""
    at = ErrorArray([1.0], p=COARSE)
    for x in (X, A):
        assert [part.shape for part in np.split(x, at, axis=1)] == [(2, 1), (2, 2)]
        named = np.split(x, indices_or_sections=at, axis=1)
        assert [part.shape for part in named] == [(2, 1), (2, 2)]
    with pytest.raises(TypeError, match="an index that has an error"):
        np.split(A, ErrorArray([1.0], 1.0, COARSE), axis=1)
