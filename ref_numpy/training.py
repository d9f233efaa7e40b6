"""Learning: mini-batches, the loop, predictions and their accuracy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from ref_numpy.errors import InputError
from ref_numpy.inputs import check_inputs, check_labels
from ref_numpy.layer import Array
from ref_numpy.network import NetworkSpec
from ref_numpy.optimisers import Optimiser, State
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
    batches = (
        batch for epoch in range(epochs) for batch in minibatches(X, Y, batch_size, seed, epoch)
    )
    costs = []
    for update in descend(spec, params, batches, optimiser):
        params = update.params
        costs.append(update.J)
    return dict(params), costs


class Update(NamedTuple):
    """J of a batch before the update; the parameters and the optimiser's state after it."""

    J: float
    params: dict[str, Array]
    state: State


def descend(
    spec: NetworkSpec,
    params: Mapping[str, Array],
    batches: Iterable[tuple[Array, Array]],
    optimiser: Optimiser,
) -> Iterator[Update]:
    """One update for each batch (X, Y).   Raises InputError where the cost stops being finite."""
    params, state = dict(params), optimiser.start(params)
    for X, Y in batches:
        J, gradients = cost_and_gradients(spec, params, X, Y)
        if not np.isfinite(J):
            raise InputError(
                f"the cost became {J} at step {state.t}; "
                f"use a learning rate below {optimiser.learning_rate}, or standardise X."
            )
        params, state = optimiser.update(params, gradients, state)
        yield Update(float(J), params, state)


def cost_and_gradients(
    spec: NetworkSpec, params: Mapping[str, Array], X: Array, Y: Array
) -> tuple[Array, dict[str, Array]]:
    """J and the gradients that an update needs."""
    activations, caches = forward(spec, params, X)
    J = cost(spec, params, activations, Y)
    return J, backward(spec, params, activations, caches, Y, to_input=False)


def order(m: int, seed: int, epoch: int) -> Array:
    """In what order an epoch takes the m examples: the same for whoever asks, at any time.

    `train.py` trains torch in this order too, and goes on in the middle of it.
    """
    return np.random.default_rng([seed, epoch]).permutation(m)


def minibatches(
    X: Array, Y: Array, batch_size: int | None, seed: int = 0, epoch: int = 0
) -> Iterator[tuple[Array, Array]]:
    """All examples once, in that epoch's `order`, `batch_size` columns at a time; the last may be
    smaller.   batch_size: None takes all m in one batch, as they stand.
    """
    if batch_size is None:
        yield X, Y
        return
    if batch_size < 1:
        raise InputError(f"batch_size is {batch_size}; expected a whole number from 1 up.")
    shuffled = order(X.shape[-1], seed, epoch)
    for start in range(0, len(shuffled), batch_size):
        chosen = shuffled[start : start + batch_size]
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
