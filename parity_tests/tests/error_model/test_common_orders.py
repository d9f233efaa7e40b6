"""The common orders of summation, against loops, exact arithmetic and the χ² distribution."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from parity_tests.error_model.common_orders import (
    carry_out_sums,
    error_limit,
    rms_limit,
    squared_powers,
    squares_of_equals,
)
from parity_tests.error_model.precisions import FALSE_POSITIVE_RATE, U64


def power_of_2(x: np.float32) -> Fraction:
    """The largest power of 2 that is at most |x|, by Python's integers."""
    numerator, denominator = abs(float(x)).as_integer_ratio()  # the denominator is a power of 2
    return Fraction(2 ** (numerator.bit_length() - 1), denominator)


def in_turn(terms: list[np.float32]) -> tuple[Fraction, Fraction]:
    """The float32 sum of a loop, and Σ 4^⌊log₂ |ŝ|⌋ of its partial sums, exactly.

    An addition of zero rounds nothing.
    """
    total, squares = np.float32(0), Fraction(0)
    for term in terms:
        total = np.float32(total + term)
        squares += power_of_2(total) ** 2 if term else 0
    return Fraction(float(total)), squares


@pytest.mark.parametrize("K", [1, 5, 16, 70, 256])
def test_sums_are_carried_out_one_term_after_the_other(K: int) -> None:
    terms = np.random.default_rng(0).standard_normal((K, 3)).astype(np.float32)
    terms[1::3] = 0  # as ReLU's are
    lanes = [q for q in (2, 3, 8, 32, 128) if 2 * q <= K]
    orders = list(carry_out_sums(terms))
    assert len(orders) == 2 + len(lanes)
    for i in range(3):
        column = list(terms[:, i])
        expected = [[column], [column[::-1]], *([column[r::q] for r in range(q)] for q in lanes)]
        for (sums, squares), parts in zip(orders, expected, strict=True):
            exact = [in_turn(part) for part in parts]
            assert sums[i] == float(sum(total for total, _ in exact))
            assert Fraction(float(squares[i])) == sum(square for _, square in exact)


@pytest.mark.parametrize("n_tensors", [1, 12])
@pytest.mark.parametrize("n", [1, 10, 128])
def test_the_limit_is_that_of_independent_normal_errors(n: int, n_tensors: int) -> None:
    """Normal errors of variance 1 are sub-Gaussian with parameter 1: their Σ is χ² of n."""
    rate = FALSE_POSITIVE_RATE / n_tensors
    tail = mpmath.gammainc(n / 2, n * rms_limit(n, n_tensors) ** 2 / 2, regularized=True)
    assert rate / 100_000 < tail <= rate


def test_each_tensor_of_a_check_has_its_share_of_the_rate() -> None:
    x = math.log(12) - math.log(FALSE_POSITIVE_RATE)
    limit = math.sqrt(1 + 2 * math.sqrt(x / 50) + 2 * x / 50)
    assert abs(rms_limit(50, 12) - limit) <= 4 * U64 * limit
    assert rms_limit(50, 0) == rms_limit(50, 1) < rms_limit(50, 2) < rms_limit(50, 12)


def test_terms_with_equal_factors_count_as_one() -> None:
    factor = np.array([[2.0, 5.0], [3.0, 6.0], [2.0, 7.0], [0.0, 0.0], [0.0, 0.0]])
    terms = factor * np.array([[1.0, 1.0], [4.0, 1.0], [10.0, 2.0], [9.0, 9.0], [9.0, 9.0]])
    squares, are_distinct = squares_of_equals(factor, terms)
    assert squares.tolist() == [(2 + 20) ** 2 + 12**2, 5**2 + 6**2 + 14**2]
    assert not are_distinct
    assert squares_of_equals(factor[:, 1:], terms[:, 1:])[1]


def test_a_drift_that_uniform_roundings_do_not_have_counts_more() -> None:
    L = rms_limit(128, 12)
    assert 1.5 < L < 1.6
    assert error_limit(128, 12, 0.5) == L + 0.5
    assert error_limit(128, 12, 1.25) == L + 1.25**2
    assert error_limit(128, 12, 50.0) == L + 50 * L


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_powers_of_two_are_those_of_the_exponent_alone(dtype: type) -> None:
    x = np.array([[3.0, -0.7], [0.0, 2.0**-30], [-1.0, 1e30]], dtype)
    wanted = [4.0 + 1.0, 0.25 + 2.0**-60 + 2.0**198]
    assert squared_powers(x).tolist() == wanted
    assert squared_powers(np.asfortranarray(x)).tolist() == wanted


def test_equal_factors_of_two_columns_are_two_groups() -> None:
    squares, are_distinct = squares_of_equals(np.ones((2, 2)), np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert squares.tolist() == [16.0, 36.0]
    assert not are_distinct
