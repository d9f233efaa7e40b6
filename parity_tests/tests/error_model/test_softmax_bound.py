"""The softmax over keys, and its log-sum, of scores with errors, beside 40 digits."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.intervals import OUTWARD
from parity_tests.error_model.precisions import FLOAT32, FLOAT64
from ref_numpy import Array
from ref_numpy.arrays.masked_softmax import masked_softmax, shifted_softmax

SIZES = st.integers(2, 6)


def exactly(s: Array, counts: Array) -> tuple[list[Any], Any]:
    """P and L of one column to 40 digits."""
    with mpmath.workdps(40):
        t = [
            mpmath.exp(mpmath.mpf(float(x))) if c else mpmath.mpf(0)
            for x, c in zip(s, counts, strict=True)
        ]
        total = mpmath.fsum(t)
        if not counts.any():
            return t, mpmath.mpf(0)
        return [x / total for x in t], mpmath.log(total)


def column(x: Any) -> Any:
    return np.asarray(x, dtype=float)[:, np.newaxis]


def bounded(s: Array, error: Array, counts: Array, p: Any = FLOAT64) -> tuple[Any, Any]:
    S: Any = ErrorArray(column(s), column(error), p)
    return masked_softmax(S, column(counts).astype(bool))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1), SIZES, st.sampled_from([2.0**-30, 2.0**-4, 1.0, 8.0]))
def test_exact_results_of_any_scores_within_the_errors_are_within_the_bounds(
    seed: int, n: int, size: float
) -> None:
    rng = np.random.default_rng(seed)
    s, error = 4 * rng.standard_normal(n), size * rng.random(n)
    counts = rng.random(n) < 0.7
    P, L = bounded(s, error, counts)
    for signs in (*np.eye(n), -np.eye(n)[0], rng.uniform(-1, 1, n)):
        moved = s + np.where(signs == 0, -1, signs) * error * (1 - 2.0**-50)  # within, rounded
        p, total = exactly(moved, counts)
        with mpmath.workdps(40):
            for k in range(n):
                off = abs(p[k] - mpmath.mpf(float(P.value[k, 0])))
                assert off <= mpmath.mpf(float(P.error[k, 0]))
            off = abs(total - mpmath.mpf(float(L.value[0, 0])))
            assert off <= mpmath.mpf(float(L.error[0, 0]))


@pytest.mark.parametrize("own", [0.25, 0.0])
def test_a_small_probability_moves_by_both_errors(own: float) -> None:
    """p_0 = e^−20 moves by e^{δ_0 + max δ}, since the sum is the other score's alone."""
    P, L = bounded(np.array([-20.0, 0.0]), np.array([own, 0.5]), np.ones(2))
    p, total = exactly(np.array([-20.0 + own, -0.5]), np.ones(2, bool))
    reached = [float(x) for x in p]
    high = P.value[0, 0] + P.error[0, 0]
    assert reached[0] <= high <= reached[0] * (1 + 2.0**-20)
    assert abs(float(total)) <= L.error[0, 0] <= abs(float(total)) * (1 + 2.0**-20)


def test_a_key_that_does_not_count_has_no_share() -> None:
    """Its own error is nothing, and its probability is 0 but for underflow."""
    P, L = bounded(np.array([1.0, 2.0, 9.0]), np.array([0.0, 2.0**-40, np.inf]), [1, 1, 0])
    assert P.value[2, 0] == 0
    assert P.error[2, 0] <= 4 * FLOAT64.underflow
    assert P.error[:2].max() < 2.0**-38
    assert L.error.max() < 2.0**-38


def test_where_no_key_counts_both_are_0() -> None:
    for S in (np.full((3, 1), 7.0), ErrorArray(np.full((3, 1), 7.0), 0.5)):
        given_S: Any = S
        P, L = masked_softmax(given_S, np.zeros((3, 1), bool))
        every: Any = [getattr(x, "value", x) for x in (P, L)]
        assert not any(x.any() for x in every)


@pytest.mark.parametrize("p", [FLOAT64, FLOAT32], ids=lambda p: p.name)
def test_exact_scores_have_the_roundings_of_the_steps(p: Any) -> None:
    rng = np.random.default_rng(1)
    s = p.round(3 * rng.standard_normal((5, 2))).astype(float)
    S: Any = ErrorArray(s, p=p)
    P, L = masked_softmax(S, None)
    steps = shifted_softmax(S, None)
    assert np.array_equal(P.error, steps[0].error)
    assert np.array_equal(L.error, steps[1].error)
    # Of an error that is tiny the bounds are those, and not smaller.
    near: Any = ErrorArray(s, np.full(s.shape, 2.0**-200), p)
    wider = masked_softmax(near, None)
    assert (wider[0].error >= P.error).all()
    assert (wider[1].error >= L.error).all()
    assert (wider[0].error <= P.error * (1 + 2.0**-20) + P.value * 2.0**-48).all()


@pytest.mark.parametrize("masked", [False, True])
def test_the_bounds_are_the_formula_of_each_column(masked: bool) -> None:
    """(p + ε) e^{(δ_j + max δ)(1 + 8u)} − p, and ε + max δ (1 + 8u); rounded outward."""
    rng = np.random.default_rng(2)
    s, error = rng.standard_normal((4, 3)), rng.uniform(0.5, 2, (4, 3)) * [1, 2, 4]
    counts = np.array([[1, 1, 1], [1, 1, 0], [1, 1, 1], [1, 1, 1]], bool) if masked else None
    S: Any = ErrorArray(s, error, FLOAT32)
    exact: Any = shifted_softmax(S.made(s), counts)
    P, L = masked_softmax(S, counts)
    assert (P.shape, L.shape) == ((4, 3), (1, 3))
    with mpmath.workdps(40):
        room, few = 1 + 8 * mpmath.mpf(2) ** -24, mpmath.mpf(2) ** -51
        for i in range(3):
            own = [j for j in range(4) if counts is None or counts[j, i]]
            most = mpmath.mpf(max(float(error[j, i]) for j in own))
            for j in own:
                p, of_p = (mpmath.mpf(float(x[j, i])) for x in (exact[0].value, exact[0].error))
                grown = (p + of_p) * mpmath.exp((mpmath.mpf(float(error[j, i])) + most) * room)
                wanted = float(grown * mpmath.mpf(OUTWARD) - p)
                assert abs(P.error[j, i] / wanted - 1) < 4 * few
            of_L = mpmath.mpf(float(exact[1].error[0, i])) + most * room
            assert abs(L.error[0, i] / float(of_L * mpmath.mpf(OUTWARD)) - 1) < few
    if masked:  # what does not count has no error of the others
        assert P.error[1, 2] == exact[0].error[1, 2]


def test_a_probability_of_any_size_has_no_bound_and_a_masked_one_has() -> None:
    error = np.array([[1000.0], [0.0], [1000.0]])
    S: Any = ErrorArray(np.zeros((3, 1)), error, FLOAT64)
    P, _ = masked_softmax(S, np.array([[True], [True], [False]]))
    assert np.isinf(P.error[:2]).all()
    assert P.error[2, 0] <= 4 * FLOAT64.underflow


def test_plain_arrays_are_computed_at_their_own_dtype() -> None:
    P, L = masked_softmax(np.zeros((4, 1), np.float32), np.array([[1], [1], [0], [0]], bool))
    assert (P.dtype, L.dtype) == (np.float32, np.float32)
    assert P[:, 0].tolist() == [0.5, 0.5, 0, 0]
    assert L[0, 0] == np.log(np.float32(2))
