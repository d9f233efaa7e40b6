"""Parameters before training: zeros, small random numbers, Xavier, He."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array
from ref_numpy.network import NetworkSpec
from ref_numpy.registry import lookup

# Standard deviation of a weight by n_prev, the number of inputs that one unit sums.
SCALES: dict[str, Callable[[int], float]] = {
    "zeros": lambda n_prev: 0.0,
    "small": lambda n_prev: 0.01,
    "xavier": lambda n_prev: math.sqrt(1 / n_prev),
    "he": lambda n_prev: math.sqrt(2 / n_prev),
}


def initialise(
    spec: NetworkSpec, how: str = "he", seed: int = 0, dtype: Any = np.float64
) -> dict[str, Array]:
    """W[l] = N(0, 1) · scale(n[l−1]),   b[l] = 0,   any other as its layer's `initial` says.

    The numbers are drawn at float64 and rounded once, so that every dtype has the same network.

    Args:
        spec: the network.
        how: the scale: "zeros" (every unit then learns the same: for logistic regression only),
            "small" (0.01), "xavier" √(1/n[l−1]), as the course writes Glorot & Bengio, AISTATS
            2010, for tanh, "he" √(2/n[l−1]), He et al., ICCV 2015, for ReLU.
        seed: of the random numbers.
        dtype: of the parameters, a float dtype.

    Returns:
        {"W1": (n[1], n[0]), "b1": (n[1], 1), …}, and after these the state, if there is any.

    Raises:
        InputError: the name is unknown, or the dtype is not a float dtype.
    """
    if not np.issubdtype(dtype, np.floating):
        raise input_error("initialise.dtype", dtype=np.dtype(dtype))
    scale, rng = lookup(SCALES, "initialiser", how), np.random.default_rng(seed)
    params: dict[str, Array] = {}
    first_use = {
        full: (step.layer, own)
        for step in spec.steps[::-1]
        for own, full in step.parameters.items()
    }
    for name, shape in spec.parameter_shapes.items():
        layer, own = first_use[name]
        value = np.full(shape, layer.initial.get(own, 0.0))
        if name in spec.weights:
            value = rng.standard_normal(shape) * scale(layer.fan_in(own))
        params[name] = value.astype(dtype)
    for step in spec.steps_with_state:
        for own, shape in step.layer.state_shapes().items():
            params[step.state[own]] = np.full(shape, step.layer.initial.get(own, 0.0), dtype)
    return params
