"""The error arrays against exact arithmetic: the bound must hold the true error, and be sharp."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parity_tests.agreement import error_trace
from parity_tests.cases import M, network_cases
from parity_tests.examples import random_problem
from parity_tests.rounding import ULPS, ErrorArray
from ref_numpy import Array, run

U32 = 2.0**-24
CASES = network_cases()

numbers = st.floats(-1e6, 1e6, width=32).filter(lambda x: x == 0 or abs(x) > 1e-6)


def uncertain(value: float, error: float) -> ErrorArray:
    return ErrorArray(np.array([value]), np.array([error]), U32)


ARITHMETIC = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
}


@pytest.mark.parametrize("operation", ARITHMETIC.values(), ids=ARITHMETIC)
@given(numbers, numbers, st.floats(0, 0.25), st.floats(0, 0.25), st.data())
def test_arithmetic_holds_the_exact_result(operation, a, b, e_a, e_b, data) -> None:
    """Any a within a ± e_a, rounded to float32 at the end, lies within the bound; exactly so."""
    if operation is ARITHMETIC["divide"] and abs(b) <= e_b:
        return
    result = operation(uncertain(a, e_a), uncertain(b, e_b))
    shift_a, shift_b = (data.draw(st.sampled_from([-1, 0, 1])) for _ in range(2))
    exact = operation(Fraction(a) + shift_a * Fraction(e_a), Fraction(b) + shift_b * Fraction(e_b))
    for rounded in (exact, exact * (1 + Fraction(U32)), exact * (1 - Fraction(U32))):
        assert abs(rounded - Fraction(result.value[0])) <= Fraction(result.error[0])


ELEMENTARY = {
    np.exp: (mpmath.exp, -80, 80),
    np.log: (mpmath.log, 1e-30, 1e30),
    np.log1p: (mpmath.log1p, -0.9, 1e30),
    np.tanh: (mpmath.tanh, -20, 20),
    np.sqrt: (mpmath.sqrt, 0, 1e30),
}


@pytest.mark.parametrize("ufunc", ELEMENTARY, ids=lambda ufunc: ufunc.__name__)
@given(st.data())
def test_elementary_functions_hold_the_exact_result(ufunc, data) -> None:
    exact_function, low, high = ELEMENTARY[ufunc]
    x = data.draw(st.floats(low, high))
    error = data.draw(st.floats(0, 0.05)) * abs(x)
    shifted = mpmath.mpf(x) + data.draw(st.sampled_from([-1, 0, 1])) * mpmath.mpf(error)
    result = ufunc(uncertain(x, error))
    with mpmath.workdps(50):
        exact = exact_function(shifted)
        for sign in (-1, 0, 1):
            rounded = exact * (1 + sign * 2 * ULPS[ufunc] * U32)
            assert abs(rounded - mpmath.mpf(result.value[0])) <= result.error[0]


@given(st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_products_and_sums_hold_float32_in_any_order(K: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    A, B = (rng.standard_normal(s).astype(np.float32) for s in ((2, K), (K, 3)))
    exact = [[sum(Fraction(float(A[i, k])) * Fraction(float(B[k, j])) for k in range(K))
              for j in range(3)] for i in range(2)]  # fmt: skip
    bound = ErrorArray(A, u=U32) @ ErrorArray(B, u=U32)
    order = rng.permutation(K)
    computed = np.zeros((2, 3), np.float32)
    for k in order:
        computed = computed + A[:, k : k + 1] * B[k : k + 1]
    assert computed.dtype == np.float32
    for i, j in np.ndindex(2, 3):
        assert abs(Fraction(float(computed[i, j])) - exact[i][j]) <= Fraction(bound.error[i, j])
    total, row = ErrorArray(A, u=U32).sum(axis=1, keepdims=True), np.float32(0)
    for k in order:
        row = row + A[0, k]
    assert abs(float(row) - total.value[0, 0]) <= total.error[0, 0]


@pytest.mark.parametrize("name", CASES)
def test_the_reference_at_float32_stays_within_its_bounds(name: str) -> None:
    """float64 is exact beside float32: the unchanged code's own error, from the unchanged code."""
    spec = CASES[name]
    params, X, Y = random_problem(spec, M, dtype=np.float32)
    bounds = error_trace(spec, params, X, Y, u=U32)
    wide = {name: p.astype(np.float64) for name, p in params.items()}
    truth = run(spec, wide, X.astype(np.float64), Y.astype(np.float64))
    for tensor, value in run(spec, params, X, Y).items():
        assert np.all(np.abs(value - truth[tensor]) <= bounds[tensor].error), tensor


def test_a_bound_is_sharp_enough_to_mean_something() -> None:
    """A float32 computation passed off as float64 is found at once."""
    spec = CASES["tanh-5.7.3-softmax-cross_entropy"]
    params, X, Y = random_problem(spec, M, dtype=np.float32)
    bounds = error_trace(spec, params, X, Y)
    wide = {name: p.astype(np.float64) for name, p in params.items()}
    truth = run(spec, wide, X.astype(np.float64), Y.astype(np.float64))
    narrow = run(spec, params, X, Y)
    seen = [t for t in truth if np.any(np.abs(narrow[t] - truth[t]) > bounds[t].error)]
    assert seen == [t for t in truth if t != "A0"]


def test_a_straddled_kink_allows_both_branches() -> None:
    z = ErrorArray(np.array([-1.0, 1e-9, 1.0]), np.full(3, 1e-8))
    mask = z > 0
    np.testing.assert_array_equal(mask.value, [0, 1, 1])
    np.testing.assert_array_equal(mask.error, [0, 1, 0])
    chosen = np.where(mask, np.ones_like(z), 0.25)
    assert chosen.error[1] >= 0.75
    assert chosen.error[2] == 0


def test_exact_numbers_compare_exactly() -> None:
    mask = ErrorArray(np.array([-1.0, 0.0, 1.0])) > 0
    np.testing.assert_array_equal(mask.value, [0, 0, 1])
    np.testing.assert_array_equal(mask.error, [0, 0, 0])


def test_division_by_what_may_be_zero_is_unbounded() -> None:
    assert np.isinf((uncertain(1, 0) / uncertain(1e-9, 1e-8)).error[0])


UNKNOWN = {
    "ufunc": lambda a: np.sin(a),
    "reduction": lambda a: np.add.reduce(a),
    "function": lambda a: np.concatenate([a, a]),
    "cube": lambda a: a**3,
    "keyword": lambda a: np.add(a, a, dtype=np.float32),
}


@pytest.mark.parametrize("operation", UNKNOWN.values(), ids=UNKNOWN)
def test_an_operation_without_a_rule_is_never_taken_to_be_exact(operation) -> None:
    array: Array | ErrorArray = ErrorArray(np.ones((2, 2)))
    with pytest.raises(TypeError, match=r"rounding rule|an unexpected keyword"):
        operation(array)
