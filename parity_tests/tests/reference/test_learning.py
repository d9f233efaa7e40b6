"""The reference learns: its loop, its batches, its predictions."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import ref_numpy
from parity_tests.checking.expected.layerwise import expectations
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT64
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import (
    Adam,
    Array,
    GradientDescent,
    InputError,
    NetworkSpec,
    accuracy,
    cost_and_gradients,
    fit,
    initialise,
    minibatches,
    one_hot,
    predict,
    run,
    training_updates,
)
from torch_impl.data.sources import planar_flower

FLOWER = planar_flower()
X_FLOWER, Y_FLOWER = FLOWER.x.T, FLOWER.y[np.newaxis]


def trained_accuracy(spec: NetworkSpec, how: str, learning_rate: float) -> float:
    params, costs = fit(
        spec,
        initialise(spec, how),
        X_FLOWER,
        Y_FLOWER,
        optimiser=GradientDescent(learning_rate),
        epochs=10_000,
    )
    assert costs[-1] < costs[0]
    return accuracy(spec, predict(spec, params, X_FLOWER), Y_FLOWER)


@pytest.mark.slow
def test_the_planar_flower_needs_a_hidden_layer() -> None:
    """The course's week 3: logistic regression is near chance, 4 tanh units are not."""
    logistic = NetworkSpec.dense([2, 1], output="sigmoid")
    shallow = NetworkSpec.dense([2, 4, 1], hidden="tanh", output="sigmoid")
    assert trained_accuracy(logistic, "zeros", 0.1) < 0.6
    assert trained_accuracy(shallow, "small", 1.2) >= 0.88


def test_linear_regression_stops_at_the_least_squares_solution() -> None:
    """The gradient is zero there, to within the effect of lstsq's own error, cond(X) roundings."""
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((3, 20)), rng.standard_normal((2, 20))
    solution = np.linalg.lstsq(np.vstack([X, np.ones(20)]).T, Y.T)[0].T
    spec = NetworkSpec.dense([3, 2], output="identity")
    slack = np.linalg.cond(X) * 2.0**-52
    params = {
        "W1": ErrorArray(solution[:, :3], slack * np.abs(solution[:, :3]).max()),
        "b1": ErrorArray(solution[:, 3:], slack * np.abs(solution).max()),
    }
    _, gradients = cost_and_gradients(spec, params, ErrorArray(X), ErrorArray(Y))
    for name, gradient in gradients.items():
        if name in ("dW1", "db1"):
            assert np.all(np.abs(gradient.value) <= gradient.error), name
    trained, costs = fit(
        spec, initialise(spec, "small"), X, Y, optimiser=GradientDescent(0.5), epochs=400
    )
    best = run(spec, {name: p.value for name, p in params.items()}, X, Y)["J"]
    bound = dict(expectations(spec, trained, X, Y, {}, FLOAT64))["J"][0].error
    assert best - bound <= costs[-1] <= best + bound
    assert all(after - before <= bound for before, after in pairwise(costs))


def test_l2_regularisation_has_the_ridge_solution() -> None:
    """argmin (1/2m)‖WX − Y‖² + (λ/2m)‖W‖² solves W (X Xᵀ + λ I) = Y Xᵀ, with centred data."""
    rng = np.random.default_rng(1)
    X, Y = rng.integers(-8, 9, (2, 12)) / 4, rng.integers(-8, 9, (1, 12)) / 4
    X, Y = np.hstack([X, -X]), np.hstack([Y, -Y])
    lambd = 3.0
    W = np.linalg.solve(X @ X.T + lambd * np.eye(2), X @ Y.T).T
    spec = NetworkSpec.dense([2, 1], output="identity", lambd=lambd)
    slack = np.linalg.cond(X @ X.T) * 2.0**-52 * np.abs(W).max()
    params = {"W1": ErrorArray(W, slack), "b1": ErrorArray(np.zeros((1, 1)))}
    _, gradients = cost_and_gradients(spec, params, ErrorArray(X), ErrorArray(Y))
    assert np.all(np.abs(gradients["dW1"].value) <= gradients["dW1"].error)
    without = NetworkSpec.dense([2, 1], output="identity")
    _, gradients = cost_and_gradients(without, params, ErrorArray(X), ErrorArray(Y))
    assert np.all(np.abs(gradients["dW1"].value) > gradients["dW1"].error)


def test_minibatches_are_a_shuffled_partition() -> None:
    X, Y = np.arange(34.0).reshape(2, 17), np.arange(17.0)[np.newaxis]
    batches = list(minibatches(X, Y, 5))
    assert [x.shape for x, _ in batches] == [(2, 5)] * 3 + [(2, 2)]
    together = np.hstack([x for x, _ in batches])
    labels = np.hstack([y for _, y in batches])
    assert sorted(labels[0]) == list(range(17))
    assert list(labels[0]) != list(range(17))
    np.testing.assert_array_equal(together, X[:, labels[0].astype(int)])


def test_one_batch_of_everything_is_batch_gradient_descent() -> None:
    spec = NetworkSpec.dense([3, 4, 2], "tanh", "identity")
    params, X, Y = random_problem(spec, 7)
    full, costs = fit(spec, params, X, Y, optimiser=GradientDescent(0.1), epochs=3)
    by_hand = dict(params)
    for expected in costs:
        trace = run(spec, by_hand, X, Y)
        assert float(trace["J"]) == expected
        by_hand = {name: p - 0.1 * trace[f"d{name}"] for name, p in by_hand.items()}
    for name, value in by_hand.items():
        np.testing.assert_array_equal(full[name], value)


def test_fit_repeats_itself_with_a_seed_and_leaves_its_inputs_alone() -> None:
    spec = NetworkSpec.dense([3, 4, 2], "relu", "softmax")
    params, X, Y = random_problem(spec, 23, dtype=np.float32)
    before = {name: p.copy() for name, p in params.items()}

    def trained(seed: int) -> dict[str, Array]:
        adam = Adam(0.01)
        return fit(spec, params, X, Y, optimiser=adam, epochs=3, batch_size=5, seed=seed)[0]

    first, again, other = trained(0), trained(0), trained(1)
    assert {p.dtype for p in first.values()} == {np.dtype(np.float32)}
    for name, value in before.items():
        np.testing.assert_array_equal(params[name], value)
        np.testing.assert_array_equal(first[name], again[name])
        assert np.any(first[name] != other[name])


def test_predictions_and_accuracy() -> None:
    X = np.array([[-3.0, -1, 2, 5]])
    params = {"W1": np.array([[1.0]]), "b1": np.array([[0.0]])}
    binary = NetworkSpec.dense([1, 1], output="sigmoid")
    np.testing.assert_array_equal(predict(binary, params, X), [[0, 0, 1, 1]])
    assert accuracy(binary, predict(binary, params, X), np.array([[0, 1, 1, 1]])) == 0.75
    classes = NetworkSpec.dense([1, 3])
    params = {"W1": np.array([[-1.0], [0], [1]]), "b1": np.array([[0.0], [2], [0]])}
    predicted = predict(classes, params, X)
    np.testing.assert_array_equal(predicted, [[0, 1, 1, 2]])
    right = accuracy(classes, predicted, one_hot(np.array([0, 1, 2, 2]), 3))
    assert (type(right), right) == (float, 0.75)
    linear = NetworkSpec.dense([1, 1], output="identity")
    params = {"W1": np.array([[2.0]]), "b1": np.array([[1.0]])}
    np.testing.assert_array_equal(predict(linear, params, X), 2 * X + 1)
    with pytest.raises(InputError, match="it is defined for classes: look at the cost instead"):
        accuracy(linear, predict(linear, params, X), X)


def test_saturated_units_stay_finite() -> None:
    """|z| = 1000: a cost of exactly 1000 for the wrong label and 0 for the right one."""
    for output, params, Y in (
        ("sigmoid", {"W1": np.array([[1000.0]]), "b1": np.array([[0.0]])}, np.array([[0, 0]])),
        (
            "softmax",
            {"W1": np.array([[1000.0], [0]]), "b1": np.array([[0.0], [0]])},
            one_hot(np.array([1, 1]), 2),
        ),
    ):
        spec = NetworkSpec.dense([1, Y.shape[0]], output=output)
        trace = run(spec, params, np.array([[1.0, -1.0]]), Y)
        assert float(trace["J"]) == 500.0
        assert all(np.isfinite(t).all() for t in trace.values())
        assert np.abs(trace["dZ1"][0, 0]) == 1


@pytest.mark.parametrize(
    ("how", "variance"), [("small", 1e-4), ("xavier", 1 / 300), ("he", 2 / 300)]
)
def test_initial_weights_have_their_variance(how: str, variance: float) -> None:
    """Σ w²/σ² of 60,000 weights is χ² distributed; outside its 1e-9 tails it is another σ."""
    spec = NetworkSpec.dense([300, 200, 1], output="sigmoid")
    params = initialise(spec, how, seed=3)
    W = params["W1"]
    from scipy.stats import chi2

    low, high = chi2.interval(1 - 1e-9, W.size)
    assert low <= (W**2).sum() / variance <= high
    assert not np.any(params["b1"])
    assert np.any(initialise(spec, how, seed=4)["W1"] != W)
    rounded = initialise(spec, how, seed=3, dtype=np.float32)["W1"]
    np.testing.assert_array_equal(rounded, W.astype(np.float32), strict=True)


def test_zeros_are_zeros() -> None:
    params = initialise(NetworkSpec.dense([3, 2]), "zeros")
    assert {name: p.shape for name, p in params.items()} == {"W1": (2, 3), "b1": (2, 1)}
    assert not any(p.any() for p in params.values())


def test_a_cost_that_stops_being_finite_is_one_sentence() -> None:
    spec = NetworkSpec.dense([3, 4, 2], "relu", "identity")
    params, X, Y = random_problem(spec, 7)
    with (
        np.errstate(all="ignore"),
        pytest.raises(InputError, match=r"the cost became (inf|nan) at step \d+; use a learning"),
    ):
        fit(spec, params, X, Y, optimiser=GradientDescent(1e6), epochs=100)


def test_an_epoch_of_fit_is_the_minibatches_of_that_seed_and_epoch() -> None:
    spec = NetworkSpec.dense([3, 4, 2], "tanh", "identity")
    params, X, Y = random_problem(spec, 7)
    optimiser = GradientDescent(0.1)
    _, costs = fit(spec, params, X, Y, optimiser=optimiser, epochs=3, batch_size=2, seed=5)
    batches = [b for epoch in range(3) for b in minibatches(X, Y, 2, 5, epoch)]
    assert [update.J for update in training_updates(spec, params, batches, optimiser)] == costs


def test_old_names_of_functions_still_work() -> None:
    assert ref_numpy.descend is training_updates
    assert ref_numpy.order is ref_numpy.epoch_permutation
