"""The total magnitude of a product's terms: from above, sharp, and at every scale."""

from __future__ import annotations

import math

import numpy as np

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.intervals import peak
from parity_tests.error_model.precisions import FLOAT32
from parity_tests.error_model.summation import LARGEST, SMALLEST, power_of_two, product_magnitudes


def test_magnitudes_lose_nothing_where_float32_has_no_numbers() -> None:
    """A term far below the largest one is zero in float32, and an infinite one stays infinite."""
    tiny = 2.0**-160
    A, B = np.array([[1.0, 0, tiny]]), np.array([[0.0, 1], [1, 0], [1, tiny]])
    size, scale = product_magnitudes(ErrorArray(A), ErrorArray(B))
    assert np.all(size * scale >= A @ B)
    size, scale = product_magnitudes(ErrorArray(np.zeros((1, 3))), ErrorArray(B))
    assert np.all(size == 3 * 2.0**-124)
    assert size.dtype == np.float32
    size, scale = product_magnitudes(ErrorArray(A), ErrorArray(np.zeros((3, 2))))
    assert np.all(size == 3 * 2.0**-124)
    for x in (math.inf, math.nan):
        A, B = np.array([[x, 0.0, 1e300]]), np.array([[0.0], [1], [1e300]])
        size, _ = product_magnitudes(ErrorArray(A), ErrorArray(B))
        assert not size[0, 0] < math.inf


def test_magnitudes_are_sharp() -> None:
    rng = np.random.default_rng(0)
    for K in (1, 5, 99):
        A, B = np.abs(rng.standard_normal((2, K))), np.abs(rng.standard_normal((K, 3)))
        size, scale = product_magnitudes(ErrorArray(A), ErrorArray(-B))
        upper = (A @ B) * (1 + 3 * (K + 5) * FLOAT32.u)
        assert np.all(size * scale <= upper)
        assert np.all(size * scale >= (A @ B) * (1 + FLOAT32.u))
        assert size.max() <= K


def test_magnitudes_hold_what_float32_adds_in_vain() -> None:
    """1 + 2⁻²⁶ + 2⁻²⁶ + … is 1 in float32."""
    A = np.full((4, 300), 2.0**-26)
    A[:, 0] = 1
    size, scale = product_magnitudes(ErrorArray(A), ErrorArray(np.ones((300, 4))))
    assert np.all(size * scale >= 1 + 299 * 2.0**-26)


def test_a_factor_without_error_adds_none() -> None:
    """However small the other is: Σ |a| e_b is 3/4 of 2⁻¹¹⁰."""
    tiny = ErrorArray(np.full((1, 3), 2.0**-110))
    uncertain = ErrorArray(np.ones((3, 1)), 1 / 4)
    for product in (tiny @ uncertain, uncertain.T @ tiny.T):
        assert 0.75 <= float(product.error[0, 0]) / 2.0**-110 <= 0.75 * (1 + 2.0**-20)


def test_the_peak_is_the_largest_magnitude() -> None:
    assert peak(np.array([2.0, -3.0])) == peak(np.array([3.0, -2.0])) == 3
    assert peak(np.zeros((0, 2))) == 0
    empty = ErrorArray(np.zeros((0, 2)))
    assert (empty * empty).shape == (0, 2)


def test_peaks_whose_sum_overflows_are_no_error() -> None:
    a, b = ErrorArray([1.5e308, 0.0]), ErrorArray([0.0, 1.5e308])
    with np.errstate(over="raise"):
        assert (a * b).value.tolist() == [0, 0]


def test_a_scale_is_a_power_of_two_just_above() -> None:
    for x in (1.0, 1.5, 0.75, 3e-300, 7e300, 2.0**-1000, 2.0**1000):
        scale = power_of_two(x)
        assert x < scale <= 2 * x
        assert math.frexp(scale)[0] == 0.5
    assert (SMALLEST, LARGEST) == (2.0**-1000, 2.0**1000)
    assert power_of_two(1e-320) == 2 * SMALLEST
    assert power_of_two(1.7e308) == 2 * LARGEST
    assert power_of_two(0.0) == power_of_two(math.inf) == power_of_two(math.nan) == 1
