"""The rate of each update: hand-worked values, and the optimisers that follow it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from mpmath import mp

from ref_numpy import Adam, GradientDescent, InputError, Momentum, RMSProp
from ref_numpy.optimisers import Cosine


def test_the_rate_rises_in_steps_and_ends_at_its_fraction() -> None:
    """w = 3, n = 7, r = 1/2; half way the cosine is 0."""
    schedule = Cosine(updates=7, warmup=3, final=0.5)
    assert [schedule.factor(t) for t in range(4)] == [1 / 4, 2 / 4, 3 / 4, 1]
    assert schedule.factor(5) == 3 / 4
    assert [schedule.factor(t) for t in (7, 8, 100)] == [0.5, 0.5, 0.5]
    assert [Cosine(4, final=0.5).factor(t) for t in (0, 2, 4)] == [1, 3 / 4, 0.5]
    assert [Cosine(2, warmup=3).factor(t) for t in range(4)] == [1 / 4, 2 / 4, 3 / 4, 0.1]


def test_between_it_is_a_cosine() -> None:
    """The exact number lies between the neighbours of what was computed, four roundings away."""
    schedule = Cosine(updates=109, warmup=9, final=0.125)
    found = [schedule.factor(t) for t in range(9, 109)]
    assert all(a > b for a, b in pairwise(found))
    for k, f in enumerate(found):
        with mp.workdps(40):
            right = mp.mpf(1) / 8 + mp.mpf(7) / 8 * (1 + mp.cos(mp.pi * k / 100)) / 2
            assert abs(right - f) <= 4 * mp.mpf(float(np.spacing(f)))


@pytest.mark.parametrize(
    ("given", "code"),
    [((0,), "schedule.updates"), ((5, -1), "schedule.updates"), ((5, 0, 0.0), "schedule.final"),
     ((5, 0, 1.5), "schedule.final")],
)  # fmt: skip
def test_other_numbers_are_refused(given: tuple[float, ...], code: str) -> None:
    with pytest.raises(InputError) as refused:
        Cosine(*given)  # pyright: ignore[reportArgumentType]
    assert refused.value.code == code


def test_gradient_descent_takes_the_steps_of_the_schedule() -> None:
    """α = 2, dθ = 1: steps of 2 · (1/2, 1, 3/4)."""
    optimiser = GradientDescent(2.0, schedule=Cosine(updates=3, warmup=1, final=0.5))
    params, gradients = {"W": np.array([[1.0]])}, {"dW": np.array([[1.0]])}
    state, found = optimiser.start(params), []
    for _ in range(3):
        params, state = optimiser.update(params, gradients, state)
        found.append(float(params["W"][0, 0]))
    assert found == [0.0, -2.0, -3.5]


@pytest.mark.parametrize("kind", [GradientDescent, Momentum, RMSProp, Adam])
def test_an_update_is_that_of_the_rate_at_its_number(kind: type) -> None:
    plain = kind(0.25, weight_decay=0.5)
    scheduled = replace(plain, schedule=Cosine(updates=4, warmup=2))
    rng = np.random.default_rng(1)
    params = {"W": rng.standard_normal((2, 3))}
    state = scheduled.start(params)
    for t in range(5):
        gradients = {"dW": rng.standard_normal((2, 3))}
        now = replace(plain, learning_rate=0.25 * scheduled.schedule.factor(t))
        assert scheduled.at(t) == now
        expected, _ = now.update(params, gradients, state)
        params, state = scheduled.update(params, gradients, state)
        np.testing.assert_array_equal(params["W"], expected["W"])
