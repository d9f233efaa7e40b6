"""Every rule returns an error array, and an elementary function stays in its domain."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from parity_tests.error_model.error_array import FUNCTIONS, RULES, ErrorArray
from parity_tests.error_model.precisions import FLOAT32
from ref_numpy.arrays.masked_softmax import masked_softmax
from ref_numpy.arrays.windows import Windows, add_windows

A = ErrorArray([[0.3, 0.4, 0.6]], 0.05, FLOAT32)
OPERANDS = {
    np.matmul: (A, A.T), np.power: (A, ErrorArray(2, p=FLOAT32)), np.where: (A, A, A),
    np.pad: (A, 1), np.reshape: (A, (3, 1)), np.moveaxis: (A, 0, 1), np.swapaxes: (A, 0, 1),
    np.expand_dims: (A, 0), np.broadcast_to: (A, (2, 3)), np.repeat: (A, 2), np.tile: (A, 2),
    np.take: (A, [2, 0]), np.take_along_axis: (A, np.array([[1]]), 1), np.roll: (A, 1),
    sliding_window_view: (A, (1, 2)), add_windows: (A.reshape(1, 1, 1, 3), Windows((1,)), (3,)),
    np.concatenate: ([A, A],), np.stack: ([A, A],),
}  # fmt: skip
SEVERAL = (np.split, np.array_split)  # their results are lists
OF_TWO = (masked_softmax,)  # their results are two; see test_softmax_bound.py


@pytest.mark.parametrize(
    "function",
    [*RULES, *(f for f in FUNCTIONS if f not in (*SEVERAL, *OF_TWO))],
    ids=lambda f: f.__name__,
)
def test_a_rule_returns_an_error_array_of_the_arithmetic(function: Any) -> None:
    n = len(inspect.signature(function).parameters) if function in FUNCTIONS else function.nin
    result = function(*OPERANDS.get(function, (A,) * min(n, 2 if function in RULES else 1)))
    assert isinstance(result, ErrorArray)
    assert result.p is FLOAT32
    assert result.error.shape == result.shape


@pytest.mark.parametrize("function", SEVERAL, ids=lambda f: f.__name__)
def test_parts_are_error_arrays_of_the_arithmetic(function: Any) -> None:
    for part, i in zip(function(A, 3, axis=1), range(3), strict=True):
        assert isinstance(part, ErrorArray)
        assert part.p is FLOAT32
        np.testing.assert_array_equal(part.value, A.value[:, i : i + 1])
        assert part.error.tolist() == [[0.05]]


def test_a_function_takes_no_options() -> None:
    with pytest.raises(TypeError, match="ones_like has no rounding rule"):
        np.ones_like(A, dtype=np.float32)
    with pytest.raises(TypeError, match="constant exponent"):
        np.power(A, np.array([2.0]))


@pytest.mark.parametrize(
    ("function", "x"), [(np.log, 0.5), (np.log1p, -0.5), (np.sqrt, 0.25), (np.tanh, 0.7)]
)
def test_of_a_concave_function_the_lower_end_is_farther(function: Any, x: float) -> None:
    error = 0.1
    bound = float(function(ErrorArray(x, error)).error)
    farther = function(x) - function(x - error)
    assert farther <= bound < farther * (1 + 2**-30)


@pytest.mark.parametrize(("function", "lowest"), [(np.log, 0.0), (np.log1p, -1.0)])
def test_a_logarithm_whose_interval_has_the_end_of_its_domain_has_no_bound(
    function: Any, lowest: float
) -> None:
    assert float(function(ErrorArray(lowest + 0.05, 0.1)).error) == np.inf


def test_a_square_root_whose_interval_has_zero_is_bounded() -> None:
    bound = float(np.sqrt(ErrorArray(1 / 4, 1 / 2)).error)
    assert 1 / 2 <= bound < (1 + 2**-30) / 2
