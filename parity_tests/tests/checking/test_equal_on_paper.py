"""Programs with other formulas than the reference's, checked as a whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import ref_numpy
from parity_tests import check
from parity_tests.error_model.precisions import FLOAT64
from parity_tests.kinds import known_kinds
from parity_tests.kinds.known_kinds import built_in_layer
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.arithmetic.stored_arithmetic import computed
from ref_numpy import Array, NetworkSpec

BINARY = {"output": "sigmoid", "loss": "binary_cross_entropy"}
M = 500


def continued(
    spec: NetworkSpec, params: Any, trace: dict[str, Array], dZ: Array
) -> dict[str, Array]:
    """The trace with another dZ1, and what follows from it."""
    dW, db = dZ @ trace["A0"].T / M, dZ.sum(axis=1, keepdims=True) / M
    return trace | {"dZ1": dZ, "dW1": dW, "db1": db, "dA0": params["W1"].T @ dZ}


def findings_of(spec: NetworkSpec, change: Any, scale: float) -> set[str]:
    """Check the reference's float64 trace with dZ1 = change(trace, Y)."""
    params, X, Y = random_problem(spec, M)
    X = scale * X
    trace = dict(ref_numpy.run(spec, params, X, Y))
    trace = continued(spec, params, trace, change(trace, Y))
    return {f.tensor for f in check(trace, spec, params, X, Y).findings}


@pytest.mark.parametrize(("epsilon", "found"), [(1e-15, set()), (1e-8, {"dZ1"})])
def test_a_tiny_number_in_a_denominator(epsilon: float, found: set[str]) -> None:
    """1e-15 is less than rounding does; 1e-8 is another function."""

    def through_dA(trace: Any, Y: Array) -> Array:
        A = trace["A1"]
        return -(Y / (A + epsilon) - (1 - Y) / (1 - A + epsilon)) * A * (1 - A)

    assert findings_of(NetworkSpec.dense([3, 2], **BINARY), through_dA, scale=3) == found


def test_torch_func_and_jax_subtract_from_1_minus_y() -> None:
    spec = NetworkSpec.dense([3, 2], **BINARY)
    assert findings_of(spec, lambda t, Y: (1 - Y) - 1 / (1 + np.exp(t["Z1"])), scale=5) == set()


@pytest.mark.parametrize("listed", [True, False])
def test_a_derivative_may_be_computed_from_z(listed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """autograd: dZ = dA / cosh² z, by a library that is as inaccurate as it may be."""
    kind = built_in_layer("tanh")
    (*_, from_z), spec = kind.derivatives, NetworkSpec.dense([3, 4, 2], "tanh", **BINARY)

    def change(trace: Any, Y: Array) -> Array:
        return computed(from_z, (trace["Z1"], trace["A1"], trace["dA1"]), FLOAT64)

    if not listed:
        without = {"tanh": replace(kind, derivatives=())}
        monkeypatch.setattr(
            known_kinds, "built_in_layer", lambda of: without.get(of, built_in_layer(of))
        )
    assert findings_of(spec, change, scale=0.3) == (set() if listed else {"dZ1"})
