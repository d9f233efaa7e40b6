"""Random problems to compare on: a network's parameters, inputs and labels, from a seed."""

from __future__ import annotations

from typing import Any

import numpy as np

from ref_numpy import Array, NetworkSpec, initialise, one_hot


def random_problem(
    spec: NetworkSpec, m: int, seed: int = 0, dtype: Any = np.float64
) -> tuple[dict[str, Array], Array, Array]:
    """(params, X, Y) with X ~ N(0, 1), biases too, and labels that the loss can take."""
    rng = np.random.default_rng(seed)
    params = initialise(spec, "xavier", seed, dtype)
    for name, parameter in params.items():
        if name not in spec.weights:
            params[name] = rng.standard_normal(parameter.shape).astype(dtype)
    X = rng.standard_normal((*spec.input_shape, m)).astype(dtype)
    (n_y,) = spec.output_shape
    labels = {
        "binary_cross_entropy": lambda: rng.integers(0, 2, (n_y, m)).astype(dtype),
        "cross_entropy": lambda: one_hot(rng.integers(0, n_y, m), n_y, dtype),
        "squared_error": lambda: rng.standard_normal((n_y, m)).astype(dtype),
    }
    return params, X, labels[spec.loss.kind]()
