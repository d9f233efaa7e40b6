"""The bound of a sum beside exact arithmetic, with roundings so coarse that every term shows.

An arithmetic of a few bits makes terms of second order as large as those of first order; the worst
roundings are then tried one by one, in fractions.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT32, FLOAT64, U64, Precision, precision_named
from parity_tests.error_model.summation import Terms, summation_error
from parity_tests.tests.support.error_arrays import fraction

# Sums are added with u = 2⁻⁵, and stored with 2⁻³ or as they are; nothing underflows, and the worst
# case is taken.
STORED = Precision("stored", np.float64, 3, 2.0**-5, 0.0, 0.0, math.inf, to_nearest=False)
ADDED = replace(STORED, bits=5)
V = Fraction(2.0**-5) + Fraction(U64)  # the candidate's rounding and the reference's
# A bound is a float64 number: a few roundings, and those of a sum of 99 magnitudes at most.
ABOVE = 1 + 200 * Fraction(U64)


def added(terms: list[Fraction], u: Fraction) -> Iterator[Fraction]:
    """((t₁ + t₂) + t₃) + …, each sum rounded up or down by u, in every combination."""
    for signs in itertools.product((-1, 1), repeat=len(terms) - 1):
        total = terms[0]
        for t, sign in zip(terms[1:], signs, strict=True):
            total = (total + t) * (1 + sign * u)
        yield total


def gamma(K: int, u: float) -> Fraction:
    """K u / (1 − K u)."""
    return K * Fraction(u) / (1 - K * Fraction(u))


def derived(value, size, K: int, c, absolute, p: Precision, relative) -> Fraction:
    """The bound that summation_error's docstring derives, in fractions.

    The first K − 2 results are at most (Σ|t| + |Σt|)/2, and those of the candidate a little more;
    then each rounding adds its share of the value and of the error so far.
    """
    g = gamma(max(K - 2, 0), p.accumulate) + gamma(max(K - 2, 0), U64)
    error = c * size + g * (size * (1 + 2 * g + 2 * c) + abs(value)) / 2 + (1 + g) * absolute
    last = Fraction(p.accumulate) + Fraction(U64) if K > 1 else 0
    for v in (last, Fraction(p.u) if p.u > p.accumulate else 0, relative):
        error += v * (abs(value) + error)
    return error + K * Fraction(p.flush) + Fraction(p.underflow)


SIGNS = [(1, 1, 1, 1), (1, 1, -1, -1), (1, 1, 1, -3), (3, -1, -1, -1), (1, -2, 3, -4)]


@pytest.mark.parametrize("signs", SIGNS)
@pytest.mark.parametrize("p", [STORED, ADDED], ids=["stored", "as-it-is"])
def test_a_sum_holds_the_worst_roundings_of_every_order(signs, p: Precision) -> None:
    """Products of relative error u, added in any order, and stored."""
    t = np.array([signs], dtype=np.float64)
    bound = ErrorArray(t, p=p) @ ErrorArray(np.ones((4, 1)), p=p)
    largest = Fraction(0)
    for order in itertools.permutations(map(Fraction, signs)):
        u = Fraction(p.accumulate)
        worst = [x * (1 + s * u) for x, s in zip(order, (1, 1, 1, 1), strict=True)]
        aside = [x * (1 + (u if x > 0 else -u)) for x in order]
        for terms in (worst, aside):
            for total in added(terms, u):
                stored = (1 + Fraction(p.u)) if p.u > p.accumulate else 1
                largest = max(largest, abs(total * stored - fraction(bound.value)))
    assert largest <= fraction(bound.error)
    assert fraction(bound.error) <= 2 * largest


@pytest.mark.parametrize("K", [1, 2, 3, 9])
@pytest.mark.parametrize("p", [STORED, ADDED], ids=["stored", "as-it-is"])
def test_every_term_of_the_bound_is_there(K: int, p: Precision) -> None:
    """Beside the derivation: not below it, and above it by the roundings of float64 alone."""
    rng = np.random.default_rng(K)
    for flush, underflow in ((0.0, 0.0), (2.0**-4, 0.0), (0.0, 2.0**-3)):
        p = replace(p, flush=flush, underflow=underflow)
        for c, absolute, scale, relative in rng.random((60, 4)):
            size = np.array([rng.random() * 8]).astype(rng.choice([np.float32, np.float64]))
            value = np.array([rng.uniform(-1, 1) * size[0] * scale])
            terms = Terms(K, size, c, np.array([absolute]), scale)
            whole = [Fraction(float(x)) * Fraction(scale) for x in (size[0], absolute)]
            wanted = derived(
                fraction(value), whole[0], K, Fraction(c), whole[1], p, Fraction(relative)
            )
            bound = fraction(summation_error(value, terms, p, relative))
            below = ABOVE if flush or underflow else 1  # the last addition rounds to nearest
            assert wanted / below <= bound <= wanted * ABOVE


@pytest.mark.parametrize("K", [1, 2, 9])
def test_the_references_own_roundings_are_in_the_bound(K: int) -> None:
    """Each of the K − 1 additions is off by 2⁻⁵³ in the reference as well."""
    p = replace(ADDED, bits=30, accumulate=2.0**-30)
    for value in (0.0, 1.7, -3.0):
        bound = fraction(summation_error(np.array([value]), Terms(K, np.array([3.0])), p))
        wanted = derived(Fraction(value), Fraction(3), K, 0, 0, p, 0)
        assert wanted <= bound <= wanted * ABOVE


def test_a_total_magnitude_may_have_lost_as_many_roundings() -> None:
    """1 + 2⁻⁵⁴ + 2⁻⁵⁴ + … is 1 in float64; the bound holds all of them."""
    x = np.full((100, 3), 2.0**-54)
    x[0] = 1
    p = replace(ADDED, bits=12, accumulate=2.0**-12)
    total = ErrorArray(x, p=p).sum(axis=0)
    size = 1 + 99 * Fraction(2.0**-54)
    wanted = derived(Fraction(1), size, 100, 0, 0, p, 0)
    assert all(wanted <= fraction(error) <= wanted * ABOVE for error in total.error)


def test_a_sum_begins_with_one_operand_of_terms_that_differ() -> None:
    terms = Terms(3, np.array([1.0]))
    assert terms[2:] == (0.0, 0.0, 1.0, 0.0, 1)


def test_errors_that_cancel_grow_with_the_root_of_the_length() -> None:
    """√K instead of K: a sum of 10,000 numbers of both signs, in float32."""
    K = 10_000
    p = FLOAT32.with_union_bound(K)
    terms = Terms(K, np.array([float(K)]))
    value = np.array([math.sqrt(K)])
    bound = float(summation_error(value, terms, p)[0])
    first_order = p.lam * math.sqrt(K) * p.u * (K + math.sqrt(K)) / 2
    assert first_order <= bound <= 2 * first_order
    assert bound < float(summation_error(value, terms, FLOAT32)[0]) / 4


def test_terms_of_two_sums_are_those_of_the_longer_sum() -> None:
    a = Terms(3, np.array([2.0], np.float32), 0.25, np.array([0.5]), 4.0)
    b = Terms(2, np.array([3.0], np.float32), 0.125, np.array([0.0625]), 0.5)
    for both in (a + b, b + a):
        assert (both.K, both.relative, both.scale) == (5, 0.25, 1)
        assert both.size.tolist() == [4 * 2 + 0.5 * 3]
        assert both.size.dtype == np.float64
        assert both.absolute.tolist() == [4 * 0.5 + 0.5 * 0.0625]


def test_adding_and_subtracting_stay_one_sum() -> None:
    """Of three terms: one rounding of an inner sum, and one of the last."""
    a, b, c = (ErrorArray(np.array([x]), p=STORED) for x in (3.0, 1.0, 2.0))
    for total, value in ((a + b + c, 6), (a - b - c, 0), (a - (b + c), 0), (a + (b - c), 2)):
        assert fraction(total.value) == value
        # b + c may have been stored before it was subtracted from a, and a + b likewise
        stored = Fraction(STORED.u) * (1 + Fraction(STORED.u))
        once = derived(Fraction(value), Fraction(6), 3, stored, 0, STORED, 0)
        assert once <= fraction(total.error) <= once * ABOVE


def test_a_sum_over_an_axis_has_all_its_terms() -> None:
    rng = np.random.default_rng(0)
    x, e = rng.standard_normal((4, 5)), rng.random((4, 5)) / 9
    given = ErrorArray(x, e, ADDED)
    for axis, keepdims in ((0, True), (1, False), (None, False), (1, True)):
        total = given.sum(axis=axis, keepdims=keepdims)
        np.testing.assert_array_equal(total.value, x.sum(axis=axis, keepdims=keepdims))
        parts = [x, e] if axis is None else [np.moveaxis(a, axis, -1) for a in (x, e)]
        rows = [a.reshape(1, -1) if axis is None else a for a in parts]
        for value, error, t, own in zip(
            total.value.ravel(), total.error.ravel(), *rows, strict=True
        ):
            size, absolute = (sum(map(Fraction, map(float, np.abs(a)))) for a in (t, own))
            wanted = derived(fraction(value), size, len(t), 0, absolute, ADDED, 0)
            assert wanted <= fraction(error) <= wanted * ABOVE


def test_a_sum_of_sums_has_the_terms_of_all() -> None:
    W, A = np.ones((2, 3)), np.full((3, 5), 2.0)
    product = ErrorArray(W, p=ADDED) @ ErrorArray(A, p=ADDED)
    total = product.sum(axis=1)
    terms, inner = total.pending_sum, product.pending_sum
    assert terms is not None
    assert inner is not None
    assert terms.K == 15
    assert (terms.relative, terms.scale) == (inner.relative * (1 + inner.relative), inner.scale)
    np.testing.assert_array_equal(terms.size, inner.size.sum(axis=1, dtype=np.float64))


@pytest.mark.parametrize("m", [7.0, -7.0])
def test_a_mean_divides_the_sum_or_each_term(m: float) -> None:
    """(Σt)/m, or Σ t·(1/m) with 1/m rounded: two roundings of each term, or one of the sum."""
    t = np.array([[3.0, 5.0, -1.0]])
    mean = ErrorArray(t, p=ADDED).sum(axis=1) / m
    value = fraction(mean.value)
    each = 2 * (Fraction(ADDED.accumulate) + Fraction(U64))
    size = Fraction(9) / 7 * (1 + each)
    wanted = derived(value, size, 3, each * (1 + each), 0, ADDED, 0)
    assert abs(value - Fraction(7) / Fraction(m)) <= Fraction(U64)
    assert wanted <= fraction(mean.error) <= wanted * ABOVE
    u = Fraction(ADDED.accumulate)
    for signs in itertools.product((-1, 1), repeat=4):
        terms = [
            Fraction(x) / Fraction(m) * (1 + signs[0] * u) * (1 + s * u)
            for x, s in zip((3, 5, -1), signs[1:], strict=True)
        ]
        for total in added(terms, u):
            assert abs(total - value) <= fraction(mean.error)


@pytest.mark.parametrize("operand", [0.0, 2.0**-4])
@pytest.mark.parametrize("uncertain", [False, True])
def test_a_matrix_product_has_every_error_of_its_factors(operand: float, uncertain: bool) -> None:
    """The factors' own, their rounding where the arithmetic rounds them, and the products'."""
    rng = np.random.default_rng(0)
    p = replace(ADDED, operand=operand, flush=2.0**-9)
    a, b = np.abs(rng.standard_normal((2, 3))), np.abs(rng.standard_normal((3, 2)))
    e_a, e_b = rng.random((2, 3)) / 8, rng.random((3, 2)) / 8
    relative = (Fraction(1, 8), Fraction(1, 16))
    if uncertain:
        bound = ErrorArray(a, e_a, p) @ ErrorArray(b, e_b, p)
    else:
        bound = ErrorArray(a, p=p, relative=1 / 8) @ ErrorArray(b, p=p, relative=1 / 16)
        e_a, e_b = a / 8, b / 16
    for i, j in np.ndindex(2, 2):
        rows = [[Fraction(float(x)) for x in row] for row in (a[i], b[:, j], e_a[i], e_b[:, j])]
        size = sum(x * y for x, y, _, _ in zip(*rows, strict=True))
        carried = sum(x * f + e * (y + f) for x, y, e, f in zip(*rows, strict=True))
        peaks = Fraction(float(a.max())) + Fraction(float(b.max())) + 1
        c = 2 * Fraction(operand) + V
        if uncertain:
            c *= 1 + c
            absolute = (1 + c) * carried
        else:
            c += sum(relative)
            c *= 1 + c
            absolute = Fraction(0)
        absolute += 3 * Fraction(p.flush) * peaks
        wanted = derived(fraction(bound.value[i, j]), size, 3, c, absolute, p, 0)
        # magnitudes are computed in float32
        assert wanted <= fraction(bound.error[i, j]) <= wanted * (1 + 40 * Fraction(FLOAT32.u))


def test_a_sum_of_tiny_numbers_may_be_flushed_whole() -> None:
    """Each of K terms below `flush`, and the result below `underflow`, may be taken as zero."""
    t = np.full((1, 4), FLOAT64.flush / 2)
    total = ErrorArray(t, p=FLOAT64).sum(axis=1)
    assert float(total.error[0]) >= float(t.sum())
    assert float(total.error[0]) <= 6 * FLOAT64.flush


@pytest.mark.filterwarnings("error")
def test_more_terms_than_the_arithmetic_can_add_have_no_bound() -> None:
    """K u ≥ 1: 300 terms in bfloat16, each sum stored. A sum of zeros is 0 all the same."""
    p = precision_named("bfloat16-sums")
    x = np.ones((2, 300))
    x[1] = 0
    error = ErrorArray(x, p=p).sum(axis=1, keepdims=True).error
    assert error[0] == np.inf
    assert 0 <= error[1] <= 1000 * p.underflow
    assert np.isfinite(ErrorArray(x[:, :200], p=p).sum(axis=1, keepdims=True).error).all()
