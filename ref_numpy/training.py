"""Learning: mini-batches, the loop, predictions and their accuracy."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from ref_numpy.arrays.axes import number_of_examples, take_examples
from ref_numpy.context import Context
from ref_numpy.input_messages import input_error
from ref_numpy.inputs import check_inputs, check_labels, check_weights
from ref_numpy.layer import Array
from ref_numpy.loss import labelled_examples
from ref_numpy.network import NetworkSpec
from ref_numpy.optimisers import Optimiser, State
from ref_numpy.propagation import Inputs, backward, cost, forward, next_state


def fit(
    spec: NetworkSpec,
    params: Mapping[str, Array],
    X: Inputs,
    Y: Array,
    *,
    optimiser: Optimiser,
    epochs: int = 1000,
    batch_size: int | None = None,
    seed: int = 0,
    w: Array | None = None,
) -> tuple[dict[str, Array], list[float]]:
    """Train the network.

    Args:
        spec: the network.
        params: before training.
        X: (n_x, m), or each input by name.
        Y: (n_y, m), or whole numbers, (m,) or (m, T), where the loss takes such.
        optimiser: the rule of the updates.
        epochs: passes over all examples.
        batch_size: None takes all m examples at every update (batch gradient descent), so that an
            epoch is one iteration.
        seed: of the shuffling, and of a dropout's masks.
        w: the weights of the examples, (1, m); None counts each once.

    Returns:
        The parameters after training, with the state, and the cost of each batch before its update.

    Raises:
        InputError: an array does not fit, or the cost stops being finite.
    """
    dtype, m = check_inputs(spec, params, X)
    Y, w = check_labels(spec, Y, dtype, m), check_weights(w, dtype, m)
    batches = (
        batch for epoch in range(epochs) for batch in minibatches(X, Y, batch_size, seed, epoch, w)
    )
    costs = []
    for update in training_updates(spec, params, batches, optimiser, seed):
        params = update.params
        costs.append(update.J)
    return dict(params), costs


class Update(NamedTuple):
    """J of a batch before the update; after it params, with the network's state, and `state`.

    Attributes:
        J: the cost.
        params: the parameters, and the network's state if it has any.
        state: the optimiser's.
    """

    J: float
    params: dict[str, Array]
    state: State


def training_updates(
    spec: NetworkSpec,
    params: Mapping[str, Array],
    batches: Iterable[tuple[Any, ...]],
    optimiser: Optimiser,
    seed: int = 0,
) -> Iterator[Update]:
    """Yield the update of each batch (X, Y), or (X, Y, w) of examples with weights.

    Args:
        spec: the network.
        params: before the first update.
        batches: X (n_x, m) and Y (n_y, m) of each, and perhaps w (1, m).
        optimiser: the rule of the updates.
        seed: of a dropout's masks, which depend on the update too, and on an example's place in
            its batch.

    Raises:
        InputError: the cost stops being finite.
    """
    params, state = dict(params), optimiser.start(spec.parameters_in(params))
    for batch in batches:
        context = None
        if spec.acts_in_training:
            m = labelled_examples(spec.loss, batch[1])
            context = spec.context(m, training=True, seed=seed, update=state.t)
        J, gradients, remembered = cost_gradients_and_state(spec, params, *batch, context=context)
        if not math.isfinite(J):
            raise input_error(
                "training.not-finite", J=J, step=state.t, learning_rate=optimiser.learning_rate
            )
        params, state = optimiser.update(spec.parameters_in(params), gradients, state)
        params |= remembered
        yield Update(float(J), params, state)


def cost_and_gradients(
    spec: NetworkSpec,
    params: Mapping[str, Array],
    X: Inputs,
    Y: Array,
    w: Array | None = None,
    context: Context | None = None,
) -> tuple[Array, dict[str, Array]]:
    """Return J and the gradients that an update needs; a dropout acts if the context trains.

    The state after the pass, of a network that has any, is left out.
    """
    J, gradients, _ = cost_gradients_and_state(spec, params, X, Y, w, context)
    return J, gradients


def cost_gradients_and_state(
    spec: NetworkSpec,
    params: Mapping[str, Array],
    X: Inputs,
    Y: Array,
    w: Array | None = None,
    context: Context | None = None,
) -> tuple[Array, dict[str, Array], dict[str, Array]]:
    """Return J, the gradients that an update needs, and the network's state after the pass."""
    activations, caches = forward(spec, params, X, context)
    J = cost(spec, params, activations, Y, w)
    gradients = backward(spec, params, activations, caches, Y, to_input=False, w=w)
    return J, gradients, next_state(spec, params, caches)


def epoch_permutation(m: int, seed: int, epoch: int) -> Array:
    """Return the order in which an epoch takes the m examples; it depends on nothing else.

    `train.py` trains torch in this order too, and resumes in the middle of it.
    """
    return np.random.default_rng([seed, epoch]).permutation(m)


def minibatches(
    X: Inputs,
    Y: Array,
    batch_size: int | None,
    seed: int = 0,
    epoch: int = 0,
    w: Array | None = None,
) -> Iterator[tuple[Any, ...]]:
    """Yield all examples once, in the order of `epoch_permutation`: X, Y and, if there is one, w.

    Args:
        X: (n_x, m).
        Y: (n_y, m).
        batch_size: columns of a batch, of which the last may have fewer; None takes all m in one
            batch, unshuffled.
        seed: of the shuffling.
        epoch: from 0 up.
        w: the weights of the examples, (1, m).

    Raises:
        InputError: batch_size is below 1.
    """
    every = (X, Y) if w is None else (X, Y, w)
    if batch_size is None:
        yield every
        return
    if batch_size < 1:
        raise input_error("training.batch-size", batch_size=batch_size)
    first = next(iter(X.values())) if isinstance(X, Mapping) else X
    shuffled = epoch_permutation(number_of_examples(first), seed, epoch)
    for start in range(0, len(shuffled), batch_size):
        chosen = shuffled[start : start + batch_size]
        yield tuple(chosen_of(part, chosen) for part in every)


def chosen_of(part: Any, chosen: Array) -> Any:
    """Return the chosen examples of X, Y or w; of X that is each input by name, of each."""
    if isinstance(part, Mapping):
        return {name: take_examples(x, chosen) for name, x in part.items()}
    return take_examples(part, chosen)


def predict(spec: NetworkSpec, params: Mapping[str, Array], X: Inputs) -> Array:
    """Predict each example: 0 or 1 (n_y, m), a class (1, m), or a value (n_y, m).

    Where labels are whole numbers, a prediction has the shape of the labels, (m,) or (m, T).

    Args:
        spec: the network.
        params: its parameters.
        X: (n_x, m).

    Raises:
        InputError: an array does not fit the description.
    """
    check_inputs(spec, params, X)
    A, _ = forward(spec, params, X)
    return spec.loss.decode(A[spec.output])


def accuracy(spec: NetworkSpec, predictions: Array, Y: Array) -> float:
    """Return the fraction of predictions that equal the labels, of those that count.

    Args:
        spec: the network.
        predictions: of `predict`.
        Y: the labels.

    Raises:
        InputError: the network has real outputs, which are never exactly right.
    """
    if not spec.loss.classifies:
        raise input_error("accuracy.regression", loss=spec.loss.kind)
    right, counted = predictions == spec.loss.decode(Y), spec.loss.counted(Y)
    return float(np.mean(right if counted is None else right[counted]))


order, descend = epoch_permutation, training_updates  # their names up to version 0.2
