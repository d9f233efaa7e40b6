"""The change of erf within a small error, beside many digits, and beside both ends' rule."""

from __future__ import annotations

from dataclasses import replace

import mpmath
import numpy as np
import pytest

from parity_tests.error_model import erf_bound
from parity_tests.error_model.erf_bound import at_both_ends, most_change
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import BFLOAT16, FLOAT16, FLOAT32, FLOAT64, U64, Precision
from ref_numpy import Array
from ref_numpy.error_function import erf

R = np.concatenate([[0.0], 2.0 ** np.arange(-30, 3), np.random.default_rng(0).uniform(0, 6, 300)])
ERRORS = (2.0**-52, 2.0**-30, 2.0**-17)


@pytest.mark.parametrize("e", ERRORS)
def test_the_change_is_bounded_by_itself_and_little_more(e: float) -> None:
    found = most_change(R, np.array(e))
    assert (most_change(-R, np.array(e)) == found).all()
    with mpmath.workdps(50):
        for r, bound in zip(map(mpmath.mpf, R.tolist()), found.tolist(), strict=True):
            true = mpmath.erf(r) - mpmath.erf(r - e)
            added = 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-r * r + 2 * r * e)
            added *= mpmath.mpf(e) ** 3 * (1 + r * r) / 3
            assert true <= bound <= (true + added) * (1 + (28 + 4 * r * r) * U64)


def test_the_change_above_six_is_that_at_six() -> None:
    e = np.array([2.0**-52, 2.0**-17])
    for x in (6.5, -30.0, 1e300):
        assert (most_change(np.array(x), e) == most_change(np.array(6.0), e)).all()
    assert (most_change(R, np.zeros(R.shape)) == 0).all()


def largest_small(x: Array) -> Array:
    """The largest e of these numbers that is small, but for its rounding."""
    return np.minimum(np.abs(x) / 4, np.cbrt(2.0**-50 * np.minimum(np.abs(x), 1)))


@pytest.mark.parametrize("p", [FLOAT64, FLOAT32])
@pytest.mark.parametrize("x", [0.0, 2.0**-30, 2.0**-9, -1.0, 100.0])
def test_the_ends_are_computed_where_an_error_is_not_small(
    x: float, p: Precision, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erf_bound, "at_both_ends", lambda a: (a.value, np.full(a.shape, -1.0)))
    e = float(largest_small(np.array(x)))
    small, large = (
        ErrorArray([0.5, x], [0, end], p)
        for end in (e * (1 - 2.0**-8), e * (1 + 2.0**-8) + 2.0**-300)
    )
    assert (erf(small).error >= 0).all()
    assert (erf(large).error == -1).all()
    for half in (BFLOAT16, FLOAT16):
        assert (erf(small.working_in(half)).error == -1).all()


@pytest.mark.parametrize("p", [FLOAT64, FLOAT32])
def test_no_bound_is_wider_than_that_of_the_ends(p: Precision) -> None:
    p = replace(p, underflow=0.0)
    x = np.concatenate([R, [2.0**-40, 7.0, 40.0]])[:, np.newaxis]
    e = largest_small(x) * 2.0 ** -np.arange(2.0**-10, 60)
    a = ErrorArray(np.broadcast_to(x, e.shape), e, p)
    value, error = at_both_ends(a)
    assert (erf(a).value == value).all()
    assert (erf(a).error <= error).all()
    # Of no error there is the function's own; a change is added to it, in four roundings.
    own = erf(a.made(a.value)).error
    assert (own == at_both_ends(a.made(a.value))[1]).all()
    assert (erf(a).error * (1 + 4 * U64) >= own + most_change(a.value, e)).all()
