"""Gradients from the cost alone, by central differences, and how far they may be off.

D(h) = (J(θ + h) − J(θ − h)) / 2h = g + c h² + …, so that D(2h) − D(h) = 3 c h² + … is three times
what D(h) is off by truncation. Each J is off by rounding, by e at most, which D divides by h.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from parity_tests.checking.expected.layerwise import expectations
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT64
from parity_tests.kinds.cases import M
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import (
    AbsoluteError,
    Array,
    Hinge,
    Huber,
    MulticlassHinge,
    NetworkSpec,
    cost,
    forward,
)

H = 2.0**-14  # about e^(1/3), where truncation ~ h² and rounding ~ e/h are alike


Problem = tuple[dict[str, Array], Array, Array]


def smooth_problem(spec: NetworkSpec) -> Problem:
    """The first random problem whose every Z is far from the kink of ReLU, and whose outputs are
    far from that of the loss. Its numbers are short, so that θ ± h is exact."""
    for seed in range(1000):
        params, X, Y = random_problem(spec, M, seed, np.float32)
        params = {name: p.astype(np.float64) for name, p in params.items()}
        activations, _ = forward(spec, params, X.astype(np.float64))
        Z = [activations[name] for name in activations if name.startswith("Z")]
        if np.abs(Z[-1]).max() > 10:
            continue
        Z.append(distance_to_kink(spec, activations[spec.output], Y))
        if min(np.abs(z).min() for z in Z) > 20 * H:
            trace = end_to_end(spec, (params, X, Y))
            if all(np.any(trace[f"d{name}"].value) for name in params):
                return params, X.astype(np.float64), Y.astype(np.float64)
    raise AssertionError("no seed gives a problem away from the kinks")


def distance_to_kink(spec: NetworkSpec, A: Array, Y: Array) -> Array:
    """How far the outputs are from where the loss has a kink, or its derivative has one."""
    match spec.loss:
        case AbsoluteError():
            return A - Y
        case Huber(delta):
            return np.abs(A - Y) - delta
        case Hinge():
            return 1 - (2 * Y - 1) * A
        case MulticlassHinge():
            return A - (Y * A).sum(axis=0) + 1  # of the class itself 1
    return np.ones(1)


def end_to_end(
    spec: NetworkSpec, problem: Problem, w: Array | None = None
) -> dict[str, ErrorArray]:
    return {name: e[0] for name, e in expectations(spec, *problem, {}, FLOAT64, w)}


def central_differences(
    spec: NetworkSpec, problem: Problem, h: float, w: Array | None = None
) -> Iterator[Array]:
    """D(h) for every element of every parameter, and of X (times m)."""
    params, X, Y = problem

    def J(theta: dict[str, Array]) -> Array:
        inputs = {name: theta[name] for name in params}
        activations, _ = forward(spec, inputs, theta["A0"])
        return cost(spec, inputs, activations, Y, w)

    theta = {**params, "A0": X}
    for name, value in theta.items():
        D = np.empty_like(value)
        for i in np.ndindex(value.shape):
            step = np.zeros_like(value)
            step[i] = h
            D[i] = (J({**theta, name: value + step}) - J({**theta, name: value - step})) / (2 * h)
        yield D * M if name == "A0" else D


def judged(
    spec: NetworkSpec, problem: Problem, w: Array | None = None
) -> dict[str, tuple[Array, Array, Array]]:
    """{"dW1": (g, D(h), how far they may be apart), …}"""
    trace = end_to_end(spec, problem, w)
    names = [f"d{name}" for name in (*problem[0], "A0")]
    steps = (central_differences(spec, problem, h, w) for h in (H, 2 * H))
    result = {}
    for name, D, D2 in zip(names, *steps, strict=True):
        g = trace[name]
        # e/h in D(h), and half of that in D(2h); J's bound near θ is that at θ, to within h.
        of_J = 2 * trace["J"].error / H * (M if name == "dA0" else 1)
        result[name] = g.value, D, np.abs(D2 - D) + of_J + g.error
    return result
