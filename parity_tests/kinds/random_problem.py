"""Random problems to compare on: a network's parameters, inputs and labels, from a seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from parity_tests.check_messages import input_error
from parity_tests.kinds.known_kinds import built_in_losses, kind_of
from ref_numpy import Array, InputError, NetworkSpec, ReLU, WholeNumbers, initialise
from ref_numpy.arrays.axes import batch_shape
from ref_numpy.loss import labelled_examples


def random_problem(
    spec: NetworkSpec, m: int, seed: int = 0, dtype: Any = np.float64, labels: Array | None = None
) -> tuple[dict[str, Array], Array, Array]:
    """Return (params, X, Y) with X ~ N(0, 1), biases too, and labels that the loss accepts.

    The parameters have the state beside them, any that it may have.

    Args:
        spec: the network.
        m: the number of examples.
        seed: of the random numbers.
        dtype: of all arrays.
        labels: some that the loss accepts, of any number of examples; Y consists of them where no
            random labels are known.

    Raises:
        InputError: no random labels are known, and none are given.
    """
    rng = np.random.default_rng(seed)
    params = initialise(spec, "xavier", seed, dtype)
    for name, parameter in params.items():
        if name in spec.state_shapes:
            params[name] = random_state(parameter, rng)
        elif name not in spec.weights:
            params[name] = rng.standard_normal(parameter.shape).astype(dtype)
    X = random_inputs(spec, m, rng, dtype)
    try:
        Y = random_labels(spec, m, rng)
    except InputError:
        if labels is None:
            raise
        given = labelled_examples(spec.loss, labels)
        Y = np.take(labels, rng.integers(0, given, m), axis=0 if spec.loss.whole_labels else 1)
    return params, X, Y if spec.loss.whole_labels else Y.astype(dtype)


def random_state(initial: Array, rng: np.random.Generator) -> Array:
    """Return a state: any numbers where it begins at 0; else of the sign that it begins with.

    A running variance begins at 1, and is never negative.
    """
    drawn = rng.standard_normal(initial.shape)
    state = np.where(initial == 0, drawn, initial * np.exp(drawn / 2))
    return state.astype(initial.dtype)


def random_inputs(spec: NetworkSpec, m: int, rng: np.random.Generator, dtype: Any) -> Any:
    """Return X ~ N(0, 1), or any whole numbers; each input by name where there are several."""
    inputs = {
        name: rng.integers(0, shape.n, (m, *shape.shape))
        if isinstance(shape, WholeNumbers)
        else rng.standard_normal(batch_shape(shape, m)).astype(dtype)
        for name, shape in spec.inputs.items()
    }
    return inputs[spec.input] if len(inputs) == 1 else inputs


def mapped_inputs(X: Any, change: Callable[[Array], Array]) -> Any:
    """Return X changed; where X is each input by name, each changed."""
    return {n: change(x) for n, x in X.items()} if isinstance(X, Mapping) else change(X)


def mapped_floats(X: Any, change: Callable[[Array], Array]) -> Any:
    """Return X changed, but whole numbers as they are."""
    return mapped_inputs(X, lambda x: x if x.dtype.kind in "iu" else change(x))


def random_labels(spec: NetworkSpec, m: int, rng: np.random.Generator) -> Array:
    """Return labels Y, (n_y, m), or whole numbers, (m, …), that the loss accepts.

    Args:
        spec: the network.
        m: the number of examples.
        rng: of the random numbers.

    Raises:
        InputError: the loss is user-defined, and accepts none of the kinds of labels here.
    """
    n_y, *positions = spec.output_shape
    labels = kind_of(spec.loss).labels
    if spec.loss.whole_labels:
        shape = (m, *positions)
        return labels(rng, n_y, shape, spec.loss) if labels else rng.integers(0, n_y, shape)
    if labels:
        return labels(rng, n_y, m)
    known = built_in_losses()
    others: tuple[Callable[..., Array] | None, ...] = (
        known["squared_error"].labels,
        lambda rng, n_y, m: rng.integers(0, 9, (n_y, m)),
        known["binary_cross_entropy"].labels,
        lambda rng, n_y, m: 2 * rng.integers(0, 2, (n_y, m)) - 1,
        known["cross_entropy"].labels,
        lambda rng, n_y, m: rng.dirichlet(np.ones(n_y), m).T,
    )
    for labels in filter(None, others):
        Y = np.asarray(labels(rng, n_y, m), np.float64)
        with suppress(ValueError):
            spec.loss.check_labels(Y)
            return Y
    raise input_error("loss.no-random-labels", loss=type(spec.loss).__name__, module=__name__)


def with_kink(
    spec: NetworkSpec, params: Mapping[str, Array], X: Array
) -> tuple[dict[str, Array], Array]:
    """Return parameters and inputs with one z[1] that is exactly 0, where ReLU has its kink.

    The first example is 0, and so is the bias of the first unit: W 0 + 0 = 0 in any order. In each
    later layer the first unit is above 0 for it, so that its gradient is not 0 there. Without a
    ReLU after the first layer, or without a vector of inputs, nothing is changed.

    Args:
        spec: a network.
        params: its parameters.
        X: (n_x, m), m > 1.
    """
    first = [layer for layer in spec.layers if layer.symbol == "A"][:1]
    if not isinstance(next(iter(first), None), ReLU) or X.ndim != 2 or X.shape[1] < 2:
        return dict(params), X
    X, params = X.copy(), {n: a.copy() for n, a in params.items()}
    X[:, 0] = 0
    if "b1" not in params:
        return params, X
    params["b1"][0] = 0
    A = np.maximum(params["b1"], 0)
    for l in range(2, len(spec.weights)):
        W, b = params[f"W{l}"], params[f"b{l}"]
        b[0] = np.abs(b[0]) + np.abs(W[0] @ A)
        A = np.maximum(W @ A + b, 0)
    return params, X
