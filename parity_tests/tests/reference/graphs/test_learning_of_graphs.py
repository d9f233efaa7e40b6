"""Training of graphs: several inputs, whole numbers, and dropout's masks."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_tests.kinds.random_problem import random_problem
from ref_numpy import (
    Add,
    Array,
    Dense,
    Dropout,
    Embedding,
    GradientDescent,
    Graph,
    NetworkSpec,
    Softmax,
    Tanh,
    WholeNumbers,
    epoch_permutation,
    fit,
    minibatches,
    predict,
    run,
    training_updates,
)

ALPHA, M = 0.5, 13


def network() -> NetworkSpec:
    """Softmax of tokens and numbers, a half of which is dropped."""
    graph = Graph({"token": WholeNumbers(7), "x": (3,)})
    graph.add("e", Embedding(7, 5), "token")
    graph.add("h", Dense(3, 5), "x")
    graph.add("s", Add(), "e", "h")
    graph.add("a", Tanh(), "s")
    graph.add("d", Dropout(0.5), "a")
    graph.add("z", Dense(5, 4), "d")
    graph.add("p", Softmax(), "z")
    return NetworkSpec.from_graph(graph)


SPEC = network()
PARAMS, INPUTS, Y = random_problem(SPEC, M)
X: Any = INPUTS


def fitted(seed: int, **options: Any) -> tuple[dict[str, Array], list[float]]:
    return fit(SPEC, PARAMS, X, Y, optimiser=GradientDescent(ALPHA), seed=seed, **options)


def test_an_update_takes_the_gradients_of_a_run_that_trains() -> None:
    """θ := θ − α dθ, with the masks of its seed and its number of the update."""
    params = PARAMS
    updates = training_updates(SPEC, PARAMS, [(X, Y)] * 3, GradientDescent(ALPHA), seed=4)
    for k, update in enumerate(updates):
        context = SPEC.context(M, training=True, seed=4, update=k)
        trace = run(SPEC, params, X, Y, context=context)
        assert (trace["d"] == 0).any()
        for name, theta in update.params.items():
            np.testing.assert_array_equal(theta, params[name] - ALPHA * trace[f"d{name}"])
        params = update.params


def test_the_seed_alone_decides_the_masks() -> None:
    once, again, other = (fitted(seed, epochs=2, batch_size=5) for seed in (1, 1, 2))
    for name, theta in once[0].items():
        np.testing.assert_array_equal(theta, again[0][name])
    assert once[1] == again[1] != other[1]


def test_a_prediction_drops_nothing() -> None:
    without = run(SPEC, PARAMS, X, Y)
    np.testing.assert_array_equal(without["d"], without["a"])
    expected = without["p"].argmax(axis=0, keepdims=True)
    np.testing.assert_array_equal(predict(SPEC, PARAMS, X), expected)


def test_a_batch_has_the_same_examples_of_each_input() -> None:
    """Whole numbers have their examples along axis 0, floats along axis 1."""
    order = epoch_permutation(M, seed=3, epoch=1)
    batches = list(minibatches(X, Y, 5, seed=3, epoch=1))
    assert [of_Y.shape[1] for _, of_Y in batches] == [5, 5, 3]
    joined = {
        "token": np.concatenate([x["token"] for x, _ in batches]),
        "x": np.concatenate([x["x"] for x, _ in batches], axis=1),
    }
    np.testing.assert_array_equal(joined["token"], X["token"][order])
    np.testing.assert_array_equal(joined["x"], X["x"][:, order])
    np.testing.assert_array_equal(np.concatenate([y for _, y in batches], axis=1), Y[:, order])
