"""The elementwise rules beside the largest error that there can be, in fractions or many digits.

An arithmetic of a few bits makes terms of second order as large as those of first order.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

from parity_tests.error_model import elementwise
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.intervals import compose_relative_errors
from parity_tests.error_model.precisions import FLOAT32, FLOAT64, U64, Precision
from parity_tests.error_model.ulp_tables import ULPS, relative_error
from parity_tests.tests.support.error_arrays import ABOVE, COARSE, coarse, fraction
from ref_numpy.error_function import erf

V = Fraction(COARSE.u) + Fraction(U64)  # the candidate's rounding and the reference's


def farthest(operation: Any, a: ErrorArray, b: ErrorArray, v: Fraction) -> Fraction:
    """The largest |fl(âb̂) − ab|: at the ends of both intervals, rounded up and down."""
    value = fraction(operation(a, b).value)
    return max(
        abs(operation(x, y) * (1 + sign * v) - value)
        for x in (fraction(a.value) + s * fraction(a.error) for s in (-1, 1))
        for y in (fraction(b.value) + s * fraction(b.error) for s in (-1, 1))
        for sign in (-1, 1)
    )


@pytest.mark.parametrize("seed", range(40))
def test_a_product_and_a_quotient_have_the_largest_error_and_no_more(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a = coarse(rng.choice([-3.0, 0.0, 5.0]) + rng.random(), rng.random() * (seed % 3 != 0))
    b = coarse(rng.choice([-4.0, 4.0]) + rng.random(), rng.random() * (seed % 3 != 1))
    for operation in (lambda x, y: x * y, lambda x, y: x / y):
        bound, wanted = fraction(operation(a, b).error), farthest(operation, a, b, V)
        assert farthest(operation, a, b, Fraction(COARSE.u)) <= bound
        # (the reference's own rounding of the value counts twice)
        assert (
            wanted / ABOVE
            <= bound
            <= wanted * ABOVE + abs(fraction(operation(a, b).value)) * (4 * Fraction(U64))
        )


@pytest.mark.parametrize("seed", range(40))
def test_a_square_is_a_product_with_itself(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a = coarse(rng.standard_normal(), rng.random())
    for squared in (a**2, np.square(a)):
        assert squared.value == a.value**2
        assert squared.error == (a * a).error


@pytest.mark.parametrize("seed", range(40))
def test_a_cube_is_a_product_of_three(seed: int) -> None:
    """(a a) a, each product rounded, is within the bound: with fractions at the ends."""
    rng = np.random.default_rng(seed)
    a = coarse(rng.standard_normal(), rng.random() * (seed % 2))
    cube = a**3
    value, v = fraction(cube.value), Fraction(COARSE.u)
    for x, d, e in itertools.product((-1, 0, 1), repeat=3):
        end = fraction(a.value) + x * fraction(a.error)
        assert abs(end**3 * (1 + d * v) * (1 + e * v) - value) <= fraction(cube.error)


def test_a_relative_error_stays_relative() -> None:
    """âb̂ = ab (1 + r)(1 + s)(1 + δ): beside fractions, from above and sharp to second order."""
    for r, s in itertools.product((0, 2.0**-4, 2.0**-2), repeat=2):
        a, b = (ErrorArray(np.array([x]), p=COARSE, relative=e) for x, e in ((3.0, r), (-5.0, s)))
        worst = 15 * ((1 + Fraction(r)) * (1 + Fraction(s)) * (1 + Fraction(COARSE.u)) - 1)
        first_order = Fraction(r) + Fraction(s) + V
        assert worst <= fraction((a * b).error) <= 15 * first_order * (1 + first_order) * ABOVE


@pytest.mark.parametrize("relative", [(), (0.25,), (0.25, 0.125), (0.5, 0.25, 2.0**-9)])
def test_relative_errors_multiply(relative: tuple[float, ...]) -> None:
    exact = math.prod(1 + Fraction(r) for r in relative) - 1
    first_order = sum(map(Fraction, relative))
    composed = Fraction(compose_relative_errors(*relative))
    assert exact <= composed <= first_order * (1 + first_order)


def test_a_sum_of_tiny_errors_is_not_lost() -> None:
    assert compose_relative_errors(U64, U64) > U64


FLUSHING = replace(COARSE, flush=2.0**-6, underflow=2.0**-7)


def test_a_factor_below_flush_may_be_zero() -> None:
    """Then the product is; and the result may underflow."""
    tiny, large = 2.0**-6, 8.0
    for a, b in ((tiny, large), (large, tiny)):
        error = fraction((coarse(a, p=FLUSHING) * coarse(b, p=FLUSHING)).error)
        v = V * (1 + V)  # a relative error, from above
        wanted = Fraction(a * b) * v
        carried = (1 + v) * Fraction(FLUSHING.flush) * (Fraction(a) + Fraction(b))
        assert Fraction(a * b) <= error
        assert wanted + carried + Fraction(FLUSHING.underflow) <= error
        assert error <= (wanted + carried + Fraction(FLUSHING.underflow)) * ABOVE
    for uncertain in (
        ErrorArray(np.array([tiny]), p=FLUSHING, relative=0.25),
        coarse(tiny, 2.0**-30, FLUSHING),
    ):
        for product in (
            uncertain * coarse(large, p=FLUSHING),
            coarse(large, p=FLUSHING) * uncertain,
        ):
            assert fraction(product.error) >= Fraction(tiny * large)


def test_a_flushed_dividend_is_zero() -> None:
    error = fraction((coarse(2.0**-6, p=FLUSHING) / coarse(0.5, p=FLUSHING)).error)
    wanted = V / 32 + (1 + V) * Fraction(1, 32) + Fraction(FLUSHING.underflow)
    assert wanted <= error <= wanted * ABOVE


@pytest.mark.parametrize(("b", "error"), [(0.5, 0.5), (0.25, 0.5), (-0.5, 0.5), (0.0, 0.0)])
def test_a_divisor_that_may_be_zero_has_no_bound(b: float, error: float) -> None:
    with np.errstate(divide="ignore"):
        assert (coarse(1.0) / coarse(b, error)).error == math.inf


def test_of_many_elements_those_that_may_be_zero_have_no_bound() -> None:
    b = ErrorArray(np.array([1.0, -2.0, 0.5]), np.array([0.5, 1.0, 0.5]), COARSE)
    assert np.isinf((coarse(1.0) / b).error).tolist() == [False, False, True]


@pytest.mark.parametrize("p", [FLOAT64, COARSE], ids=lambda p: p.name)
def test_a_function_is_off_by_its_ulps_at_both_ends(p: Precision, monkeypatch) -> None:
    """f(x) = x³, in a library whose results are off by half of themselves, up or down.

    The bound holds the candidate's error at both ends, and is what the errors of the three results
    make together: of f(x), of f at the end, and of the candidate.
    """
    x, e, half = 3.0, 0.25, Fraction(1, 2)
    for at_x, at_ends, candidates in itertools.product((-0.5, 0.5), repeat=3):

        def rough(y: Any, at_x: float = at_x, at_ends: float = at_ends) -> Any:
            return y**3 * (1 + np.where(np.abs(y - x) < e / 2, at_x, at_ends))

        monkeypatch.setitem(ULPS, rough, (2.0**22, 2.0**51))  # half of the result: 2 · 2⁵¹ · 2⁻⁵³
        value, error = elementwise.elementary(rough, -np.inf)(coarse(x, e, p))
        v = half + (Fraction(COARSE.u) * (1 + half) if p is COARSE else 0)
        computed = [Fraction(y) ** 3 * (1 + Fraction(at_ends)) for y in (x + e, x - e)]
        ends = max(computed[0] - fraction(value), fraction(value) - computed[1])
        carried = ends + 2 * half * (fraction(value) + ends)
        wanted = (v + half) * fraction(value) + (1 + v + half) * carried
        assert wanted <= fraction(error) <= wanted * (1 + Fraction(2.0**-40))
        for y in (x - e, x + e):
            result = Fraction(y) ** 3 * (1 + Fraction(candidates))
            assert abs(result - fraction(value)) <= fraction(error)


def test_the_least_accurate_library_counts() -> None:
    """Its published or measured figure, and half a unit where it compares with a rounded result."""
    assert dict(ULPS) == {
        np.exp: (2.52 + 0.5, 2.0),  # NumPy, XLA
        np.log: (3.83 + 0.5, 1.5),  # NumPy; glibc and CUDA
        np.log1p: (3.0, 2.0),  # XLA
        np.expm1: (6.0, 4.0),  # XLA
        erf: (6.0, 2.5),  # XLA; SciPy and CUDA
        np.tanh: (5.0, 7.0),  # XLA
        np.sqrt: (1.0, 1.0),  # oneMKL
    }
    for ufunc, (single, double) in ULPS.items():
        for p, figure in ((FLOAT64, double), (FLOAT32, single), (COARSE, single)):
            wanted = figure * float(np.finfo(np.float64 if p is FLOAT64 else np.float32).eps)
            assert relative_error(ufunc, p) == wanted


def test_an_interval_that_leaves_the_domain_ends_there() -> None:
    """log(0.5 ± 1) goes down to log 0, and log1p(−0.5 ± 1) to log1p(−1); √ to √0."""
    assert np.log(coarse(0.5, 1.0)).error == math.inf
    assert np.log1p(coarse(-0.5, 1.0)).error == math.inf
    root = np.sqrt(coarse(0.25, 1.0, FLOAT32)).error
    assert math.sqrt(1.25) - 0.5 <= root <= (math.sqrt(1.25) - 0.5) * (1 + 2.0**-20)
    assert np.exp(coarse(0.0, 1e4)).error == math.inf


EXACTLY = {
    np.exp: mpmath.exp, np.log: mpmath.log, np.log1p: mpmath.log1p, np.tanh: mpmath.tanh,
    np.sqrt: mpmath.sqrt, np.expm1: mpmath.expm1, erf: mpmath.erf,
}  # fmt: skip


@pytest.mark.parametrize("ufunc", EXACTLY, ids=lambda f: f.__name__)
@pytest.mark.parametrize("p", [FLOAT64, FLOAT32, COARSE], ids=lambda p: p.name)
def test_a_function_without_error_is_off_by_its_ulps_alone(ufunc: Any, p: Precision) -> None:
    """Half precisions compute it in float32, and store the result."""
    x = 0.7
    with mpmath.workdps(50):
        result, true = ufunc(coarse(x, p=p)), abs(EXACTLY[ufunc](mpmath.mpf(x)))
        u, stored = (p.u, 0) if p.u <= FLOAT32.u else (FLOAT32.u, p.u)
        single, ulps = (2 * mpmath.mpf(figure) for figure in ULPS[ufunc])
        worst = stored + (1 + stored) * (ulps if p is FLOAT64 else single) * u + ulps * U64
        absolute = 0 if ufunc is not erf or p is FLOAT64 else 11 * mpmath.mpf(FLOAT32.u)
        wanted = true * worst + (1 + worst) * absolute
        assert wanted * (1 - 4 * ulps * U64) <= float(result.error[0])
        assert float(result.error[0]) <= wanted * (1 + 16 * ulps * U64)


@pytest.mark.parametrize(
    "ufunc", [np.exp, np.tanh, np.sqrt, np.expm1, erf], ids=lambda f: f.__name__
)
def test_a_functions_error_is_that_at_the_farther_end(ufunc: Any) -> None:
    with mpmath.workdps(50):
        for x, e in ((0.7, 0.5), (2.0, 0.25)):
            f = EXACTLY[ufunc]
            ends = max(f(x + e) - f(x), f(x) - f(x - e))
            error = float(ufunc(coarse(x, e, FLOAT64)).error[0])
            assert ends <= error <= ends * (1 + 2.0**-40)


@pytest.mark.parametrize("bits", [3, 10, 53])
def test_one_rounding_of_a_result(bits: int) -> None:
    """|fl(x̂) − x| ≤ v |x| + (1 + v) e, and what underflows; v has the reference's rounding too."""
    rng = np.random.default_rng(bits)
    for underflow in (0.0, 2.0**-4):
        p = replace(COARSE, bits=bits, underflow=underflow)
        x, e = rng.standard_normal(50), rng.random(50) * p.u
        e[:5] = x[5:10] = 0
        for relative in (None, 0.25):
            _, error = elementwise.round_once(x, e, p, relative)
            v = Fraction(p.u) + Fraction(U64) if relative is None else Fraction(relative)
            for size, own, bound in zip(np.abs(x), e, error, strict=True):
                wanted = v * Fraction(size) + (1 + v) * Fraction(own) + Fraction(underflow)
                below = ABOVE if underflow else 1  # the last addition rounds to nearest
                assert wanted / below <= Fraction(bound) <= wanted * ABOVE
