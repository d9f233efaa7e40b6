"""Maxima, comparisons, choices and jumps: the error holds every outcome within the intervals."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT64
from parity_tests.tests.support.error_arrays import ABOVE, COARSE, coarse, fraction


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_the_larger_of_two_has_the_larger_error(name: str) -> None:
    choose = getattr(np, name)
    a = ErrorArray(np.array([1.0, 2.0]), np.array([0.5, 0.25]), COARSE)
    b = ErrorArray(np.array([2.0, 1.0]), np.array([0.125, 0.75]), COARSE)
    assert choose(a, b).value.tolist() == choose([1, 2], [2, 1]).tolist()
    assert choose(a, b).error.tolist() == [0.5, 0.75]
    assert choose(a, coarse(0.0)).error.tolist() == [0.5, 0.25]
    assert choose(coarse(0.0), a).error.tolist() == [0.5, 0.25]
    assert choose(coarse(1.0), coarse(2.0)).error == 0
    exact = ErrorArray(np.ones(2))
    assert choose(exact, exact).exact
    most = a.max()
    assert (float(most.value), float(most.error)) == (2, 0.25)  # 1 ± 0.5 is not the largest
    columns = ErrorArray(np.eye(3), np.arange(9.0).reshape(3, 3), COARSE).max(axis=0, keepdims=True)
    assert columns.value.tolist() == [[1, 1, 1]]
    assert columns.error.tolist() == [[6, 7, 8]]
    assert ErrorArray(np.eye(3)).max(axis=1).exact


COMPARISONS = {
    np.greater: lambda x, y: x > y, np.greater_equal: lambda x, y: x >= y,
    np.less: lambda x, y: x < y, np.less_equal: lambda x, y: x <= y,
}  # fmt: skip


@pytest.mark.parametrize("ufunc", COMPARISONS, ids=lambda f: f.__name__)
def test_a_comparison_is_uncertain_where_the_intervals_meet(ufunc: Any) -> None:
    for x, y, e, f in itertools.product((0.0, 1.0, 1.5), (0.0, 1.0), (0.0, 0.5), (0.0, 0.25, 0.5)):
        result = ufunc(coarse(x, e), coarse(y, f))
        outcomes = {
            COMPARISONS[ufunc](x + s * e, y + t * f)
            for s, t in itertools.product((-1, 0, 1), repeat=2)
        }
        assert bool(result.value[0]) is COMPARISONS[ufunc](x, y)
        if len(outcomes) > 1:
            assert result.error[0] == 1
        if abs(x - y) > e + f or (e == f == 0):
            assert result.error[0] == 0
    exact = ErrorArray(np.array([1.0]))
    assert ufunc(exact, exact).exact


def test_a_choice_is_wide_where_its_condition_is_uncertain() -> None:
    a = ErrorArray(np.array([1.0, 1.0, 1.0]), np.array([0.25, 0.5, 0.25]), COARSE)
    b = ErrorArray(np.array([4.0, 4.0, 4.0]), np.array([0.5, 0.25, 0.125]), COARSE)
    x = ErrorArray(np.array([1.0, 0.25, -1.0]), np.array([0.5, 0.5, 0.5]), COARSE)
    chosen = np.where(x > 0, a, b)
    assert chosen.value.tolist() == [1, 1, 4]
    assert chosen.error[[0, 2]].tolist() == [0.25, 0.125]
    assert Fraction(7, 2) <= fraction(chosen.error[1]) <= Fraction(7, 2) * ABOVE
    sure = ErrorArray(np.array([1.0, 0.25, -1.0])) > 0
    assert np.where(sure, a, b).error.tolist() == [0.25, 0.5, 0.125]
    assert np.where(sure, ErrorArray(a.value), ErrorArray(b.value)).exact
    assert np.where(sure, a, ErrorArray(b.value)).error.tolist() == [0.25, 0.5, 0]
    assert np.where(sure, ErrorArray(a.value), b).error.tolist() == [0, 0, 0.125]


def test_whole_numbers_jump_at_both_ends() -> None:
    """⌊a⌋ and trunc a of 1.75 ± 0.5: up to 2, down to 1; the larger of the two steps counts."""
    for value, error, wanted in ((1.75, 0.5, 1), (1.25, 0.5, 1), (1.5, 0.25, 0), (1.5, 2.6, 3)):
        cut = np.trunc(coarse(value, error, FLOAT64))
        assert cut.value == 1
        assert cut.error == (wanted if value - error > -1 or wanted < 3 else 3)
    down = coarse(7.5, 0.75, FLOAT64) // coarse(2.0, 0.0, FLOAT64)
    assert (down.value, down.error) == (3, 1)
    assert (coarse(7.0, 0.5, FLOAT64) // coarse(2.0, p=FLOAT64)).error == 0
