"""Right programs whose arrays might be taken for others: each passes, by the right reading."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.request import Request
from parity_tests.checking.verdict import PASSED

# By name: the file, the precision, and words of the network and of the note.
PROGRAMS: dict[str, tuple[str, str, str, str]] = {
    "a tuple of parameters, at float32": (
        """
import numpy as np

def init_params(n_x, n_y):
    return np.random.randn(n_y, n_x), np.zeros((n_y, 1))

def loss(W1, b1, X, Y):
    Z = W1 @ X + b1
    e = np.exp(Z - Z.max(axis=0))
    A = e / e.sum(axis=0)
    d = A - Y
    return -np.sum(Y * np.log(A)), (d @ X.T, d.sum(axis=1, keepdims=True))
""",
        "float32", "(softmax), cross_entropy", "J is a sum",
    ),
    "one array of two names": (
        """
import numpy as np

def forward(X, W1, b1):
    Z1 = X @ W1 + b1
    A1 = Z1
    return Z1, A1

def backward(X, Y, Z1, A1, W1, b1):
    d = (Z1 - Y) / len(X)
    return X.T @ d, d.sum(axis=0)
""",
        "float64", "(identity), squared_error", "gradients of a mean",
    ),
    "dW2 and db1 of one shape, in a tuple of a tuple": (
        """
import numpy as np

class Net:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1, self.b1 = np.random.randn(n_in, n_hidden), np.zeros((n_hidden, 1))
        self.W2, self.b2 = np.random.randn(n_hidden, n_out), np.zeros((n_out, 1))

    def loss(self, X, y):
        H = np.tanh(self.W1.T @ X + self.b1)
        out = self.W2.T @ H + self.b2
        d2 = 2 * (out - y.reshape(1, -1))
        dW2, db2 = H @ d2.T, d2.sum(axis=1, keepdims=True)
        d1 = self.W2 @ d2 * (1 - H**2)
        dW1, db1 = X @ d1.T, d1.sum(axis=1, keepdims=True)
        grads = dW1, db1, dW2, db2
        return np.sum((out - y.reshape(1, -1)) ** 2), grads
""",
        "float64", "9-7-1 (tanh, identity)", "J is a sum, without ½",
    ),
    "one layer of its own sizes, without biases": (
        """
import numpy as np

class Net:
    def __init__(self):
        self.W = np.random.randn(1, 6)

    def forward(self, X):
        return np.tanh(self.W @ X)

    def backward(self, X, Y):
        A = self.forward(X)
        self.dW = (A - Y) * (1 - A * A) @ X.T / X.shape[1]
""",
        "float64", "6-1 (tanh), squared_error", "examples are columns, W is (n, n_prev), no biases",
    ),
    "labels (m,) that several outputs would take, too": (
        """
import numpy as np

def train_step(X, y, W1, b1, lr):
    N = len(y)
    y = y.reshape(-1, 1)
    Z1 = X @ W1 + b1
    A1 = np.tanh(Z1)
    dZ1 = 2 * (A1 - y) * (1 - A1**2)
    return W1 - lr * X.T @ dZ1 / N, b1 - lr * dZ1.sum(axis=0) / N
""",
        "float64", "9-1 (tanh), squared_error", "gradients of a mean, without ½",
    ),
    "logits that are returned before the output": (
        """
import numpy as np

def forward(X, W1):
    z1 = X @ W1
    a1 = np.tanh(z1)
    return z1, a1

def loss(output, y):
    return np.mean((output - y) ** 2)

def backward(X, y, z1, a1, W1):
    return {"W1": X.T @ (2 * (a1 - y) * (1 - a1**2)) / len(X)}
""",
        "float64", "9-1 (tanh), squared_error", "J is a mean, without ½",
    ),
    "four layers": (
        """
import numpy as np

class Net:
    def __init__(self, n_x, h1, h2, h3, n_y):
        sizes = n_x, h1, h2, h3, n_y
        for l in range(1, 5):
            setattr(self, f"W{l}", np.random.randn(sizes[l], sizes[l - 1]))

    def gradients(self, X, Y):
        A1 = np.tanh(self.W1 @ X)
        A2 = np.tanh(self.W2 @ A1)
        A3 = np.tanh(self.W3 @ A2)
        d4 = self.W4 @ A3 - Y
        d3 = self.W4.T @ d4 * (1 - A3**2)
        d2 = self.W3.T @ d3 * (1 - A2**2)
        d1 = self.W2.T @ d2 * (1 - A1**2)
        return d1 @ X.T, d2 @ A1.T, d3 @ A2.T, d4 @ A3.T
""",
        "float64", "9-8-7-5-4 (tanh, tanh, tanh, identity)", "gradients of a sum",
    ),
}  # fmt: skip


FAST = {"a tuple of parameters, at float32", "one array of two names"}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in FAST else pytest.mark.slow) for n in PROGRAMS]
)
def test_a_right_program_passes_by_the_right_reading(tmp_path: Path, name: str) -> None:
    text, precision, network, words = PROGRAMS[name]
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    report = examine(Request(str(path), precision=precision, examples=11))
    assert (report.verdict, report.findings) == (PASSED, ())
    assert network in report.problem
    assert words in report.notes[0]


# Of each program the lines that are wrong: 1/m is missing, and would not show with one example at
# a time, or with labels (1, m), whose length is 1.
WITHOUT_M: dict[str, tuple[str, str]] = {
    "of all gradients": (
        """
import numpy as np

class Net:
    def __init__(self, n_x, n_y):
        self.W1 = np.random.randn(n_x, n_y)

    def loss(self, X, Y):
        A = X @ self.W1
        return np.sum((A - Y) ** 2) / len(X), {"W1": 2 * X.T @ (A - Y)}
""",
        "dW1",
    ),
    "of one gradient": (
        """
import numpy as np

def forward(X, W1, b1, W2, b2):
    A1 = np.tanh(W1 @ X + b1)
    A2 = 1 / (1 + np.exp(-(W2 @ A1 + b2)))
    return A1, A2

def backward(X, y, A1, A2, W1, b1, W2, b2):
    m = len(y)
    d2 = A2 - y
    dW2, db2 = d2 @ A1.T / m, d2.sum(axis=1, keepdims=True)
    d1 = W2.T @ d2 * (1 - A1**2)
    return d1 @ X.T / m, d1.sum(axis=1, keepdims=True) / m, dW2, db2
""",
        "db2",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", WITHOUT_M)
def test_a_missing_1_over_m_is_found_though_another_call_would_hide_it(
    tmp_path: Path, name: str
) -> None:
    text, tensor = WITHOUT_M[name]
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    (finding,) = examine(Request(str(path), examples=11)).findings
    assert finding.tensor == tensor
    assert [cause.code.partition(".")[2] for cause in finding.causes] == ["missing-1/m"]


@pytest.mark.slow
def test_a_class_of_20_layers_passes(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(DEEP, encoding="utf-8")
    report = examine(Request(str(path), examples=11))
    assert (report.verdict, report.findings) == (PASSED, ())
    assert {f"d{p}{l}" for p in "Wb" for l in range(1, 21)} <= report.judged


DEEP = """
import numpy as np


class MLP:
    def __init__(self):
        sizes = [12] + [10] * 19 + [4]
        self.weights = [np.random.randn(a, b) * 0.3 for a, b in zip(sizes, sizes[1:])]
        self.biases = [np.zeros((1, b)) for b in sizes[1:]]

    def forward(self, X):
        self.acts = [X]
        for l, (W, b) in enumerate(zip(self.weights, self.biases), start=1):
            z = self.acts[-1] @ W + b
            self.acts.append(np.maximum(z, 0) if l < len(self.weights) else z)
        return self.acts[-1]

    def backward(self, X, y):
        m = len(X)
        d = (self.forward(X) - y) / m
        dW, db = [], []
        for l in range(len(self.weights), 0, -1):
            dW.insert(0, self.acts[l - 1].T @ d)
            db.insert(0, d.sum(axis=0, keepdims=True))
            d = (d @ self.weights[l - 1].T) * (self.acts[l - 1] > 0)
        return dW, db
"""
