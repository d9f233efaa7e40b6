"""Kinds of data on which correct programs may differ more than on random data, by name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from parity_tests.kinds.random_problem import mapped_inputs
from ref_numpy import Array, NetworkSpec, forward
from ref_numpy.arrays.axes import number_of_examples, take_examples
from ref_numpy.propagation import Inputs

Data = tuple[dict[str, Array], Inputs, Array]  # params, X, Y
Change = Callable[[NetworkSpec, Data, np.random.Generator], Data]


def mapped_floats(X: Inputs, change: Callable[[Array], Array]) -> Inputs:
    """Return X changed; of several inputs each, but for whole numbers."""
    return mapped_inputs(X, lambda x: x if x.dtype.kind in "iu" else change(x))


def random(spec: NetworkSpec, data: Data, rng: np.random.Generator) -> Data:
    """Leave weights, inputs and labels as they were drawn."""
    return data


def zero_weights(spec: NetworkSpec, data: Data, rng: np.random.Generator) -> Data:
    """Begin at zero, as the course's logistic regression does: the terms of a sum are equal."""
    params, X, Y = data
    return {name: np.zeros_like(p) for name, p in params.items()}, X, Y


def equal_weights(spec: NetworkSpec, data: Data, rng: np.random.Generator) -> Data:
    """Give all weights of a layer one value, which is no short binary fraction."""
    params, X, Y = data
    equal = {W: np.full_like(params[W], rng.normal()) for W in spec.weights}
    return params | equal, X, Y


def constant_inputs(spec: NetworkSpec, data: Data, rng: np.random.Generator) -> Data:
    """Give all inputs one value."""
    params, X, Y = data
    return params, mapped_floats(X, lambda x: np.full_like(x, x.flat[0])), Y


def repeated_examples(spec: NetworkSpec, data: Data, rng: np.random.Generator) -> Data:
    """Repeat up to three examples, with their labels."""
    params, X, Y = data
    m = number_of_examples(Y)
    which = rng.integers(0, min(3, m), m)
    return params, mapped_inputs(X, lambda x: take_examples(x, which)), take_examples(Y, which)


def one_hot_inputs(spec: NetworkSpec, data: Data, rng: np.random.Generator) -> Data:
    """Let each example have one input that is 1, the others 0."""
    params, X, Y = data

    def one_hot(x: Array) -> Array:
        which = rng.integers(0, x.shape[0], x.shape[1:])
        return np.equal.outer(np.arange(x.shape[0]), which).astype(x.dtype)

    return params, mapped_floats(X, one_hot), Y


def sorted_inputs(spec: NetworkSpec, data: Data, rng: np.random.Generator) -> Data:
    """Sort the inputs, or the examples by them: large terms come first or last."""
    params, X, Y = data
    axis = int(rng.integers(2))
    return params, mapped_floats(X, lambda x: np.sort(x, axis=axis)), Y


def two_values(spec: NetworkSpec, data: Data, rng: np.random.Generator) -> Data:
    """Let inputs be ±1, and each weight of a layer ± one value."""
    params, X, Y = data
    signs = {W: np.where(params[W] < 0, -1.0, 1.0) * rng.normal() for W in spec.weights}
    return params | signs, mapped_floats(X, lambda x: np.where(x < 0, -1.0, 1.0)), Y


def sparse_inputs(spec: NetworkSpec, data: Data, rng: np.random.Generator) -> Data:
    """Let most inputs be 0, as ReLU's outputs are."""
    params, X, Y = data
    share = rng.uniform(0.5, 0.95)
    return params, mapped_floats(X, lambda x: np.maximum(x - np.quantile(x, share), 0)), Y


def saturated(spec: NetworkSpec, data: Data, rng: np.random.Generator) -> Data:
    """Let the largest |Z| of every layer be between 2 and 500."""
    params, X, Y = data
    for step in spec.steps:
        if step.parameters:
            A, _ = forward(spec, params, X)
            largest = float(np.abs(A[step.output]).max())
            factor = 2.0 ** rng.uniform(1, 9) / (largest or 1)
            params = params | {name: factor * params[name] for name in step.parameters.values()}
    return params, X, Y


def pixels(spec: NetworkSpec, data: Data, rng: np.random.Generator) -> Data:
    """Let inputs be whole numbers from 0 to 255."""
    params, X, Y = data
    return params, mapped_floats(X, lambda x: rng.integers(0, 256, x.shape) + 0.0), Y


def one_class(spec: NetworkSpec, data: Data, rng: np.random.Generator) -> Data:
    """Give every example the same label."""
    params, X, Y = data
    return params, X, take_examples(Y, np.zeros(number_of_examples(Y), int))


def of_one_sign(spec: NetworkSpec, data: Data, rng: np.random.Generator) -> Data:
    """Let inputs and weights be positive: nothing cancels in a product."""
    params, X, Y = data
    return {name: np.abs(p) for name, p in params.items()}, mapped_floats(X, np.abs), Y


DATA_KINDS: dict[str, Change] = {
    "random": random,
    "zero weights": zero_weights,
    "equal weights": equal_weights,
    "constant inputs": constant_inputs,
    "repeated examples": repeated_examples,
    "one-hot inputs": one_hot_inputs,
    "sorted inputs": sorted_inputs,
    "two values": two_values,
    "sparse inputs": sparse_inputs,
    "saturated": saturated,
    "pixels": pixels,
    "one class": one_class,
    "of one sign": of_one_sign,
}
