"""Weights of examples in the reference: w(i) examples count as one that is there w(i) times."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from parity_tests.kinds.cases import M, network_cases
from parity_tests.tests.support.central_differences import judged, smooth_problem
from ref_numpy import (
    GradientDescent,
    InputError,
    NetworkSpec,
    cost_and_gradients,
    fit,
    initialise,
    minibatches,
    one_hot,
    run,
)

CASES = network_cases(lambd=0.7)
NAMES = (
    "tanh-5.7.2-tanh-squared_error",
    "relu-5.7.3-softmax-cross_entropy",
    "sigmoid-5.7.1-sigmoid-binary_cross_entropy",
    "tanh-5.7.2-identity-absolute_error",
    "relu-5.7.3-identity-huber",
    "tanh-5.7.2-identity-hinge",
)
W = np.random.default_rng(5).integers(0, 4, (1, M)) / 2  # some are 0


@pytest.mark.parametrize("name", NAMES)
def test_gradients_equal_central_differences_of_the_weighted_cost(name: str) -> None:
    spec, problem = CASES[name], smooth_problem(CASES[name])
    weighted, plain = judged(spec, problem, W), judged(spec, problem)
    for tensor, (g, D, allowed) in weighted.items():
        assert np.all(np.abs(g - D) <= allowed), tensor
        assert M * np.linalg.norm(allowed) <= np.linalg.norm(g), "the comparison says nothing"
        assert np.any(np.abs(plain[tensor][0] - D) > allowed), "the weights change nothing"


def integer_problem() -> tuple[NetworkSpec, dict, np.ndarray, np.ndarray]:
    """Linear, of small whole numbers: every result is exact at float64."""
    spec, draw = NetworkSpec.dense([3, 2, 1], "identity", "identity"), np.random.default_rng(1)
    params = {n: draw.integers(-3, 4, s) + 0.0 for n, s in spec.parameter_shapes.items()}
    return spec, params, draw.integers(-3, 4, (3, 4)) + 0.0, draw.integers(-3, 4, (1, 4)) + 0.0


def test_a_weight_of_three_is_the_example_three_times() -> None:
    """Exactly: m J is Σ w L, and of the repeated examples Σ L; 4 and 8 divide without rounding."""
    spec, params, X, Y = integer_problem()
    times = [1, 3, 0, 4]
    weighted = run(spec, params, X, Y, np.array([times], np.float64))
    repeated = run(spec, params, np.repeat(X, times, axis=1), np.repeat(Y, times, axis=1))
    for name in ("J", "dW1", "db1", "dW2", "db2"):
        np.testing.assert_array_equal(4 * weighted[name], 8 * repeated[name])
    assert weighted["J"] != run(spec, params, X, Y)["J"]


def test_a_hand_worked_example() -> None:
    """a = W x + b = 2 and 5, y = 1 and 3, w = 3 and ½: J = (3·½ + ½·2)/2, dZ = 3·1 and ½·2."""
    spec = NetworkSpec.dense([1, 1], output="identity")
    params = {"W1": np.array([[3.0]]), "b1": np.array([[-1.0]])}
    X, Y, w = np.array([[1.0, 2.0]]), np.array([[1.0, 3.0]]), np.array([[3, 0.5]])
    trace = run(spec, params, X, Y, w)
    assert Fraction(float(trace["J"])) == Fraction(5, 4)
    np.testing.assert_array_equal(trace["dA1"], [[3, 1]])
    np.testing.assert_array_equal(trace["dW1"], [[2.5]])  # (3·1 + 1·2)/2
    np.testing.assert_array_equal(trace["db1"], [[2]])


@pytest.mark.parametrize("name", NAMES)
def test_equal_weights_change_no_bit(name: str) -> None:
    spec, (params, X, Y) = CASES[name], smooth_problem(CASES[name])
    plain, ones = run(spec, params, X, Y), run(spec, params, X, Y, np.ones((1, M), int))
    for tensor, x in plain.items():
        np.testing.assert_array_equal(x, ones[tensor])


def test_fit_takes_each_examples_own_weight_into_its_batch() -> None:
    spec, draw = NetworkSpec.dense([2, 3], output="softmax"), np.random.default_rng(2)
    X, Y = draw.normal(size=(2, 7)), one_hot(draw.integers(0, 3, 7), 3)
    w, rule, start = draw.random((1, 7)), GradientDescent(0.1), initialise(spec, seed=1)
    found, costs = fit(spec, start, X, Y, optimiser=rule, epochs=2, batch_size=3, seed=5, w=w)
    params, seen = start, []
    for epoch in range(2):
        numbers = np.random.default_rng([5, epoch]).permutation(7)
        for chosen in (numbers[:3], numbers[3:6], numbers[6:]):
            batch = X[:, chosen], Y[:, chosen], w[:, chosen]
            J, gradients = cost_and_gradients(spec, params, *batch)
            params = {name: theta - 0.1 * gradients[f"d{name}"] for name, theta in params.items()}
            seen.append(float(J))
    assert costs == seen
    for name, theta in params.items():
        np.testing.assert_array_equal(found[name], theta)
    assert [len(batch) for batch in minibatches(X, Y, 3)] == [2, 2, 2]
    ((_, _, whole),) = minibatches(X, Y, None, w=w)
    assert whole is w


def test_an_updates_gradients_are_those_of_a_run() -> None:
    params, X, Y = smooth_problem(spec := CASES[NAMES[0]])
    w = np.random.default_rng(3).random((1, X.shape[1]))
    trace = run(spec, params, X, Y, w)
    J, gradients = cost_and_gradients(spec, params, X, Y, w)
    assert trace["J"] == J
    assert gradients.keys() == trace.keys() & gradients.keys()
    for name, gradient in gradients.items():
        np.testing.assert_array_equal(gradient, trace[name])


GIVEN = {
    "array.type": [1.0, 2, 3, 4],
    "array.rank-1": np.ones(4),
    "array.shape": np.ones((4, 1)),
    "array.not-finite": np.array([[1, np.nan, 1, 1]]),
    "weights.dtype": np.ones((1, 4), np.float32),
    "weights.negative": np.array([[0.5, 0, -3, 1.0]]),
}


@pytest.mark.parametrize("code", GIVEN)
@pytest.mark.parametrize("call", [run, lambda *a: fit(*a[:4], optimiser=GradientDescent(), w=a[4])])
def test_other_weights_are_refused(code: str, call) -> None:
    with pytest.raises(InputError) as refused:
        call(*integer_problem(), GIVEN[code])
    assert refused.value.code == code
    if code == "weights.negative":
        assert refused.value.facts == {"weight": -3, "example": 2}
    if code.startswith("array."):
        assert refused.value.facts["name"] == "w"
