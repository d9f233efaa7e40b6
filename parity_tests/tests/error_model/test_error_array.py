"""The error arrays against exact arithmetic: the bound must hold the true error, and be sharp."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from parity_tests.checking.expected.layerwise import expectations
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import BFLOAT16, FLOAT16, FLOAT32, FLOAT64, Precision
from parity_tests.error_model.summation import product_magnitudes
from parity_tests.error_model.ulp_tables import ULPS
from parity_tests.kinds.cases import M, network_cases
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.error_arrays import seeds, uncertain
from ref_numpy import Array, NetworkSpec, run
from ref_numpy.error_function import erf

U32 = FLOAT32.u
CASES = network_cases()

# Without underflow, even in a quotient of quotients.
numbers = st.floats(-1e6, 1e6, width=32).filter(lambda x: x == 0 or x**4 > FLOAT32.underflow)
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
    assume(operation is not ARITHMETIC["divide"] or abs(b) > e_b)
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
    np.expm1: (mpmath.expm1, -80, 80),
    erf: (mpmath.erf, -8, 8),
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
            rounded = exact * (1 + sign * 2 * ULPS[ufunc][0] * U32)
            assert abs(rounded - mpmath.mpf(result.value[0])) <= result.error[0]


@pytest.mark.parametrize("ufunc", ELEMENTARY, ids=lambda ufunc: ufunc.__name__)
def test_libraries_keep_to_the_published_accuracies(ufunc) -> None:
    """NumPy's and torch's float32 and float64, beside 50 digits."""
    _, low, high = ELEMENTARY[ufunc]
    rng = np.random.default_rng(0)
    x = rng.uniform(low, high, 500) if low < -1 else np.exp(rng.uniform(-20, 20, 500))
    for dtype, ulps in zip((np.float32, np.float64), ULPS[ufunc], strict=True):
        narrow = x.astype(dtype)
        with mpmath.workdps(50):
            exact = [ELEMENTARY[ufunc][0](mpmath.mpf(float(v))) for v in narrow]
            ulp = np.spacing(np.abs(np.array([float(y) for y in exact]).astype(dtype)))
            for results in (
                ufunc(narrow),
                getattr(torch, ufunc.__name__)(torch.from_numpy(narrow)),
            ):
                for result, y, one in zip(results, exact, ulp, strict=True):
                    assert abs(mpmath.mpf(float(result)) - y) <= ulps * mpmath.mpf(float(one))


def exactly(A: Array) -> list[list[Fraction]]:
    return [[Fraction(float(x)) for x in row] for row in A]


def in_turn(terms: list[np.floating]) -> np.floating:
    """((t₁ + t₂) + t₃) + …, each sum rounded."""
    *_, total = accumulate(terms)
    return total


def uneven(rng: np.random.Generator, *shape: int) -> Array:
    """Numbers of very different sizes and both signs, which sums must cancel."""
    return (rng.standard_normal(shape) * 2.0 ** rng.integers(-9, 9, shape)).astype(np.float32)


@given(st.integers(1, 9), seeds)
def test_sums_hold_every_order_that_float32_may_take(K: int, seed: int) -> None:
    """Σ_k w_k a_k + b with b anywhere among the terms; (Σ_i t_i)/m, and Σ_i (t_i/m)."""
    rng = np.random.default_rng(seed)
    W, A, b = uneven(rng, 1, K), uneven(rng, K, 2), uneven(rng, 1, 1)
    w, a, m = ErrorArray(W, p=FLOAT32), ErrorArray(A, p=FLOAT32), 7
    plain, biased = w @ a, w @ a + ErrorArray(b, p=FLOAT32)
    mean, total = plain / m, w.sum(axis=1, keepdims=True)
    exact_W, exact_A = exactly(W)[0], exactly(A)
    for j in range(2):
        products = [W[0, k] * A[k, j] for k in rng.permutation(K)]
        scaled = [t * (np.float32(1) / np.float32(m)) for t in products]
        at = int(rng.integers(K + 1))
        Z = sum(w_k * a_k[j] for w_k, a_k in zip(exact_W, exact_A, strict=True))
        for bound, computed, exact in (
            (plain, in_turn(products), Z),
            (biased, in_turn([*products[:at], b[0, 0], *products[at:]]), Z + exactly(b)[0][0]),
            (mean, in_turn(products) / np.float32(m), Z / m),
            (mean, in_turn(scaled), Z / m),
            (total, in_turn([W[0, k] for k in rng.permutation(K)]), sum(exact_W)),
        ):
            assert computed.dtype == np.float32
            value, error = (
                Fraction(float(x[0, j % x.shape[1]])) for x in (bound.value, bound.error)
            )
            assert abs(Fraction(float(computed)) - value) <= error
            assert abs(exact - value) <= error


@given(st.integers(3, 40), seeds)
def test_a_sums_bound_is_within_the_textbooks(K: int, seed: int) -> None:
    """γ_K Σ|w||a| (Higham 2002, §3.1); one more for the reference's rounding and second orders."""
    rng = np.random.default_rng(seed)
    W, A = uneven(rng, 2, K), uneven(rng, K, 3)
    bound = ErrorArray(W, p=FLOAT32) @ ErrorArray(A, p=FLOAT32)
    textbook = FLOAT32.gamma(K + 1, U32) * (np.abs(W).astype(float) @ np.abs(A).astype(float))
    assert np.all(bound.error <= textbook)
    assert np.all(bound.error >= U32 * np.abs(bound.value))


@pytest.mark.slow
@given(st.integers(-1000, 900), st.integers(-1000, 900), seeds)
def test_magnitudes_are_from_above_at_every_scale(i: int, j: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    A, B = uneven(rng, 2, 5).astype(np.float64), uneven(rng, 5, 3).astype(np.float64)
    A, B = A * 2.0**i, B * 2.0 ** min(j, 900 - i)
    size, scale = product_magnitudes(ErrorArray(A), ErrorArray(B))
    for row, column in np.ndindex(2, 3):
        exact = sum(
            Fraction(float(abs(A[row, k]))) * Fraction(float(abs(B[k, column]))) for k in range(5)
        )
        assert exact <= Fraction(float(size[row, column])) * Fraction(scale)


@pytest.mark.parametrize("p", [FLOAT32, BFLOAT16, FLOAT16], ids=lambda p: p.name)
@given(st.floats(-60000, 60000))
def test_rounding_is_torchs(p: Precision, x: float) -> None:
    ours = p.round(np.array([x]))
    theirs = torch.tensor([x], dtype=torch.float64).to(getattr(torch, p.name))
    assert float(ours[0]) == float(theirs[0])
    assert abs(float(ours[0]) - x) <= max(p.u * abs(x), p.underflow)


def bounds_of(spec: NetworkSpec, *problem, precision: Precision) -> dict[str, ErrorArray]:
    """Every tensor from the inputs alone."""
    whole = expectations(spec, *problem, trace={}, precision=precision)
    return {name: formulas[0] for name, formulas in whole}


@pytest.mark.parametrize("name", CASES)
def test_the_reference_at_float32_stays_within_its_bounds(name: str) -> None:
    """float64 is exact beside float32: the unchanged code's own error, from the unchanged code."""
    spec = CASES[name]
    params, X, Y = random_problem(spec, M, dtype=np.float32)
    bounds = bounds_of(spec, params, X, Y, precision=FLOAT32)
    wide = {name: p.astype(np.float64) for name, p in params.items()}
    truth = run(spec, wide, X.astype(np.float64), Y.astype(np.float64))
    for tensor, value in run(spec, params, X, Y).items():
        assert np.all(np.abs(value - truth[tensor]) <= bounds[tensor].error), tensor


def test_a_bound_is_sharp_enough_to_mean_something() -> None:
    """A float32 computation passed off as float64 is found at once."""
    spec = CASES["tanh-5.7.3-softmax-cross_entropy"]
    params, X, Y = random_problem(spec, M, dtype=np.float32)
    bounds = bounds_of(spec, params, X, Y, precision=FLOAT64)
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


def test_division_by_a_possible_zero_is_unbounded() -> None:
    assert np.isinf((uncertain(1, 0) / uncertain(1e-9, 1e-8)).error[0])


UNKNOWN = {
    "ufunc": lambda a: np.sin(a),
    "reduction": lambda a: np.add.reduce(a),
    "function": lambda a: np.clip(a, 0, 1),
    "option": lambda a: np.concatenate([a, a], dtype=np.float32),
    "mode": lambda a: np.pad(a, 1, mode="mean"),
    "index": lambda a: a[ErrorArray(0.0, 1.0)],
    "exponents": lambda a: a ** np.array([1.0, 2.0]),
    "place": lambda a: np.add.at(np.zeros((2, 2)), (0, 0), a),
    "keyword": lambda a: np.add(a, a, dtype=np.float32),
    "conversion": lambda a: np.asarray(a, dtype=np.float64),
}


@pytest.mark.parametrize("operation", UNKNOWN.values(), ids=UNKNOWN)
def test_an_operation_without_a_rule_is_never_taken_to_be_exact(operation) -> None:
    array: Array | ErrorArray = ErrorArray(np.ones((2, 2)))
    with pytest.raises(TypeError, match=r"rounding rule|unexpected keyword|float"):
        operation(array)
