"""Sums of halves that are stored before they are added to something else."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import BFLOAT16
from ref_numpy import Array

TIMES = 4000


def r(x: Array) -> Array:
    return BFLOAT16.round(x).astype(np.float64)


def halves(*arrays: Array) -> list[ErrorArray]:
    return [ErrorArray(x, p=BFLOAT16) for x in arrays]


def numbers(*shape: int) -> Array:
    return r(np.random.default_rng(len(shape)).standard_normal(shape))


def test_the_sum_before_a_bias_costs_one_rounding_of_itself() -> None:
    """r(r(W A) + b): within the bound, and close to it; not u Σ|terms|, which is far larger."""
    W, A = numbers(TIMES, 50), numbers(50, 1)
    b = r(-(W @ A) + numbers(TIMES, 1))  # so that the last rounding is a small one
    w, a, bias = halves(W, A, b)
    bound = (w @ a + bias).error
    ratio = np.abs(r(r(W @ A) + b) - (W @ A + b)) / bound
    assert ratio.max() <= 1
    assert ratio.max() > 1 / 2
    assert (bound < BFLOAT16.u * (np.abs(W) @ np.abs(A))).any()


def test_a_mean_over_a_power_of_two_rounds_the_sum_alone() -> None:
    """1/8 is exact, 1/7 is not: there each term may be divided, and stored, before it is added."""
    W, A = numbers(TIMES, 50), numbers(50, 1)
    w, a = halves(W, A)
    by_terms = r(r(W * r(np.array(1 / 7))) @ A)
    assert (np.abs(by_terms - W @ A / 7) <= (w @ a / 7).error).all()
    assert (np.abs(r(r(W / 8) @ A) - W @ A / 8) <= (w @ a / 8).error).all()
    assert (np.abs(by_terms - W @ A / 7) > (w @ a / 8).error).any()


@pytest.mark.parametrize("order", [*itertools.permutations(range(3))])
def test_of_three_operands_any_two_may_be_stored(order: tuple[int, ...]) -> None:
    """max(z, 0) − z y + log(1 + e^−|z|), of which softplus is stored in some programs."""
    z = r(np.random.default_rng(0).uniform(1, 80, TIMES))
    terms = z, -z, r(np.log1p(np.exp(-z)))
    i, j, k = order
    candidate = r(r(terms[i] + terms[j]) + terms[k])
    one, two, three = halves(*terms)
    total = one + two + three
    assert (np.abs(candidate - total.value) <= total.error).all()
