"""Softmax of logits that have an error: beside exact arithmetic at the ends of their intervals."""

from __future__ import annotations

from itertools import product

import mpmath
import numpy as np
import pytest

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import BFLOAT16, FLOAT32, FLOAT64, Precision
from parity_tests.kinds.own_kinds import compute_forward
from parity_tests.kinds.softmax_bounds import bound_softmax, log_softmax
from ref_numpy import Array, Context, NetworkSpec, Softmax


def log_sum_exp(z: list[mpmath.mpf]) -> mpmath.mpf:
    """Return log Σ e^z, in the digits of the context."""
    return mpmath.log(sum(mpmath.exp(x) for x in z))


def test_an_error_of_z_moves_log_softmax_by_that_and_the_largest() -> None:
    """log a_1 = z_1 − z_2, nearly, where z_1 is far below z_2: the bound is attained."""
    error = np.array([[0.5, 4], [0.25, 8], [0.125, 9]])  # another example's are no part of it
    bound = log_softmax(ErrorArray(np.array([[-40.0, 1], [0, 2], [-90, 3]]), error)).error[:, 0]
    assert (bound >= [1.0, 0.75, 0.625]).all()
    assert (bound <= np.array([1.0, 0.75, 0.625]) * (1 + 2**-40)).all()
    with mpmath.workdps(50):
        moved = [mpmath.mpf(-40.5), mpmath.mpf(0.25), mpmath.mpf(-90)]
        right = [mpmath.mpf(x) for x in (-40.0, 0.0, -90.0)]
        change = (right[0] - log_sum_exp(right)) - (moved[0] - log_sum_exp(moved))
        assert 3 / 4 - 2**-40 <= change <= bound[0]


def test_the_roundings_of_what_z_may_be_are_in_its_bound() -> None:
    """They are of z − max z and of log a, both larger by 0.5 at what z may be."""
    Z, error = np.array([[-40.0], [0], [-90]]), np.array([[0.25], [0.25], [0.125]])
    there = Z + np.array([[-0.25], [0.25], [0]])
    for p in (BFLOAT16, FLOAT32):
        bound = log_softmax(ErrorArray(Z, error, p)).error[0, 0]
        assert bound >= log_softmax(ErrorArray(there, p=p)).error[0, 0] + 0.5
        exact_z = log_softmax(ErrorArray(Z, p=p)).error
        assert (log_softmax(ErrorArray(Z, 2**-60, p)).error >= exact_z).all()


def test_large_logits_that_were_rounded_have_a_bound() -> None:
    """Step by step, e^z would be off by a factor of e^46."""
    Z = ErrorArray(np.array([[5952.0], [5900.0], [-3000.0]]), relative=2**-8)
    assert np.isfinite(log_softmax(Z).error).all()


def step_by_step(Z: ErrorArray) -> ErrorArray:
    """Return softmax(Z) with the error of its operations one by one."""
    A, _ = Softmax().forward({}, Context(), Z)  # pyright: ignore[reportArgumentType]
    assert isinstance(A, ErrorArray)
    return A


def exact_softmax(z: Array) -> list[mpmath.mpf]:
    """Return a, in the digits of the context."""
    t = [mpmath.exp(mpmath.mpf(float(x))) for x in z]
    return [x / sum(t) for x in t]


@pytest.mark.parametrize("p", [FLOAT64, FLOAT32, BFLOAT16], ids=lambda p: p.name)
@pytest.mark.parametrize("size", [2**-60, 2**-24, 2**-10, 1])
def test_the_bound_of_softmax_holds_at_every_corner(p: Precision, size: float) -> None:
    """With its formula's own error there added: a kernel that did not store Z has both."""
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(3, 20)) * 4
    error = np.abs(rng.normal(size=Z.shape)) * size
    given = ErrorArray(Z, error, p)
    own = step_by_step(given)
    bound = bound_softmax(own, given).error
    nearest = []
    for signs in product((-1, 1), repeat=3):
        there = Z + error * np.array(signs)[:, np.newaxis]
        rounding = step_by_step(ErrorArray(there, p=p)).error
        with mpmath.workdps(40):
            for i in range(Z.shape[1]):
                for k, a in enumerate(exact_softmax(there[:, i])):
                    off = abs(a - mpmath.mpf(float(own.value[k, i]))) + rounding[k, i]
                    assert off <= bound[k, i]
                    nearest.append(float(off / bound[k, i]))
    assert max(nearest) > 1 / 2  # no bound of which nothing is used


def test_logits_that_were_rounded_leave_softmax_a_bound() -> None:
    """Step by step the sum may be 0 where one logit of thousands was stored as a half."""
    Z = ErrorArray(np.array([[5952.0], [5940.0], [-3000.0]]), relative=2**-8)
    assert not np.isfinite(step_by_step(Z).error).any()
    assert np.isfinite(bound_softmax(step_by_step(Z), Z).error).all()
    larger = ErrorArray(1e6 * Z.value, relative=2**-8)
    with np.errstate(over="raise"):  # no warning of an infinite bound
        assert np.isinf(bound_softmax(step_by_step(larger), larger).error).any()


def test_a_step_has_that_bound_in_its_output() -> None:
    (step,) = (s for s in NetworkSpec.dense([2, 3], (), "softmax", "squared_error").steps
               if isinstance(s.layer, Softmax))  # fmt: skip
    Z = ErrorArray(np.array([[5952.0], [5940.0], [-3000.0]]), relative=2**-8)
    (A,) = compute_forward(step, {}, Context(), Z).outputs
    assert np.isfinite(A.error).all()
    exact = ErrorArray(Z.value)
    (A,) = compute_forward(step, {}, Context(), exact).outputs
    assert (A.error == step_by_step(exact).error).all()
