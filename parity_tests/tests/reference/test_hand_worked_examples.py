"""Examples whose every number is known from elsewhere: paper, or print."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import ref_numpy
import torch_impl
from ref_numpy import (
    AbsoluteError,
    Elu,
    Gelu,
    GeluTanh,
    GradientDescent,
    Hinge,
    Huber,
    Loss,
    NetworkSpec,
    Silu,
    Softplus,
    Trace,
)
from torch_impl.twin import twin

RUNS = {"reference": ref_numpy.run, "twin": torch_impl.run}


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_2_2_1_on_paper(run: Callable[..., Trace], dtype: type) -> None:
    """Two inputs, two ReLU units, one linear output, squared error, m = 2; all numbers exact.

    Z1 = W1 X + b1    row 1: 1·1 − 1·3 + 0 = −2    1·2 − 1·1 + 0 = 1
                      row 2: 2·1 + 1·3 − 1 =  4    2·2 + 1·1 − 1 = 4
    A1 = max(0, Z1)   row 1: 0, 1                  row 2: 4, 4
    Z2 = W2 A1 + b2   1·0 − 2·4 + 1 = −7           1·1 − 2·4 + 1 = −6
    A2 = Z2           L = ½(−7 + 6)² = ½           L = ½(−6 + 8)² = 2
    J = (½ + 2)/2 = 5/4
    dA2 = A2 − Y      −7 + 6 = −1                  −6 + 8 = 2        dZ2 = dA2
    dW2 = ½ dZ2 A1ᵀ   ½(−1·0 + 2·1) = 1            ½(−1·4 + 2·4) = 2
    db2 = ½(−1 + 2) = ½
    dA1 = W2ᵀ dZ2     row 1: −1, 2                 row 2: 2, −4
    dZ1 = dA1 where Z1 > 0    row 1: 0, 2          row 2: 2, −4
    dW1 = ½ dZ1 Xᵀ    row 1: ½(0·1 + 2·2) = 2      ½(0·3 + 2·1) = 1
                      row 2: ½(2·1 − 4·2) = −3     ½(2·3 − 4·1) = 1
    db1 = ½(0 + 2) = 1, ½(2 − 4) = −1
    dA0 = W1ᵀ dZ1     row 1: 1·0 + 2·2 = 4         1·2 − 2·4 = −6
                      row 2: −1·0 + 1·2 = 2        −1·2 − 1·4 = −6
    """
    spec = NetworkSpec.dense([2, 2, 1], hidden="relu", output="identity")
    params = {"W1": [[1, -1], [2, 1]], "b1": [[0], [-1]], "W2": [[1, -2]], "b2": [[1]]}
    params = {name: np.array(value, dtype) for name, value in params.items()}
    X, Y = np.array([[1, 2], [3, 1]], dtype), np.array([[-6, -8]], dtype)
    expected = {
        "A0": [[1, 2], [3, 1]],
        "Z1": [[-2, 1], [4, 4]],
        "A1": [[0, 1], [4, 4]],
        "Z2": [[-7, -6]],
        "A2": [[-7, -6]],
        "J": 1.25,
        "dA2": [[-1, 2]],
        "dZ2": [[-1, 2]],
        "dW2": [[1, 2]],
        "db2": [[0.5]],
        "dA1": [[-1, 2], [2, -4]],
        "dZ1": [[0, 2], [2, -4]],
        "dW1": [[2, 1], [-3, 1]],
        "db1": [[1], [-1]],
        "dA0": [[4, -6], [2, -6]],
    }
    trace = run(spec, params, X, Y)
    assert list(trace) == list(expected)
    for name, value in expected.items():
        np.testing.assert_array_equal(
            trace[name], np.array(value, dtype), err_msg=name, strict=True
        )


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize(
    ("loss", "labels", "J", "dA1"),
    [
        # r = 2 − 1, ½ − ½, −3 + ½, 1 + 2: (1 + 0 + 2½ + 3)/4, and the signs
        (AbsoluteError(), [[1, 0.5, -0.5, -2]], 6.5 / 4, [[1, 0, -1, 1]]),
        # δ = 2: ½ 1², 0, 2 (2½ − 1), 2 (3 − 1)
        (Huber(2.0), [[1, 0.5, -0.5, -2]], (0.5 + 0 + 3 + 4) / 4, [[1, 0, -2, 2]]),
        # s a = 2, ½, 3, −1: max(0, 1 − s a) = 0, ½, 0, 2
        (Hinge(), [[1, 1, 0, 0]], (0.5 + 2) / 4, [[0, -1, 0, 1]]),
    ],
    ids=["absolute error", "Huber", "hinge"],
)  # fmt: skip
def test_losses_of_one_linear_unit_on_paper(
    run: Callable[..., Trace], dtype: type, loss: Loss, labels: Any, J: float, dA1: Any
) -> None:
    """Z1 = 2 x₁ − x₂ = 2, ½, −3, 1 = A1; dW1 = ¼ dA1 Xᵀ, db1 = ¼ Σ dA1, dA0 = W1ᵀ dA1."""
    spec = NetworkSpec.dense([2, 1], output="identity", loss=loss)
    params = {"W1": np.array([[2, -1]], dtype), "b1": np.array([[0]], dtype)}
    X = np.array([[1, 0.25, -1, 1], [0, 0, 1, 1]], dtype)
    d = np.array(dA1, dtype)
    expected = {
        "A0": X, "Z1": [[2, 0.5, -3, 1]], "A1": [[2, 0.5, -3, 1]], "J": J, "dA1": d, "dZ1": d,
        "dW1": [[(d[0, 0] + d[0, 1] / 4 - d[0, 2] + d[0, 3]) / 4, (d[0, 2] + d[0, 3]) / 4]],
        "db1": [[d.sum() / 4]], "dA0": [2 * d[0], -d[0]],
    }  # fmt: skip
    trace = run(spec, params, X, np.array(labels, dtype))
    assert list(trace) == list(expected)
    for name, value in expected.items():
        np.testing.assert_array_equal(
            trace[name], np.array(value, dtype), err_msg=name, strict=True
        )


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_matt_mazur(run: Callable[..., Trace]) -> None:
    """2-2-2, sigmoid, squared error, α = ½; as printed in Matt Mazur, *A Step by Step
    Backpropagation Example* (2015), whose biases are not trained."""
    spec = NetworkSpec.dense([2, 2, 2], hidden="sigmoid", output="sigmoid", loss="squared_error")
    params = {
        "W1": np.array([[0.15, 0.20], [0.25, 0.30]]),
        "b1": np.array([[0.35], [0.35]]),
        "W2": np.array([[0.40, 0.45], [0.50, 0.55]]),
        "b2": np.array([[0.60], [0.60]]),
    }
    trace = run(spec, params, np.array([[0.05], [0.10]]), np.array([[0.01], [0.99]]))
    optimiser = GradientDescent(0.5)
    updated, _ = optimiser.update(params, trace, optimiser.start(params))
    assert f"{trace['A1'][0, 0]:.9f}" == "0.593269992"
    assert f"{trace['A2'][0, 0]:.8f}" == "0.75136507"
    assert f"{trace['J']:.9f}" == "0.298371109"
    assert f"{trace['dW2'][0, 0]:.9f}" == "0.082167041"
    assert f"{updated['W2'][0, 0]:.8f}" == "0.35891648"
    assert f"{updated['W2'][1, 1]:.9f}" == "0.561370121"
    assert f"{updated['W1'][0, 0]:.9f}" == "0.149780716"
    assert f"{updated['W1'][1, 1]:.9f}" == "0.299502287"


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_logistic_regression_from_zero(run: Callable[..., Trace]) -> None:
    """With w = 0 every probability is ½, so J = log 2, dz = ½ − y and dw = (1/m) Σ (½ − y) x.

    dw₁ = (−½·1 + ½·3 + ½·5)/3 = 7/6    dw₂ = (−½·2 + ½·4 + ½·0)/3 = 1/3
    db  = (−½ + ½ + ½)/3 = 1/6
    """
    spec = NetworkSpec.dense([2, 1], output="sigmoid")
    params = ref_numpy.initialise(spec, "zeros")
    X, Y = np.array([[1.0, 3, 5], [2, 4, 0]]), np.array([[1, 0, 0]])
    trace = run(spec, params, X, Y)
    np.testing.assert_array_equal(trace["A1"], [[0.5, 0.5, 0.5]])
    np.testing.assert_array_equal(trace["dZ1"], [[-0.5, 0.5, 0.5]])
    assert [f"{x:.15f}" for x in trace["dW1"][0]] == [f"{7 / 6:.15f}", f"{1 / 3:.15f}"]
    assert f"{trace['db1'][0, 0]:.15f}" == f"{1 / 6:.15f}"
    assert f"{trace['J']:.15f}" == f"{np.log(2):.15f}"


LOG_2 = math.log(2)
# (activation, z, g(z), g'(z)), where both are known by hand: at 0, at ± log 3, where σ is ¾ and ¼,
# and at 1 from print: Φ(1) = 0.841344746068543 and φ(1) = 0.241970724519143 (Abramowitz and Stegun,
# table 26.1).
BY_HAND = [
    (Silu(), 0.0, 0.0, 1 / 2),
    (Silu(), math.log(3), 3 / 4 * math.log(3), 3 / 4 * (1 + math.log(3) / 4)),
    (Silu(), -math.log(3), -math.log(3) / 4, 1 / 4 * (1 - 3 / 4 * math.log(3))),
    (Softplus(), 0.0, LOG_2, 1 / 2),
    (Softplus(), math.log(3), 2 * LOG_2, 3 / 4),
    (Softplus(), -math.log(3), math.log(4 / 3), 1 / 4),
    (Elu(3.0), 2.0, 2.0, 1.0),
    (Elu(3.0), 0.0, 0.0, 3.0),
    (Elu(3.0), -LOG_2, -3 / 2, 3 / 2),
    (Gelu(), 0.0, 0.0, 1 / 2),
    (Gelu(), 1.0, 0.841344746068543, 0.841344746068543 + 0.241970724519143),
    (Gelu(), -1.0, 0.841344746068543 - 1, 1 - 0.841344746068543 - 0.241970724519143),
    (GeluTanh(), 0.0, 0.0, 1 / 2),
    # t = tanh(√(2/π) · 1.044715) = 0.682383981217
    (GeluTanh(), 1.0, 0.841191990608277, 1.082964083845783),
]


@pytest.mark.parametrize(
    ("g", "z", "a", "slope"), BY_HAND, ids=lambda x: getattr(x, "kind", str(x))
)
def test_activations_by_hand(g: Any, z: float, a: float, slope: float) -> None:
    """In the digits that were worked out, of the reference and of its twin."""
    x = torch.tensor(z, dtype=torch.float64, requires_grad=True)
    y = twin(g)(x)
    y.backward()
    assert x.grad is not None
    Z = np.array([z])
    A = g.g(Z)
    found = (A, g.g_prime(Z, A)), (y.detach(), x.grad)
    for value, derivative in found:
        assert f"{np.asarray(value).item():.12f}" == f"{a:.12f}"
        assert f"{np.asarray(derivative).item():.12f}" == f"{slope:.12f}"
