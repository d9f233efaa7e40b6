"""What becomes of each kind of error in operations that round nothing, or once more."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.intervals import peak
from parity_tests.error_model.precisions import FLOAT32, U64
from parity_tests.tests.support.error_arrays import ABOVE, COARSE
from ref_numpy import Array


def arrays() -> dict[str, ErrorArray]:
    """One of each kind of error: none, relative, absolute, both, and that of a pending sum."""
    x = np.array([[1.5, -2.0, 3.0], [0.5, 4.0, -6.0]])
    e = np.arange(1.0, 7.0).reshape(2, 3) / 8
    return {
        "exact": ErrorArray(x, p=COARSE),
        "relative": ErrorArray(x, p=COARSE, relative=0.25),
        "absolute": ErrorArray(x, e, COARSE),
        "one for all": ErrorArray(x, 0.5, COARSE),
        "both": ErrorArray(x, e, COARSE, 0.25),
        "sum": ErrorArray(x, e, COARSE) + ErrorArray(x[:, :1], p=COARSE),
        "product": ErrorArray(x, p=COARSE) @ ErrorArray(np.ones((3, 3)), p=COARSE),
    }


@pytest.mark.parametrize("name", arrays())
def test_what_rounds_nothing_keeps_the_error(name: str) -> None:
    a = arrays()[name]
    value, error = a.value, a.error
    for kept, wanted in ((-a, -value), (abs(a), np.abs(value))):
        np.testing.assert_array_equal(kept.value, wanted)
        np.testing.assert_array_equal(kept.error, error)
    np.testing.assert_array_equal(a.T.value, value.T)
    np.testing.assert_array_equal(a.T.error, error.T)
    assert bool(a.T.scaled) == bool(abs(a).scaled) == bool((-a).scaled) == bool(a.scaled)
    np.testing.assert_array_equal(a.largest, np.abs(value) + error)
    assert a.peak == peak(value) == np.abs(value).max()
    assert a.shape == value.shape
    assert bool(a.exact) is (name == "exact")
    assert bool(a.scaled) is (name in ("exact", "relative"))


@pytest.mark.parametrize("name", arrays())
def test_parts_have_their_part_of_the_error(name: str) -> None:
    a = arrays()[name]
    value, error = a.value, a.error
    for part, index in (
        (a.rows(slice(1, 2)), np.s_[1:2]),
        (a.rows(...), np.s_[:]),
        (a.examples(slice(0, 2)), np.s_[:, 0:2]),
        (a[:, 1:], np.s_[:, 1:]),
    ):
        np.testing.assert_array_equal(part.value, value[index])
        np.testing.assert_array_equal(part.error, error[index])
    assert a.rows(...) is a
    assert (a.rows(slice(0, 1)).pending_sum is None) is (a.pending_sum is None)
    if a.pending_sum is not None:  # more may be added to it
        more = (a.examples(slice(0, 2)) + ErrorArray(value[:, :2], p=COARSE)).error
        np.testing.assert_array_equal(more, (a + ErrorArray(value, p=COARSE)).error[:, :2])


@pytest.mark.parametrize("name", arrays())
def test_one_more_rounding(name: str) -> None:
    """e + r (|x| + e); a sum stays pending, and the rounding is one of the finished sum."""
    a = arrays()[name]
    above = ABOVE * (Fraction(5, 4) if a.pending_sum else 1)  # roundings composed, from above
    again = a.rounded(0.25)
    np.testing.assert_array_equal(again.value, a.value)
    for x, e, more in zip(a.value.ravel(), a.error.ravel(), again.error.ravel(), strict=True):
        wanted = Fraction(float(e)) + (abs(Fraction(float(x))) + Fraction(float(e))) / 4
        assert wanted * (1 - 4 * Fraction(U64)) <= Fraction(float(more)) <= wanted * above
    assert (again.pending_sum is None) is (a.pending_sum is None)
    twice = a.rounded(0.25).rounded(0.25)
    assert np.all(twice.error >= again.error + (np.abs(a.value) + again.error) / 4)


def test_a_constant_is_rounded_to_the_arithmetic() -> None:
    """0.3 and 17 have more than three bits; an array is exact, whatever it has."""
    a = ErrorArray(np.ones(2), p=COARSE)
    for x, relative in ((2, 0), (0.5, 0), (0.3, COARSE.u), (3, 0), (17, COARSE.u)):
        constant = a.lift(x)
        assert (float(constant.value), constant.p) == (x, COARSE)
        assert constant.relative == relative
    single = ErrorArray(np.ones(2), p=FLOAT32)
    assert single.lift(0.1).relative == FLOAT32.u
    assert single.lift(0.25).exact
    assert single.lift(np.array([0.1])).exact
    assert a.lift(a) is a


def test_arrays_of_ones_and_zeros_are_exact() -> None:
    a: Array | ErrorArray = arrays()["both"]
    for like, value in ((np.ones_like(a), 1), (np.zeros_like(a), 0)):
        assert like.exact
        assert like.p == COARSE
        np.testing.assert_array_equal(like.value, np.full((2, 3), float(value)))


@pytest.mark.parametrize("statistic", [np.mean, np.var])
def test_a_statistic_that_is_kept_is_that_of_the_numbers(statistic: Callable[..., Any]) -> None:
    """Neither a change of the result in place, nor one of the array, is seen in the next."""
    a = arrays()["both"]
    first = statistic(a, axis=0)
    value, error = first.value, first.error
    first += 1
    again = statistic(a, axis=0)
    np.testing.assert_array_equal(again.value, value)
    np.testing.assert_array_equal(again.error, error)
    same = a.working_in(COARSE)
    a[0] = 0.0
    np.testing.assert_array_equal(statistic(a, axis=0).value, statistic(a.value, axis=0))
    np.testing.assert_array_equal(statistic(same, axis=0).value, value)
    np.testing.assert_array_equal(same.working_in(FLOAT32).mean(axis=1).value, same.value.mean(1))
    assert statistic(a, axis=1).shape == (2,)
