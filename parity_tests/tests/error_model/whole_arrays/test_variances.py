"""The variance and the mean, beside fractions: with roundings so coarse that every term shows."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT32, FLOAT64, U64, Precision
from parity_tests.tests.support.error_arrays import ABOVE, COARSE, fraction
from ref_numpy import Array

FINE = replace(COARSE, bits=7, accumulate=2.0**-7)


def exact_mean(x: list[Fraction]) -> Fraction:
    return sum(x) / len(x)


def test_a_mean_is_a_stored_sum_over_its_number_of_terms() -> None:
    x = np.random.default_rng(0).standard_normal((3, 4))
    for p in (COARSE, FLOAT32):
        for axis, n in ((0, 3), (1, 4), (None, 12)):
            given = ErrorArray(x, np.abs(x) / 8, p)
            mean, total = given.mean(axis=axis), given.sum(axis=axis) / n
            np.testing.assert_array_equal(mean.value, x.sum(axis=axis) / n)
            np.testing.assert_array_equal(mean.error, total.error)
            assert mean.pending_sum is None


def derived(x: Array, e: Array, e_mu: Fraction, ddof: int, p: Precision) -> ErrorArray:
    """The bound of the docstring: Σ of squares, each with its own error, and the last division."""
    D = x - x.mean()
    v = [Fraction(p.u) + Fraction(U64)] * 3
    own = sum(v) * (1 + sum(v))
    rho = e_mu * Fraction(U64) / (Fraction(p.accumulate) + Fraction(U64))
    carried = [
        own * Fraction(d * d)
        + (1 + own)
        * (
            2 * abs(Fraction(d)) * (Fraction(r) + own * e_mu)
            + 2 * rho * e_mu
            + (Fraction(r) + e_mu) ** 2
        )
        + Fraction(p.underflow)
        + 2 * Fraction(p.flush) * Fraction(np.abs(D).max())
        for d, r in zip(D, e, strict=True)
    ]
    squares = ErrorArray(D * D, np.array([*map(float, carried)]), p)
    return squares.sum() / (len(x) - ddof)


@pytest.mark.parametrize(
    "p",
    [
        COARSE,
        replace(COARSE, accumulate=U64),  # the reference's own rounding is half of all
        FINE,
        replace(FINE, flush=2.0**-5, underflow=2.0**-6),
        FLOAT64,
    ],
)
@pytest.mark.parametrize("seed", range(5))
def test_every_term_of_the_bound_is_there(seed: int, p: Precision) -> None:
    rng = np.random.default_rng(seed)
    for ddof, size in itertools.product((0, 1), (0, 2.0**-9, 0.5)):
        x, e = rng.standard_normal(5) + seed, size * rng.random(5)
        given = ErrorArray(x, e, p)
        e_mu = fraction(given.mean().error)
        bound, wanted = given.var(ddof=ddof), derived(x, e, e_mu, ddof, p)
        assert bound.value == wanted.value
        assert fraction(wanted.error) / ABOVE <= fraction(bound.error)
        assert fraction(bound.error) <= fraction(wanted.error) * ABOVE
        assert bound.pending_sum is None


def candidates(x: list[Fraction], e: list[Fraction], u: Fraction, rng: np.random.Generator):
    """Yield variances of numbers within x ± e, all roundings up or down by u, in two passes."""
    n = len(x)
    for _ in range(300):
        sign = iter(rng.choice([-1, 1], 5 * n + 5).tolist())

        def fl(y: Fraction, sign=sign) -> Fraction:
            return y * (1 + next(sign) * u)

        x_hat = [v + next(sign) * r for v, r in zip(x, e, strict=True)]
        mean = x_hat[0]
        for v in x_hat[1:]:
            mean = fl(mean + v)
        mean = fl(mean / n)
        total = Fraction(0)
        for v in x_hat:
            d = fl(v - mean)
            total = fl(total + fl(d * d)) if total else fl(d * d)
        yield fl(total / n)


@pytest.mark.parametrize("mean", [0, 3, 40])
@pytest.mark.parametrize("size", [0, 0.25])
@pytest.mark.parametrize("p", [FINE, replace(FINE, bits=12, accumulate=2.0**-12)])
def test_a_variance_holds_roundings_and_errors_of_its_terms(mean, size, p: Precision) -> None:
    rng = np.random.default_rng(mean)
    x, e = rng.standard_normal(5) + mean, size * rng.random(5)  # fl(Σ/4) would round nothing
    bound = ErrorArray(x, e, p).var()
    numbers, errors = ([Fraction(float(v)) for v in each] for each in (x, e))
    most = max(
        abs(var - fraction(bound.value)) for var in candidates(numbers, errors, Fraction(p.u), rng)
    )
    assert most <= fraction(bound.error)


def test_the_means_rounding_counts_in_second_order_alone() -> None:
    """Of a large mean: as Σ (x − μ)² step by step, μ's error would be multiplied by Σ |x − μ|."""
    x = np.random.default_rng(1).standard_normal(1000) + 100
    given = ErrorArray(x, p=FLOAT32)
    D = given - given.mean()
    by_steps = (D * D).mean()
    bound = given.var()
    assert abs(by_steps.value - bound.value) <= bound.error
    assert bound.error < by_steps.error / 10
    by_moments = (given * given).mean() - given.mean() ** 2  # E[x²] − E[x]², which cancels
    assert by_moments.error > 100 * bound.error
    assert abs(float(np.var(x.astype(np.float32), dtype=np.float32)) - bound.value) <= bound.error


def test_variances_along_axes() -> None:
    x = ErrorArray(np.random.default_rng(2).standard_normal((2, 3, 4)), p=FLOAT64)
    for axis in (0, (0, 2), None):
        np.testing.assert_array_equal(x.var(axis=axis).value, x.value.var(axis=axis))
    assert x.var(axis=(0, 2), keepdims=True, ddof=1).shape == (1, 3, 1)
    assert float(x.var(ddof=1).value) == x.value.var(ddof=1)
