"""Learning: mini-batches, the loop, predictions and their accuracy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ref_numpy.inputs import InputError, check_inputs, check_labels
from ref_numpy.layer import Array
from ref_numpy.network import NetworkSpec
from ref_numpy.optimisers import Optimiser
from ref_numpy.propagation import backward, cost, forward


def fit(
    spec: NetworkSpec,
    params: Mapping[str, Array],
    X: Array,
    Y: Array,
    *,
    optimiser: Optimiser,
    epochs: int = 1000,
    batch_size: int | None = None,
    seed: int = 0,
) -> tuple[dict[str, Array], list[float]]:
    """The parameters after training, and the cost of each step before its update.

    batch_size: None takes all m examples at every step (batch gradient descent), in which case an
    epoch is one iteration.   seed: that of the shuffling.
    Raises InputError where an array does not fit, or where the cost stops being finite.
    """
    check_inputs(spec, params, X)
    Y = check_labels(spec, Y, X)
    params, state, costs = dict(params), optimiser.start(params), []
    rng = np.random.default_rng(seed)
    for _ in range(epochs):
        batches = [(X, Y)] if batch_size is None else minibatches(X, Y, batch_size, rng)
        for X_batch, Y_batch in batches:
            J, gradients = cost_and_gradients(spec, params, X_batch, Y_batch)
            if not np.isfinite(J):
                raise InputError(
                    f"the cost became {J} at step {len(costs)}; "
                    f"use a learning rate below {optimiser.learning_rate}, or standardise X."
                )
            costs.append(float(J))
            params, state = optimiser.update(params, gradients, state)
    return params, costs


def cost_and_gradients(
    spec: NetworkSpec, params: Mapping[str, Array], X: Array, Y: Array
) -> tuple[Array, dict[str, Array]]:
    """J and the gradients that an update needs."""
    activations, caches = forward(spec, params, X)
    J = cost(spec, params, activations, Y)
    return J, backward(spec, params, activations, caches, Y, to_input=False)


def minibatches(
    X: Array, Y: Array, batch_size: int, rng: np.random.Generator
) -> Iterator[tuple[Array, Array]]:
    """All examples once, shuffled, `batch_size` columns at a time; the last may be smaller."""
    if batch_size < 1:
        raise InputError(f"batch_size is {batch_size}; expected a whole number from 1 up.")
    order = rng.permutation(X.shape[-1])
    for start in range(0, len(order), batch_size):
        chosen = order[start : start + batch_size]
        yield X[..., chosen], Y[..., chosen]


def predict(spec: NetworkSpec, params: Mapping[str, Array], X: Array) -> Array:
    """What the network says of each example: 0 or 1 (n_y, m), a class (1, m), or a value (n_y, m).

    Raises InputError where an array does not fit the description.
    """
    check_inputs(spec, params, X)
    A, _ = forward(spec, params, X)
    return spec.loss.decode(A[spec.output])


def accuracy(spec: NetworkSpec, predictions: Array, Y: Array) -> float:
    """The fraction of predictions that equal the labels Y (n_y, m).

    Raises InputError for a network of real outputs, which are never exactly right.
    """
    if spec.loss.reads == "A":
        raise InputError(
            f"accuracy was asked of a network trained with {spec.loss.kind}; "
            f"it is defined for classes: look at the cost instead."
        )
    return float(np.mean(predictions == spec.loss.decode(Y)))
