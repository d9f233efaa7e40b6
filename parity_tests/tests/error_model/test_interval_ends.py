"""Bounds hold to the last digit: the ends of an interval are rounded outward."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT64, U64

RNG = np.random.default_rng(0)


def exactly(x: float) -> mpmath.mpf:
    return mpmath.mpf(x)


def test_the_upper_end_of_an_exponential_is_rounded_outward() -> None:
    """Half a unit of x = 700 changes e^x by 500 of its own units."""
    with mpmath.workdps(40):
        for x, error in zip(RNG.uniform(600, 690, 50), RNG.random(50), strict=True):
            bound = float(np.exp(ErrorArray(x, error)).error)
            apart = mpmath.exp(exactly(x) + exactly(error)) - exactly(np.exp(x))
            assert apart <= bound


def test_the_lower_end_of_a_logarithm_is_rounded_outward() -> None:
    """At 1e-9 from the end of the domain a unit of x changes log(1 + x) by millions of its own."""
    with mpmath.workdps(40):
        for x in RNG.uniform(-0.4, -0.3, 50):
            error = (1 - 1e-9) + x
            bound = float(np.log1p(ErrorArray(x, error)).error)
            lowest = mpmath.log(1 + exactly(x) - exactly(error))
            assert exactly(np.log1p(x)) - lowest <= bound


def test_a_product_has_the_roundings_of_both_programs() -> None:
    product = ErrorArray(3.0) * ErrorArray(0.1)
    assert float(product.error) >= (FLOAT64.u + U64) * float(product.value)
    product = ErrorArray([[3.0]]) @ ErrorArray([[0.1]])
    assert float(product.error[0, 0]) >= (FLOAT64.u + U64) * float(product.value[0, 0])


def test_a_number_without_error_compares_exactly_beside_one_with() -> None:
    greater = ErrorArray([1.0, 1.0, 2.0], [0.0, 0.1, 0.1]) > ErrorArray(1.0)
    assert greater.error.tolist() == [0, 1, 0]
    assert greater.value.tolist() == [0, 0, 1]


def test_either_branch_of_an_uncertain_condition_is_within_the_bound() -> None:
    maybe = ErrorArray(np.ones(200), np.ones(200))
    (a, b), (e_a, e_b) = RNG.standard_normal((2, 200)), RNG.random((2, 200))
    bound = np.where(maybe, ErrorArray(a, e_a), ErrorArray(b, e_b)).error
    for x, y, e, f, found in zip(a, b, e_a, e_b, bound, strict=True):
        apart = abs(Fraction(x) - Fraction(y))
        assert max(Fraction(e), apart + Fraction(f)) <= Fraction(float(found))
        assert float(found) <= (1 + 2**-30) * float(apart + Fraction(max(e, f)))
