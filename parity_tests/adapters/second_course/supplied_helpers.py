"""The functions that come with course 2's notebooks, for a candidate that has none of its own.

Forward and backward propagation of LINEAR → RELU → … → LINEAR → SIGMOID, the cost, and the vectors
of gradient checking.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import ref_numpy
from ref_numpy import Array, NetworkSpec

LAYER = ("Z", "A", "W", "b")  # what the cache holds of a layer, in its order
DIMS = (4, 5, 3, 1)  # of the network of gradient checking, whose vectors have these shapes

Parameters = Mapping[str, Array]


def spec_of(parameters: Parameters) -> NetworkSpec:
    """Return the network that has these parameters."""
    L = len(parameters) // 2
    dims = [parameters["W1"].shape[1], *(len(parameters[f"W{l}"]) for l in range(1, L + 1))]
    return NetworkSpec.dense(dims, "relu", "sigmoid")


def cache_names(L: int, mask: str = "") -> list[str]:
    """Return what a cache holds, in its order: Z1, A1, W1, b1, Z2, ….

    Args:
        L: the number of layers.
        mask: the letter of the masks of dropout, "D", which follow Z of each hidden layer.
    """
    every = [f"{n}{l}" for l in range(1, L + 1) for n in ("Z", mask, "A", "W", "b") if n]
    return [n for n in every if n != f"{mask}{L}"]


def forward_propagation(X: Array, parameters: Parameters) -> tuple[Array, tuple[Any, ...]]:
    """Z[l] = W[l] A[l−1] + b[l]        A[l] = g[l](Z[l])."""
    spec = spec_of(parameters)
    every = ref_numpy.forward(spec, parameters, X)[0] | dict(parameters)
    return every[spec.output], tuple(every[n] for n in cache_names(len(spec.weights)))


def compute_cost(A: Array, Y: Array) -> float:
    """J = −(1/m) Σ (y log a + (1 − y) log(1 − a))."""
    return float(-np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / Y.shape[1])


def backward_propagation(X: Array, Y: Array, cache: tuple[Any, ...]) -> dict[str, Array]:
    """dZ[L] = A[L] − Y        dW[l] = (1/m) dZ[l] A[l−1]^T        dA[l−1] = W[l]^T dZ[l]."""
    L = len(cache) // len(LAYER)
    own = dict(zip(cache_names(L), cache, strict=True))
    parameters = {n: x for n, x in own.items() if n[0] in "Wb"}
    return dict(ref_numpy.run(spec_of(parameters), parameters, X, Y))


def initialize_parameters(layer_dims: list[int]) -> dict[str, Array]:
    """W[l] random with the variance 1/n[l−1], by NumPy's seed        b[l] = 0."""
    spec = NetworkSpec.dense(layer_dims, "relu", "sigmoid")
    shapes = spec.parameter_shapes.items()
    return {
        n: np.random.standard_normal(s) / np.sqrt(s[1]) if n[0] == "W" else np.zeros(s)  # noqa: NPY002
        for n, s in shapes
    }


def update_parameters(parameters: Parameters, grads: Parameters, learning_rate: float) -> Any:
    """θ := θ − α dθ."""
    return {n: x - learning_rate * grads[f"d{n}"] for n, x in parameters.items()}


def dictionary_to_vector(parameters: Parameters) -> tuple[Array, list[str]]:
    """Return W1, b1, W2, … below each other, (n, 1), and of each number which it is of."""
    names = [f"{n}{l}" for l in range(1, len(DIMS)) for n in "Wb"]
    every = [np.reshape(parameters[n], (-1, 1)) for n in names]
    keys = [n for n, x in zip(names, every, strict=True) for _ in x]
    return np.concatenate(every), keys


def gradients_to_vector(gradients: Parameters) -> Array:
    """Return dW1, db1, dW2, … below each other, (n, 1)."""
    return dictionary_to_vector({n[1:]: x for n, x in gradients.items() if n[0] == "d"})[0]


def vector_to_dictionary(theta: Array) -> dict[str, Array]:
    """Return the parameters whose numbers stand below each other in θ."""
    result, start = dict[str, Array](), 0
    for name, shape in NetworkSpec.dense(DIMS, "relu", "sigmoid").parameter_shapes.items():
        end = start + int(np.prod(shape))
        result[name] = theta[start:end].reshape(shape)
        start = end
    return result


HELPERS: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (
        forward_propagation, compute_cost, backward_propagation, initialize_parameters,
        update_parameters, dictionary_to_vector, gradients_to_vector, vector_to_dictionary,
    )
}  # fmt: skip
