"""Constant powers: of products, roots, quotients and pow, beside fractions and many digits."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
import torch

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.powers import POW_ULPS, rounding_of_power
from parity_tests.error_model.precisions import BFLOAT16, FLOAT32, FLOAT64, U64, Precision
from parity_tests.error_model.ulp_tables import relative_error
from parity_tests.tests.support.error_arrays import COARSE, coarse, fraction

EXPONENTS = (3, 4, -1, -2, 1.5, -0.5, -1.5, 1 / 3, 0.75, -0.3)
EVERY = (FLOAT64, FLOAT32, BFLOAT16, COARSE)


@pytest.mark.parametrize("p", EVERY, ids=lambda p: p.name)
def test_a_power_is_rounded_as_the_least_accurate_way(p: Precision) -> None:
    """x³ by two products; 1/√x by a root and a quotient; or each by pow, whose table is CUDA's."""
    assert POW_ULPS == (4.0, 2.0)
    u, stored = (p.u, 0.0) if p.u <= FLOAT32.u else (FLOAT32.u, p.u)
    library = 2 * POW_ULPS[p is FLOAT64] * u
    root = relative_error(np.sqrt, p)
    ways = {
        3: [p.u] * 2, 4: [p.u] * 3, 9: [p.u] * 8, -1: [p.u], -3: [p.u] * 3,
        1.5: [stored, root, p.u], 2.5: [stored, root, p.u, p.u], -0.5: [stored, root, p.u],
        9.5: [stored, root] + [p.u] * 9, -1.5: [stored, root, p.u, p.u], 1 / 3: [], 0.3: [],
        -2.3: [],
    }  # fmt: skip
    for r, each in ways.items():
        wanted = max(
            (1 + stored) * (1 + library) - 1, float(np.prod(1 + np.array(each, dtype=float))) - 1
        )
        largest = max(stored + library, sum(each))
        assert wanted * (1 - 2.0**-20) <= rounding_of_power(r, p) <= largest * (1 + 2 * largest)


@pytest.mark.parametrize("r", EXPONENTS)
@pytest.mark.parametrize("error", [0.0, 0.125, 0.5])
def test_a_power_has_the_steepest_slope_within_the_interval(r: float, error: float) -> None:
    """|r| e max |x|^(r−1), and one rounding of that and of the result: from above, and sharp."""
    with mpmath.workdps(40):
        for x in (0.75, 1.5, 3.0):
            for p in (COARSE, FLOAT64) if COARSE.holds(np.array(r)) else (FLOAT64,):
                bound = coarse(x, error, p) ** r
                at = (mpmath.mpf(x) + s * mpmath.mpf(error) for s in (-1, 1))
                steepest = abs(r) * max(y ** (mpmath.mpf(r) - 1) for y in at) * error
                v = rounding_of_power(r, p) + 2 * POW_ULPS[1] * U64
                wanted = v * mpmath.mpf(x) ** r + (1 + v) * steepest
                assert wanted * (1 - 2.0**-50) <= float(bound.error[0])
                assert float(bound.error[0]) <= wanted * (1 + 2.0**-40) + mpmath.mpf(2.0**-1000)
                for s in (-1, 0, 1):
                    y = (mpmath.mpf(x) + s * mpmath.mpf(error)) ** r
                    for sign in (-1, 1):
                        rounded = y * (1 + sign * rounding_of_power(r, p))
                        assert abs(rounded - float(bound.value[0])) <= float(bound.error[0])


@pytest.mark.parametrize("r", [64.25, -64.25])
def test_a_high_power_is_bounded_from_above(r: float) -> None:
    """The rounding of |x| + e, or |x| − e, counts r − 1 times."""
    x, e = np.random.default_rng(0).uniform(0.5, 1, (2, 100)) / np.array([[1], [4]])
    bound = ErrorArray(x, e) ** r
    with mpmath.workdps(60):
        for value, error, got in zip(x, e, bound.error, strict=True):
            steepest = mpmath.mpf(value) + mpmath.mpf(error) * (1 if r > 0 else -1)
            wanted = abs(r) * mpmath.mpf(error) * steepest ** (mpmath.mpf(r) - 1)
            assert wanted <= float(got) <= wanted * (1 + 2.0**-40)


def test_a_whole_power_of_a_negative_number() -> None:
    """(−2 ± ¼)³ is within −8 ± 3 · ¼ · 2.25², (−2 ± ¼)⁻¹ within −½ ± ¼/1.75²."""
    cube, inverse = coarse(-2.0, 0.25) ** 3, coarse(-2.0, 0.25) ** -1
    assert (float(cube.value[0]), float(inverse.value[0])) == (-8, -0.5)
    for bound, r, slope in ((cube, 3, 3 * 2.25**2), (inverse, -1, 1.75**-2)):
        v = rounding_of_power(r, COARSE)
        wanted = v * abs(bound.value[0]) + (1 + v) * slope / 4
        assert wanted <= float(bound.error[0]) <= wanted * (1 + 2.0**-40)
    for sign in (-1, 0, 1):
        exact = (Fraction(-2) + sign * Fraction(1, 4)) ** 3
        assert abs(exact - fraction(cube.value)) <= fraction(cube.error)


def test_powers_that_other_rules_compute() -> None:
    x, e = np.array([0.5, 2.0]), np.array([0.0, 0.25])
    a = ErrorArray(x, e, FLOAT32)
    for got, wanted in ((a**2, a * a), (a**0.5, np.sqrt(a)), (np.square(a), a * a)):
        np.testing.assert_array_equal(got.value, wanted.value)
        np.testing.assert_array_equal(got.error, wanted.error)


def test_an_exponent_that_rounds_has_no_rule() -> None:
    """1/3 is not a float32, and which number is nearest to it is another exponent."""
    with pytest.raises(TypeError, match="constant exponent that is not rounded"):
        coarse(2.0, p=FLOAT32) ** (1 / 3)


def test_a_power_whose_interval_has_zero() -> None:
    """1/x and 1/√x have no bound there, and x³ has."""
    with np.errstate(divide="ignore"):
        for r in (-1, -0.5, -2):
            assert (coarse(0.25, 0.5, FLOAT64) ** r).error == np.inf
            assert np.isfinite((coarse(0.25, 0.125, FLOAT64) ** r).error)
    assert (coarse(0.25, 0.5, FLOAT64) ** 3).error >= 0.75**3 - 0.25**3
    for r in (3, 0.75):
        zero = ErrorArray(np.array([0.0, 1.0]), np.array([0.0, 0.5])) ** r
        assert zero.error[0] <= 2 * FLOAT64.underflow


def test_what_has_no_bound_is_no_warning() -> None:
    """A slope at zero, a root of a negative number, and a number that is too large."""
    with np.errstate(divide="raise", invalid="raise", over="raise"):
        assert (coarse(0.25, 0.5, FLOAT64) ** -1).error == np.inf
        for x, r in ((-2.0, 1.5), (1e200, 3)):
            assert not (coarse(x, 0.5, FLOAT64) ** r).error < np.inf


def test_the_first_power_is_the_number() -> None:
    bound, v = coarse(3.0, 0.5) ** 1, rounding_of_power(1, COARSE)
    wanted = v * 3 + (1 + v) / 2
    assert bound.value == 3
    assert wanted <= float(bound.error[0]) <= wanted * (1 + 2.0**-40)


@pytest.mark.parametrize(("x", "r"), [(2.0**-3, 3), (2.0**-6, 1.5)])
def test_a_factor_below_flush_may_be_zero(x: float, r: float) -> None:
    """x^(r−1) is taken as zero, and so x^r = 2⁻⁹ is; also the result below `underflow`."""
    p = replace(COARSE, flush=x ** (r - 1), underflow=2.0**-12)
    bound = float((coarse(x, p=p) ** r).error[0])
    v = rounding_of_power(r, p)
    wanted = v * 2.0**-9 + (1 + v) * 2.0**-9 + 2.0**-12
    assert wanted * (1 - 2.0**-40) <= bound <= wanted * (1 + 2.0**-40)


LIBRARIES: dict[str, Any] = {
    "numpy": lambda x, r: np.power(x, x.dtype.type(r)),
    "torch": lambda x, r: torch.from_numpy(x).pow(r).numpy(),
    "products": lambda x, r: x * x * x if r == 3 else x ** x.dtype.type(r),
    "roots": lambda x, r: 1 / np.sqrt(x) if r == -0.5 else x ** x.dtype.type(r),
    "rsqrt": lambda x, r: torch.rsqrt(torch.from_numpy(x)).numpy() if r == -0.5 else x**r,
}  # fmt: skip


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_libraries_powers_are_within_their_bounds(library: str, dtype: str) -> None:
    rng = np.random.default_rng(0)
    x = np.exp(rng.uniform(-9, 9, 300)).astype(dtype)
    p = FLOAT32 if dtype == "float32" else FLOAT64
    for r in (3, -0.5, 1.5, 0.75, -2):
        bound = ErrorArray(x, p=p) ** r
        with mpmath.workdps(40):
            for got, v, e, at in zip(
                LIBRARIES[library](x, r), bound.value, bound.error, x, strict=True
            ):
                exact = mpmath.mpf(float(at)) ** mpmath.mpf(r)
                assert abs(exact - float(v)) <= float(e)
                assert abs(mpmath.mpf(float(got)) - float(v)) <= float(e)
