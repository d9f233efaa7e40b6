"""The defaults of a sum's terms, and the scales of their magnitudes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT32, FLOAT64, precision_named
from parity_tests.error_model.summation import (
    SMALLEST,
    Terms,
    power_of_two,
    product_magnitudes,
    summation_error,
)


def test_terms_are_those_of_one_operand_and_unlike() -> None:
    terms = Terms(1, np.ones(3))
    assert (terms.alike, terms.operands, terms.scale, terms.relative) == (0.0, 1, 1.0, 0.0)
    assert summation_error(np.ones(3), Terms(5, np.ones(3, np.float32)), FLOAT64).dtype == float


def test_a_sum_that_has_no_bound_is_one_of_several() -> None:
    """Of 400 terms in bfloat16, 400 that are alike have none, unless each is 0."""
    p = replace(precision_named("bfloat16-sums"), accumulate=2.0**-8, to_nearest=True, lam=4.0)
    alike, size = np.array([0.0, 400.0, 400.0]), np.array([2.0, 2.0, 0.0])
    with np.errstate(invalid="ignore"):
        error = summation_error(size / 2, Terms(400, size, alike=alike), p)
    alone = summation_error(size[:1] / 2, Terms(400, size[:1]), p)
    assert 0 < alone[0] < np.inf
    assert error.tolist() == [alone[0], np.inf, 400 * p.flush + p.underflow]


def test_a_scale_and_its_square_are_finite() -> None:
    assert [power_of_two(x) for x in (1e-320, 1e-305, 1.7e308)] == [2.0**-999, 2.0**-999, 2.0**1001]
    assert [power_of_two(x) for x in (2.0**-900, 3.0, 2.0**900)] == [2.0**-899, 4.0, 2.0**901]
    assert [power_of_two(x) for x in (0.0, np.inf, np.nan)] == [1.0, 1.0, 1.0]


def test_a_magnitude_is_widened_by_its_roundings() -> None:
    """Two conversions to float32, a product and K additions, and one of what underflows."""
    K = 7
    a = ErrorArray(np.ones((2, K)))
    _, scale = product_magnitudes(a, a.T)
    lost = (K + 4) * FLOAT32.u
    assert scale == 4 * (1 + lost / (1 - lost))


def test_a_scale_of_tiny_numbers_is_not_zero() -> None:
    """Their product would be: a bound is divided by it."""
    tiny = ErrorArray(np.full((1, 1), 2.0**-990), p=FLOAT32)
    _, scale = product_magnitudes(tiny, tiny)
    assert scale == SMALLEST * (1 + 5 * FLOAT32.u / (1 - 5 * FLOAT32.u))
    assert 0 < float((tiny @ tiny).error[0, 0]) <= 4 * FLOAT32.underflow


def test_terms_apart_are_of_scale_1_at_float64() -> None:
    """A scale may be beyond float32's numbers, in which sizes are computed."""
    apart = Terms(3, np.array([1.5], np.float32), 0.25, 0.5, 2.0**200, 2.0).apart((1,))
    assert (apart.size.tolist(), apart.size.dtype) == ([1.5 * 2.0**200], np.float64)
    assert (apart.relative, apart.scale) == (0, 1)
    absolute = (0.5 + 0.25 * 1.5) * 2.0**200
    assert absolute <= float(apart.absolute[0]) <= absolute * (1 + 2.0**-40)
    assert (apart.K.tolist(), apart.alike.tolist()) == ([3], [2])
