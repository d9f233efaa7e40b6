"""The loops over layers, batches and epochs: their results, and the parts that they leave out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import torch_impl
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import (
    Adam,
    Array,
    GradientDescent,
    InputError,
    NetworkSpec,
    Trace,
    backward,
    cost,
    cost_and_gradients,
    epoch_permutation,
    fit,
    forward,
    initialise,
    minibatches,
    predict,
    run,
)

SPEC = NetworkSpec.dense([2, 3, 1], "tanh", "sigmoid")
PARAMS, X, Y = random_problem(SPEC, 5)


def test_training_leaves_out_the_gradient_of_the_data() -> None:
    activations, caches = forward(SPEC, PARAMS, X)
    names = ["dZ2", "dW2", "db2", "dA1", "dZ1", "dW1", "db1"]
    assert list(backward(SPEC, PARAMS, activations, caches, Y)) == [*names, "dA0"]
    assert list(backward(SPEC, PARAMS, activations, caches, Y, to_input=False)) == names
    J, gradients = cost_and_gradients(SPEC, PARAMS, X, Y)
    assert list(gradients) == names
    assert cost(SPEC, PARAMS, activations, Y) == J
    whole = run(SPEC, PARAMS, X, Y)
    for name in names:
        np.testing.assert_array_equal(gradients[name], whole[name])


@pytest.mark.parametrize("run", [run, torch_impl.run], ids=["reference", "twin"])
def test_without_regularisation_no_weight_is_squared(run: Any) -> None:
    """1e200² is infinite, and 0 · ∞ is not a number."""
    spec = NetworkSpec.dense([1, 1], output="identity")
    params = {"W1": np.array([[1e200]]), "b1": np.array([[1.0]])}
    trace = run(spec, params, np.array([[0.0, 0]]), np.array([[1.0, 3]]))
    assert trace["J"] == ((1 - 1) ** 2 + (1 - 3) ** 2) / 2 / 2
    np.testing.assert_array_equal(trace["dW1"], [[0]])


def test_a_trace_shows_its_tensors() -> None:
    trace = Trace(A0=np.ones((2, 5)), J=np.array(1.5, np.float32))
    assert repr(trace) == "Trace\n  A0   (2, 5)       float64\n  J    ()           float32"


@pytest.mark.slow
def test_fit_without_options_is_a_thousand_steps_of_batch_gradient_descent() -> None:
    optimiser = GradientDescent(0.5)
    params, costs = fit(SPEC, PARAMS, X, Y, optimiser=optimiser)
    assert len(costs) == 1000
    assert {type(J) for J in costs} == {float}
    assert costs[0] == run(SPEC, PARAMS, X, Y)["J"]
    again, _ = fit(SPEC, PARAMS, X, Y, optimiser=optimiser, epochs=1000, batch_size=None)
    for name, value in params.items():
        np.testing.assert_array_equal(value, again[name])


def trained(**options: Any) -> tuple[dict[str, Array], list[float]]:
    return fit(SPEC, PARAMS, X, Y, optimiser=Adam(0.1), **options)


def test_an_epoch_is_as_many_steps_as_there_are_batches() -> None:
    for size, steps in ((1, 5), (2, 3), (4, 2), (5, 1), (9, 1)):
        assert len(trained(epochs=3, batch_size=size)[1]) == 3 * steps
    untrained, costs = trained(epochs=0)
    assert (untrained, costs) == (PARAMS, [])
    assert untrained is not PARAMS


def test_axis_1_is_the_example_of_arrays_of_any_rank() -> None:
    images, labels = np.arange(24.0).reshape(2, 4, 3), np.arange(4.0)[np.newaxis]
    batches = list(minibatches(images, labels, 3))
    assert [x.shape for x, _ in batches] == [(2, 3, 3), (2, 1, 3)]
    for x, y in batches:
        np.testing.assert_array_equal(x, images[:, y[0].astype(int)])


def test_the_order_of_the_batches_is_the_seeds_and_another_each_epoch() -> None:
    """The first seed is 0, as it is of the initial weights."""
    default, zero, one = (
        trained(epochs=2, batch_size=1, **seed)[1] for seed in ({}, {"seed": 0}, {"seed": 1})
    )
    assert default == zero != one
    numbers = np.arange(9.0)[np.newaxis]
    orders = []
    for seed, epoch in ((7, 0), (7, 1), (8, 0), (1, 8)):
        ((x, y),) = minibatches(numbers, numbers, 9, seed, epoch)
        np.testing.assert_array_equal(x, y)
        np.testing.assert_array_equal(x[0], epoch_permutation(9, seed, epoch))
        assert sorted(x[0]) == list(range(9))
        orders.append(tuple(x[0]))
    assert len(set(orders)) == 4
    ((first, _),) = minibatches(numbers, numbers, 9)
    np.testing.assert_array_equal(first[0], epoch_permutation(9, 0, 0))
    ((all_of_them, _),) = minibatches(numbers, numbers, None, 7, 1)
    np.testing.assert_array_equal(all_of_them, numbers)


@pytest.mark.parametrize("size", [0, -1])
def test_a_batch_of_nothing_is_refused(size: int) -> None:
    with pytest.raises(InputError, match=f"batch_size is {size}; expected a whole number from 1"):
        trained(batch_size=size)


def test_training_and_predictions_check_their_arguments() -> None:
    with pytest.raises(InputError, match="rank-1"):
        fit(SPEC, PARAMS, X[0], Y, optimiser=Adam())
    with pytest.raises(InputError, match="Y has the label"):
        fit(SPEC, PARAMS, X, Y + 1, optimiser=Adam())
    with pytest.raises(InputError, match="not finite"):
        predict(SPEC, PARAMS, X * np.nan)
    whole, _ = fit(SPEC, PARAMS, X, Y.astype(bool), optimiser=Adam(), epochs=2)
    same, _ = fit(SPEC, PARAMS, X, Y, optimiser=Adam(), epochs=2)
    for name, value in whole.items():
        np.testing.assert_array_equal(value, same[name], strict=True)


def test_a_cost_that_is_not_finite_stops_at_its_step() -> None:
    """Steps of 1e200 overflow in the second: the message names it, counted from 0."""
    spec = NetworkSpec.dense([1, 1], output="identity")
    params, one = initialise(spec, "zeros"), np.array([[1.0]])
    with np.errstate(over="ignore"), pytest.raises(InputError) as caught:
        fit(spec, params, one, one, optimiser=GradientDescent(1e200))
    assert str(caught.value) == (
        "the cost became inf at step 1; use a learning rate below 1e+200, or standardise X."
    )


def test_initial_weights_by_default_are_he_et_als_of_seed_0() -> None:
    assert {name: p.dtype for name, p in initialise(SPEC).items()} == dict.fromkeys(
        ("W1", "b1", "W2", "b2"), np.dtype(np.float64)
    )
    expected = initialise(SPEC, "he", seed=0, dtype=np.float64)
    drawn = np.random.default_rng(0).standard_normal((3, 2))  # the first that are drawn
    np.testing.assert_array_equal(initialise(SPEC)["W1"], drawn * np.sqrt(2 / 2))
    for name, value in initialise(SPEC).items():
        np.testing.assert_array_equal(value, expected[name])
    for dtype in (int, bool, complex, object):
        with pytest.raises(InputError, match=r"^dtype is .*; expected a float dtype such as np"):
            initialise(SPEC, dtype=dtype)
