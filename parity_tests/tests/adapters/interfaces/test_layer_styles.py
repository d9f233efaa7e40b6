"""Layer objects with other names of passes, and networks whose loss is a function beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity_tests.checking.report import Report
from parity_tests.checking.verdict import PASSED
from parity_tests.tests.support.written_programs.edited_programs import examined_source

LAYERS = """
import numpy as np

class FCLayer:
    def __init__(self, input_size, output_size):
        self.weights = np.random.rand(input_size, output_size) - 0.5
        self.bias = np.random.rand(1, output_size) - 0.5

    def forward_propagation(self, input_data):
        self.input = input_data
        return np.dot(self.input, self.weights) + self.bias

    def backward_propagation(self, output_error, learning_rate):
        input_error = np.dot(output_error, self.weights.T)
        self.weights -= learning_rate * np.dot(self.input.T, output_error)
        self.bias -= learning_rate * output_error
        return input_error

class ActivationLayer:
    def __init__(self, activation, activation_prime):
        self.activation, self.activation_prime = activation, activation_prime

    def forward_propagation(self, input_data):
        self.input = input_data
        return self.activation(self.input)

    def backward_propagation(self, output_error, learning_rate):
        return self.activation_prime(self.input) * output_error
"""
FUNCTIONS = """
def tanh(x):
    return np.tanh(x)

def tanh_prime(x):
    return 1 - np.tanh(x) ** 2
"""
MSE = """
def mse(y_true, y_pred):
    return np.mean(np.power(y_true - y_pred, 2))

def mse_prime(y_true, y_pred):
    return 2 * (y_pred - y_true) / y_true.size
"""
NETWORK = """
import numpy as np

class TwoLayer:
    def __init__(self, in_dim, hidden_dim, out_dim):
        self.W1 = np.random.randn(in_dim, hidden_dim) * 0.1
        self.b1 = np.zeros(hidden_dim)
        self.W2 = np.random.randn(hidden_dim, out_dim) * 0.1
        self.b2 = np.zeros(out_dim)

    def forward(self, x):
        self.x, self.h = x, np.maximum(0, x @ self.W1 + self.b1)
        return self.h @ self.W2 + self.b2

    def backward(self, dout):
        self.dW2, self.db2 = self.h.T @ dout, dout.sum(0)
        dz1 = dout @ self.W2.T * (self.h > 0)
        self.dW1, self.db1 = self.x.T @ dz1, dz1.sum(0)
"""
SOFTMAX = """
def softmax_loss(x, y):
    p = np.exp(x - x.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(len(x)), y]).sum() / len(x)
    p[np.arange(len(x)), y] -= 1
    return loss, p / len(x)
"""
OBJECT = """
class SoftmaxLoss:
    def forward(self, x, y):
        p = np.exp(x - x.max(axis=1, keepdims=True))
        self.p, self.y = p / p.sum(axis=1, keepdims=True), y
        return -np.log(self.p[np.arange(len(x)), y]).sum() / len(x)

    def backprop(self):
        d = self.p.copy()
        d[np.arange(len(d)), self.y] -= 1
        return d / len(d)
"""


def examined(tmp_path: Path, source: str, *edits: tuple[str, str]) -> Report:
    return examined_source(tmp_path, source, edits)


@pytest.mark.parametrize(
    ("source", "read_as"),
    [
        pytest.param(LAYERS + FUNCTIONS + MSE, "FCLayer, ActivationLayer, tanh, tanh_prime, mse",
                     marks=pytest.mark.slow),
        pytest.param(LAYERS + MSE, "FCLayer, ActivationLayer, mse", marks=pytest.mark.slow),
        (NETWORK + SOFTMAX, "TwoLayer, softmax_loss"),
        (NETWORK + OBJECT, "TwoLayer, SoftmaxLoss"),
        pytest.param(NETWORK, "TwoLayer", marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_layers_and_losses_are_put_together(tmp_path: Path, source: str, read_as: str) -> None:
    """Without a loss the gradient A - Y is given; without a function, tanh."""
    report = examined(tmp_path, source)
    assert (report.verdict, report.findings) == (PASSED, ())
    assert {"dW1", "db1", "dW2", "db2"} <= report.judged
    assert any(note.startswith(f"read as {read_as}") for note in report.notes)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "tensor", "edit"),
    [
        (LAYERS + FUNCTIONS + MSE, "dW2", ("_prime(self.input)", "(self.input)")),
        (NETWORK + SOFTMAX, "db2", ("@ dout, dout.sum(0)", "@ dout, dout.mean(0)")),
    ],
)  # fmt: skip
def test_a_mistake_in_them_is_found(
    tmp_path: Path, source: str, tensor: str, edit: tuple[str, str]
) -> None:
    assert examined(tmp_path, source, edit).findings[0].tensor == tensor


# Examples are columns, b is (n,), and the classes do not say more than W and b.
OF_ARRAYS = """
import numpy as np

class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return self.W @ x + self.b[:, None]

    def backward(self, d):
        self.dW, self.db = d @ self.x.T / d.shape[1], d.mean(axis=1)
        return self.W.T @ d

class Tanh:
    def forward(self, x):
        self.out = rectify(x) * 0 + np.tanh(x)
        return self.out

    def backward(self, d):
        return d * (1 - self.out**2)

class Sigmoid:
    def forward(self, x):
        self.out = 1 / (1 + np.exp(-x))
        return self.out

    def backward(self, d):
        return d * self.out * (1 - self.out)

class Rectifier:
    def forward(self, x):
        self.x = x
        return rectify(x)

    def backward(self, d):
        return d * (self.x > 0)

def rectify(x):
    return np.maximum(x, 0)

def bce_loss(z, y):
    m = y.size
    y = y.reshape(1, m)
    p = 1 / (1 + np.exp(-z))
    return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / m, p - y
"""


@pytest.mark.slow
def test_layers_made_of_arrays_are_read_in_the_shape_of_their_biases(tmp_path: Path) -> None:
    """b (n, 1) would be broadcast without an error; the loss is one of one output."""
    report = examined(tmp_path, OF_ARRAYS)
    assert (report.verdict, report.findings) == (PASSED, ())
    (note,) = [note for note in report.notes if note.startswith("read as")]
    assert note.startswith("read as Affine, Tanh, Sigmoid, Rectifier, bce_loss: ")
    assert "examples are columns, W is (n, n_prev), biases are (n,)" in note
    assert report.problem.startswith("9-7-5-3-1 (tanh, sigmoid, relu, sigmoid), binary_cross_entr")


@pytest.mark.slow
def test_a_wrong_loss_of_one_output_is_found_though_layers_alone_are_right(tmp_path: Path) -> None:
    edit = ("/ m, p - y", "/ m, p - 2 * y")
    assert examined(tmp_path, OF_ARRAYS, edit).findings[0].tensor == "db4"
