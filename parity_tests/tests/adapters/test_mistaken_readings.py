"""Programs that another reading than their own would let pass, or accuse."""

from __future__ import annotations

from pathlib import Path

from parity_tests.tests.support.written_programs.edited_programs import examined_source

SOFTPLUS = """\
import numpy as np

def softmax(Z):
    E = np.exp(Z - Z.max(axis=0))
    return E / E.sum(axis=0)

def forward(X, params):
    Z1 = params["W1"] @ X + params["b1"]
    A1 = np.log(1 + np.exp(Z1))
    Z2 = params["W2"] @ A1 + params["b2"]
    A2 = softmax(Z2)
    return A2, (A1, A2)

def backward(X, Y, params, cache):
    A1, A2 = cache
    m = X.shape[1]
    g2 = 2 * (A2 - Y) / m
    g2 = A2 * (g2 - (g2 * A2).sum(axis=0))
    g = {"dW2": g2 @ A1.T, "db2": g2.sum(1, keepdims=True)}
    g1 = (params["W2"].T @ g2) * (1 - A1)
    g["dW1"] = g1 @ X.T
    g["db1"] = g1.sum(1, keepdims=True)
    return g

def cost(A2, Y):
    return np.sum((A2 - Y)**2) / Y.shape[1]
"""

TWICE_OVER_M = """\
import numpy as np

def sigmoid(z): return 1/(1+np.exp(-z))

class Net:
    def __init__(self, n_in, n_h, n_out, lr=0.01):
        self.W1 = np.random.randn(n_in, n_h)*0.1
        self.b1 = np.zeros((1, n_h))
        self.W2 = np.random.randn(n_h, n_out)*0.1
        self.b2 = np.zeros((1, n_out))
        self.lr = lr

    def forward(self, X):
        self.z1 = X @ self.W1 + self.b1
        self.a1 = np.tanh(self.z1)
        self.z2 = self.a1 @ self.W2 + self.b2
        self.a2 = sigmoid(self.z2)
        return self.a2

    def backward(self, X, y):
        m = X.shape[0]
        dz2 = (self.a2 - y) / m
        dW2 = self.a1.T @ dz2
        db2 = dz2.sum(axis=0, keepdims=True)
        dz1 = (dz2 @ self.W2.T) * (1 - self.a1**2)
        dW1 = X.T @ dz1
        db1 = dz1.sum(axis=0, keepdims=True)
        self.W1 -= self.lr * dW1 / m
        self.b1 -= self.lr * db1 / m
        self.W2 -= self.lr * dW2 / m
        self.b2 -= self.lr * db2 / m
"""

STATISTICS_IN_PLACE = """\
import numpy as np

def batchnorm_forward(
    x, gamma, beta, running_mean, running_var, training=True, momentum=0.9, eps=1e-5
):
    if training:
        mu = x.mean(0); var = x.var(0)
        running_mean[:] = momentum * running_mean + (1 - momentum) * mu
        running_var[:] = momentum * running_var + (1 - momentum) * var
    else:
        mu, var = running_mean, running_var
    inv = 1 / np.sqrt(var + eps)
    xh = (x - mu) * inv
    return gamma * xh + beta, (xh, gamma, inv)

def batchnorm_backward(dout, cache):
    xh, gamma, inv = cache
    N = len(dout)
    dg = (dout * xh).sum(0); db = dout.sum(0)
    return gamma * inv / N * (N * dout - db - xh * dg), dg, db
"""

CEIL = """\
import numpy as np

def pool_forward(A_prev, hparameters, mode="max"):
    m, H, W, C = A_prev.shape
    f, s = hparameters["f"], hparameters["stride"]
    nH = 1 + (H - f)//s
    nW = 1 + -(-(W - f)//s)
    A = np.zeros((m, nH, nW, C))
    for h in range(nH):
        for w in range(nW):
            win = A_prev[:, h*s:h*s+f, w*s:w*s+f, :]
            A[:, h, w, :] = win.max(axis=(1,2)) if mode == "max" else win.mean(axis=(1,2))
    return A, (A_prev, hparameters)

def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, s = hparameters["f"], hparameters["stride"]
    m, nH, nW, C = dA.shape
    dA_prev = np.zeros_like(A_prev)
    for i in range(m):
        for h in range(nH):
            for w in range(nW):
                for c in range(C):
                    if mode == "max":
                        win = A_prev[i, h*s:h*s+f, w*s:w*s+f, c]
                        k = np.unravel_index(win.argmax(), win.shape)
                        dA_prev[i, h*s+k[0], w*s+k[1], c] += dA[i,h,w,c]
                    else:
                        dA_prev[i, h*s:h*s+f, w*s:w*s+f, c] += dA[i,h,w,c]/(f*f)
    return dA_prev
"""


def test_a_softmax_of_one_output_which_any_network_fits_is_no_reading(tmp_path: Path) -> None:
    assert examined_source(tmp_path, SOFTPLUS, {}).verdict != "passed"


def test_the_number_of_examples_m_is_no_moment_of_an_optimiser(tmp_path: Path) -> None:
    """1/m stands in dz2, and once more in every update."""
    assert examined_source(tmp_path, TWICE_OVER_M, {}).findings


def test_windows_that_leave_a_rest_along_the_width_are_rounded_down(tmp_path: Path) -> None:
    report = examined_source(tmp_path, CEIL, {})
    assert any(f.tensor.startswith("pool_forward") for f in report.findings)


def test_running_statistics_may_be_changed_in_place_and_are_then_not_judged(tmp_path: Path) -> None:
    report = examined_source(tmp_path, STATISTICS_IN_PLACE, {})
    assert report.verdict == "passed"
    assert any("not judged: what batchnorm_forward does to running_mean" in n for n in report.notes)
