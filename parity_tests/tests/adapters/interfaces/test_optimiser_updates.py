"""Updates within a step that are no multiple of the gradient, which a variable holds before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.interfaces.optimiser_steps import is_of_optimiser, is_step_along
from parity_tests.adapters.request import Request
from parity_tests.checking.report import Report
from parity_tests.checking.verdict import FAILED, MISTAKEN_CALL

PROGRAM = """import numpy as np

class Net:
    def __init__(self, n_in, n_hid, n_out, {arguments}):
        self.W1 = np.random.randn(n_in, n_hid) * 0.1
        self.W2 = np.random.randn(n_hid, n_out) * 0.1
        self.m = [np.zeros_like(self.W1), np.zeros_like(self.W2)]
        self.v = [np.zeros_like(self.W1), np.zeros_like(self.W2)]
        self.t = 0
        {kept}

    def forward(self, X):
        self.h = np.tanh(X @ self.W1)
        return self.h @ self.W2

    def train_step(self, X, y):
        out = self.forward(X)
        d = (out - y) / len(X)
        dW2 = self.h.T @ d
        dW1 = X.T @ (d @ self.W2.T * (1 - self.h ** 2))
        self.t += 1
        for i, (p, g) in enumerate(zip((self.W1, self.W2), (dW1, dW2))):
            {update}
        return 0.5 * np.sum((out - y) ** 2) / len(X)
"""
ADAM = """self.m[i] = 0.9 * self.m[i] + 0.1 * g
            self.v[i] = 0.999 * self.v[i] + 0.001 * g ** 2
            m_hat, v_hat = self.m[i] / (1 - 0.9 ** self.t), self.v[i] / (1 - 0.999 ** self.t)
            p -= self.lr * m_hat / (np.sqrt(v_hat) + 1e-8)"""
MOMENTUM = """self.v[i] = 0.9 * self.v[i] + 0.1 * g
            p -= self.lr * self.v[i]"""
RATE = ("lr=0.1", "self.lr = lr")
UPDATES = {
    "Adam": (*RATE, ADAM),
    "momentum": (*RATE, MOMENTUM),
    "RMSprop": (*RATE, ADAM.replace("self.lr * m_hat", "self.lr * g")),
    "a decay in the update": (*RATE, "p -= self.lr * (g + 0.001 * p)"),
    "a rate that is a number": ("verbose=0", "pass", "p -= 0.1 * g"),
    "a limit of each number": (*RATE, "p -= self.lr * np.clip(g, -0.01, 0.01)"),
    "a limit of the norm": (
        "lr=0.1, clip_norm=1e-3", "self.lr, self.clip_norm = lr, clip_norm",
        "p -= self.lr * g * min(1, self.clip_norm / np.linalg.norm(g))",
    ),
}  # fmt: skip


def examined(tmp_path: Path, name: str, old: str = "", new: str = "") -> Report:
    arguments, kept, update = UPDATES[name]
    source = PROGRAM.format(arguments=arguments, kept=kept, update=update)
    assert old in source
    path = tmp_path / "net.py"
    path.write_text(source.replace(old, new), encoding="utf-8")
    return examine(Request(str(path)))


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=() if n == "Adam" else pytest.mark.slow) for n in UPDATES]
)
def test_gradients_before_an_update_are_judged(tmp_path: Path, name: str) -> None:
    report = examined(tmp_path, name)
    assert report.passed, str(report)
    assert {"dW1", "dW2", "J"} <= report.judged
    is_read_off = name == "a limit of the norm"
    assert any("its update, which was not judged" in note for note in report.notes) != is_read_off


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Adam", "a rate that is a number"])
def test_a_wrong_gradient_before_an_update_is_found(tmp_path: Path, name: str) -> None:
    report = examined(tmp_path, name, " * (1 - self.h ** 2)", "")
    assert report.verdict == FAILED
    assert [f.tensor for f in report.findings] == ["dW1"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new"), [("p -= 0.1", "p += 0.1"), ("p -= 0.1 * g", "p -= 0.1 * g * g")]
)
def test_an_update_that_is_no_step_along_the_gradient_does_not_pass(
    tmp_path: Path, old: str, new: str
) -> None:
    assert not examined(tmp_path, "a rate that is a number", old, new).passed


@pytest.mark.slow
def test_a_limit_that_is_a_number_is_named(tmp_path: Path) -> None:
    new = "np.clip(g, -0.01, 0.01, out=g); p -= 0.1 * g"
    report = examined(tmp_path, "a rate that is a number", "p -= 0.1 * g", new)
    assert report.verdict == MISTAKEN_CALL
    assert [f.code.rpartition(".")[2] for f in report.mistaken] == ["clips"]


RNG = np.random.default_rng(4)
G = {"W1": RNG.standard_normal((4, 3)), "b1": RNG.standard_normal((4, 1))}
THETA = {n: RNG.standard_normal(x.shape) for n, x in G.items()}
STEPS = {
    "the gradient itself": (lambda g, theta: g, False),
    "its sign": (lambda g, theta: np.sign(g), True),
    "a tenth of it": (lambda g, theta: g / 10, True),
    "twice it": (lambda g, theta: 2 * g, False),
    "minus its sign": (lambda g, theta: -np.sign(g), False),
    "cut off": (lambda g, theta: np.clip(g, -0.5, 0.5), True),
    "its square": (lambda g, theta: g**2, False),
    "in another order": (lambda g, theta: g[::-1], False),
    "with a decay": (lambda g, theta: g + 0.01 * theta, True),
    "with a growth": (lambda g, theta: g - 0.01 * theta, False),
}


@pytest.mark.parametrize("name", STEPS)
def test_steps_of_optimisers(name: str) -> None:
    step, is_known = STEPS[name]
    u = {n: step(g, THETA[n]) for n, g in G.items()}
    assert is_of_optimiser(u, G, THETA, {"velocity", "x"}) is is_known
    is_without_state = name in ("cut off", "with a decay")
    assert is_of_optimiser(u, G, THETA, {"x", "y"}) is is_without_state


@pytest.mark.parametrize("c", [0.1, 1.0, -0.1])
def test_a_step_along_the_gradient(c: float) -> None:
    after = {n: x - c * G[n] for n, x in THETA.items()}
    assert is_step_along(THETA, after, G) is (c > 0)
    after["b1"] = after["b1"] + np.eye(4)[:, :1] / 1024
    assert not is_step_along(THETA, after, G)
