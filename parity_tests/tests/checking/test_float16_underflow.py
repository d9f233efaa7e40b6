"""float16 with very many examples: autograd's gradients underflow, and nothing else does."""

from __future__ import annotations

import numpy as np
import pytest

from parity_tests.checking.check_trace import check_layers
from parity_tests.error_model.precisions import FLOAT16
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, NetworkSpec

M = 2**15
SPEC = NetworkSpec.dense([3, 2, 4], "relu")
SMALL = 2e-4  # makes all of Z1 smaller than m times float16's smallest number


def h(x: Array) -> Array:
    return np.asarray(x).astype(np.float16).astype(np.float64)


def problem() -> tuple[dict[str, Array], Array, Array]:
    params, X, Y = random_problem(SPEC, M)
    return {n: h(SMALL * p if n.endswith("1") else p) for n, p in params.items()}, h(X), Y


def as_autograd_does(params: dict[str, Array], X: Array, Y: Array) -> dict[str, Array]:
    """Every tensor stored in float16, gradients with their 1/m; then those of examples times m."""
    Z1 = h(params["W1"] @ X + params["b1"])
    A1 = np.maximum(Z1, 0)
    Z2 = h(params["W2"] @ A1 + params["b2"])
    A2 = h(np.exp(Z2) / np.exp(Z2).sum(axis=0))
    dZ2 = h((A2 - Y) / M)
    dA1 = h(params["W2"].T @ dZ2)
    dZ1 = dA1 * (Z1 > 0)
    gradients = {"dZ2": dZ2 * M, "dA1": dA1 * M, "dZ1": dZ1 * M, "dA0": h(params["W1"].T @ dZ1) * M}
    for l, dZ, A in ((1, dZ1, X), (2, dZ2, A1)):
        gradients |= {f"dW{l}": h(dZ @ A.T), f"db{l}": h(dZ.sum(axis=1, keepdims=True))}
    return {"A0": X, "Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2} | gradients


@pytest.fixture(scope="module")
def trace() -> dict[str, Array]:
    return as_autograd_does(*problem())


def wrong_tensors(trace: dict[str, Array]) -> set[str]:
    narrow = {n: a.astype(np.float16) for n, a in trace.items()}
    report = check_layers(SPEC, *problem(), narrow, FLOAT16.on("cpu"), "")
    return {finding.tensor for finding in report.findings}


def test_gradients_may_underflow(trace: dict[str, Array]) -> None:
    """Half a unit of 2⁻²⁴, times m, is far above the rounding of dZ."""
    assert np.abs(trace["dA0"]).min() == 0
    assert wrong_tensors(trace) == set()


@pytest.mark.parametrize(("name", "factor"), [("Z1", 0), ("dW1", 1.02)])
def test_what_does_not_underflow_is_judged(
    trace: dict[str, Array], name: str, factor: float
) -> None:
    assert name in wrong_tensors(trace | {name: h(factor * trace[name])})
