"""The reference's gradients against central differences of its cost: the calculus itself."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from parity_tests.cases import M, network_cases
from parity_tests.examples import random_problem
from ref_numpy import Array, NetworkSpec, cost, forward, run

CASES = network_cases(lambd=0.7)
EPSILON = 1e-5


def smooth_problem(spec: NetworkSpec) -> tuple[dict[str, Array], Array, Array]:
    """The first random problem whose every Z is 100 ε away from the kink of ReLU."""
    for seed in range(1000):
        params, X, Y = random_problem(spec, M, seed)
        activations, _ = forward(spec, params, X)
        Z = [activations[name] for name in activations if name.startswith("Z")]
        if min(np.abs(z).min() for z in Z) > 100 * EPSILON and np.abs(Z[-1]).max() < 10:
            trace = run(spec, params, X, Y)
            if all(np.any(trace[f"d{name}"]) for name in params):
                return params, X, Y
    raise AssertionError("no seed gives a problem away from the kinks")


def central_differences(
    spec: NetworkSpec, params: dict[str, Array], X: Array, Y: Array
) -> Iterator[tuple[str, Array]]:
    """(J(θ + ε) − J(θ − ε)) / 2ε for every element of every parameter, and of X (times m)."""

    def J(theta: dict[str, Array]) -> Array:
        inputs = {name: theta[name] for name in params}
        activations, _ = forward(spec, inputs, theta["A0"])
        return cost(spec, inputs, activations, Y)

    theta = {**params, "A0": X}
    for name, value in theta.items():
        approx = np.empty_like(value)
        for i in np.ndindex(value.shape):
            step = np.zeros_like(value)
            step[i] = EPSILON
            up, down = J({**theta, name: value + step}), J({**theta, name: value - step})
            approx[i] = (up - down) / (2 * EPSILON)
        yield name, approx * M if name == "A0" else approx


def relative_error(gradient: Array, approx: Array) -> float:
    """The course's formula: ‖g − g_approx‖ / (‖g‖ + ‖g_approx‖)"""
    norm = np.linalg.norm
    return float(norm(gradient - approx) / (norm(gradient) + norm(approx)))


@pytest.mark.parametrize("name", CASES)
def test_gradients_equal_central_differences(name: str) -> None:
    spec = CASES[name]
    params, X, Y = smooth_problem(spec)
    trace = run(spec, params, X, Y)
    approx = dict(central_differences(spec, params, X, Y))
    gradient = np.concatenate([trace[f"d{name}"].ravel() for name in approx])
    assert relative_error(gradient, np.concatenate([a.ravel() for a in approx.values()])) <= 1e-7


def test_a_wrong_gradient_is_rejected() -> None:
    """The check can fail: without its 1/m, dW1 is 11 times too large."""
    spec = CASES["tanh-5.7.2-tanh-squared_error"]
    params, X, Y = smooth_problem(spec)
    approx = dict(central_differences(spec, params, X, Y))["W1"]
    dW1 = run(spec, params, X, Y)["dW1"]
    assert relative_error(dW1, approx) <= 1e-7 < relative_error(M * dW1, approx)
