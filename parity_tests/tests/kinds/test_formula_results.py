"""Results by several formulas: their hull, their parts' mean, and what autograd does to them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT32, FLOAT64, U64
from parity_tests.kinds.equivalent_formulas import (
    Formulas,
    by_autograd,
    gradients_of,
    losses_of,
    mean,
    results,
)
from parity_tests.tests.support.error_arrays import ABOVE, COARSE, coarse, fraction
from ref_numpy import Array, CrossEntropy, InputError, Loss, SquaredError


def test_a_result_is_computed_when_it_is_needed_and_once() -> None:
    computed: list[int] = []

    def counted() -> Iterator[ErrorArray]:
        for i in range(3):
            computed.append(i)
            yield coarse(float(i))

    formulas = Formulas(counted())
    assert formulas[0].value == 0
    assert formulas[0].value == 0
    assert computed == [0]
    assert formulas[1].value == 1
    assert [float(x.value[0]) for x in formulas] == [0, 1, 2]
    assert [float(x.value[0]) for x in formulas] == [0, 1, 2]
    assert computed == [0, 1, 2]


def test_the_hull_holds_every_formula() -> None:
    """Around the first one's value; a formula without a bound at an element adds nothing there."""
    x = [
        ErrorArray(np.array([1.0, 1.0, 1.0, 1.0]), np.array([0.5, 0.5, 0.5, 0.5]), COARSE),
        ErrorArray(np.array([2.0, 1.0, 0.25, 1.0]), np.array([0.25, 0.25, 0.25, math.inf]), COARSE),
        ErrorArray(np.array([1.0, -3.0, 1.0, math.nan]), np.array([0.25, 1, 0.5, 0.5]), COARSE),
    ]
    hull = Formulas(x).hull()
    assert hull.value.tolist() == [1, 1, 1, 1]
    for error, wanted in zip(hull.error, (1.25, 5, 1, 0.5), strict=True):
        assert wanted <= error <= float(Fraction(wanted) * ABOVE)
    assert hull.p is COARSE
    assert Formulas(x[:1]).hull() is x[0]


def test_a_hull_is_not_too_narrow_by_its_own_rounding() -> None:
    rng = np.random.default_rng(0)
    values, errors = rng.standard_normal((2, 99)), rng.random((2, 99))
    first, other = (ErrorArray(v, e, COARSE) for v, e in zip(values, errors, strict=True))
    hull = Formulas([first, other]).hull()
    for a, b, e, ours in zip(*values, errors[1], hull.error, strict=True):
        assert abs(Fraction(b) - Fraction(a)) + Fraction(e) <= Fraction(ours)


def test_the_mean_of_parts_has_every_rounding() -> None:
    """1/N, the product with it and N − 1 additions, each of u; and N underflows."""
    p = replace(COARSE, bits=6, underflow=2.0**-9)
    v = Fraction(p.u) + Fraction(U64)
    for N in (1, 3, 5):
        values, errors = np.random.default_rng(N).standard_normal((2, N))
        errors = np.abs(errors)
        bound = mean([coarse(x, e, p) for x, e in zip(values, errors, strict=True)])
        each = (N + 1) * v * (1 + (N + 1) * v)
        size, error = (sum(abs(Fraction(x)) for x in of) / N for of in (values, errors))
        wanted = (1 + each) * error + each * size + N * Fraction(p.underflow)
        assert wanted <= fraction(bound.error) <= wanted * ABOVE
        total = sum(map(Fraction, values)) / N
        assert abs(fraction(bound.value) - total) <= N * Fraction(U64) * size
        worst = sum(abs(Fraction(x)) / N * (1 + Fraction(p.u)) ** (N + 1) for x in values)
        assert worst - size <= fraction(bound.error)


def test_the_mean_of_parts_has_the_roundings_of_both_programs() -> None:
    bound = mean([ErrorArray([1.0]), ErrorArray([3.0])])
    assert float(bound.error[0]) >= 3 * (FLOAT64.u + U64) * 2


@pytest.mark.parametrize(("parts", "roundings"), [(1, 4), (2, 6), (3, 7)])
def test_autograd_rounds_each_of_its_products(parts: int, roundings: int) -> None:
    """2/(m n_y), and the products with it, n_y/2 and m; 1/N, and the products with it and N."""
    n_y, m = 5, 3
    d = np.random.default_rng(0).integers(1, 9, (n_y, m)).astype(float)
    bound = by_autograd(ErrorArray(d, p=replace(FLOAT32, parts=parts)), m)
    np.testing.assert_array_equal(bound.value, d)
    assert np.all(roundings * FLOAT32.u * d <= bound.error)
    assert np.all(bound.error <= (roundings + 0.5) * FLOAT32.u * d)


class AbsoluteDeviation(Loss):
    """A loss of a user, of A or of Z."""

    def __init__(self, reads: str) -> None:
        self.reads = reads  # pyright: ignore[reportAttributeAccessIssue]

    def forward(self, taken: Array, Y: Array) -> Array:
        return np.abs(taken - Y).sum(axis=0, keepdims=True)

    def backward(self, A: Array, Y: Array) -> Array:
        return np.where(A > Y, np.ones_like(A), -np.ones_like(A))


@pytest.mark.parametrize("reads", ["A", "Z"])
def test_a_loss_of_a_user_has_its_own_formula_alone(reads: str) -> None:
    Z, A, Y = (ErrorArray(np.full((2, 3), x), p=COARSE) for x in (7.0, 3.0, 1.0))
    loss = AbsoluteDeviation(reads)
    (L,), (d,) = (list(results(of(loss), loss, Z, A, Y)) for of in (losses_of, gradients_of))
    np.testing.assert_array_equal(L.value, [[4.0 if reads == "A" else 12.0] * 3])
    np.testing.assert_array_equal(d.value, np.ones((2, 3)))
    assert L.p is d.p is COARSE
    assert len(losses_of(SquaredError())) == 1
    assert len(losses_of(CrossEntropy())) == 4
    assert len(gradients_of(CrossEntropy())) == 2


class ConstantLoss(AbsoluteDeviation):
    """A loss whose results have no error, and which cannot be computed of other arrays."""

    def forward(self, taken: Array, Y: Array) -> Array:
        return np.ones((1, 3)) if taken.shape == (2, 3) else np.cbrt(taken)

    def backward(self, A: Array, Y: Array) -> Array:
        return np.ones((2, 3)) if A.shape == (2, 3) else np.cbrt(A)


def test_a_result_without_error_is_exact_and_an_error_names_its_method() -> None:
    A = ErrorArray(np.ones((2, 3)), p=COARSE)
    for of, method in ((losses_of, "forward"), (gradients_of, "backward")):
        (formula,) = of(loss := ConstantLoss("A"))
        assert formula(loss, A, A, A).exact
        assert formula(loss, A, A, A).p is COARSE
        wide = ErrorArray(np.ones((2, 4)), p=COARSE)
        with pytest.raises(InputError, match=rf"\b{method}\b"):
            formula(loss, wide, wide, wide)


def test_infinite_results_are_no_warnings() -> None:
    zero = ErrorArray(np.array([0.0]), p=COARSE)
    (quotient, logarithm) = results([lambda x: x / x, lambda x: np.log(x)], zero)
    assert np.isnan(quotient.value[0])
    assert logarithm.value[0] == -math.inf
    (power,) = results([lambda x: np.exp(x)], ErrorArray(np.array([1e4]), p=COARSE))
    assert power.value[0] == math.inf
