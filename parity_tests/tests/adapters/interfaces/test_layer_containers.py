"""A program's own container of layers: its passes are those that are judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity_tests.checking.report import Report
from parity_tests.checking.verdict import FAILED
from parity_tests.tests.support.written_programs.edited_programs import examined_source

PROGRAM = """
import numpy as np

class Linear:
    def __init__(self, in_features, out_features):
        self.W = np.random.randn(in_features, out_features) * 0.1
        self.b = np.zeros(out_features)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, d):
        self.dW, self.db = self.x.T @ d, d.sum(axis=0)
        return d @ self.W.T

class Tanh:
    def forward(self, x):
        self.out = np.tanh(x)
        return self.out

    def backward(self, d):
        return d * (1 - self.out ** 2)

class MSELoss:
    def forward(self, pred, target):
        self.pred, self.target = pred, target
        return np.mean((pred - target) ** 2)

    def backward(self):
        return 2 * (self.pred - self.target) / self.pred.size

class Sequential:
    def __init__(self, *layers):
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, d):
        for layer in reversed(self.layers):
            d = layer.backward(d)
        return d
"""
WAYS = {
    "arguments": (),
    "a list": (("*layers", "layers"),),
    "one by one": (
        ("*layers", ""), ("self.layers = layers", "self.layers = []"),
        ("    def backward(self, d):\n        for", "    def add(self, layer):\n        "
         "self.layers.append(layer)\n\n    def backward(self, d):\n        for"),
    ),
}  # fmt: skip


def examined(tmp_path: Path, *edits: tuple[str, str]) -> Report:
    return examined_source(tmp_path, PROGRAM, edits, examples=11)


@pytest.mark.parametrize(
    "way", [pytest.param(w, marks=() if w == "a list" else pytest.mark.slow) for w in WAYS]
)
def test_layers_are_gone_through_by_their_container(tmp_path: Path, way: str) -> None:
    report = examined(tmp_path, *WAYS[way])
    assert report.passed, str(report)
    assert any("MSELoss, Sequential: forward" in note for note in report.notes)
    assert not report.not_seen


@pytest.mark.slow
def test_a_mistake_of_the_container_is_found(tmp_path: Path) -> None:
    report = examined(tmp_path, ("d = layer.backward(d)", "d = layer.backward(d) / 2"))
    assert report.verdict == FAILED
    assert "dW2" in {f.tensor for f in report.findings}


@pytest.mark.slow
def test_layers_in_the_forward_order_do_not_pass(tmp_path: Path) -> None:
    assert not examined(tmp_path, ("in reversed(self.layers)", "in self.layers")).passed


@pytest.mark.slow
def test_a_pass_of_an_inner_layer_that_nothing_calls_is_listed(tmp_path: Path) -> None:
    """The gradient of a softmax and its loss together is that of the logits."""
    both = """
class Softmax:
    def forward(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.out = e / e.sum(axis=1, keepdims=True)
        return self.out

    def backward(self, d):
        return self.out * d

class SoftmaxLoss:
    def __init__(self):
        self.softmax = Softmax()

    def forward(self, x, y):
        self.y, self.output = y, self.softmax.forward(x)
        return -np.sum(y * np.log(self.output)) / len(y)

    def backward(self):
        return (self.output - self.y) / len(self.y)
"""
    loss = f"class MSELoss:{PROGRAM.partition('class MSELoss:')[2]}"  # and the container
    report = examined(tmp_path, (loss, both.lstrip()))
    assert "Softmax.backward(d)" in report.not_seen
    assert report.passed, str(report)


@pytest.mark.slow
def test_a_scale_that_is_right_with_one_output_alone_is_said(tmp_path: Path) -> None:
    report = examined(tmp_path, ("/ self.pred.size", "/ len(self.pred)"))
    assert report.passed
    assert any("judged with one output" in note for note in report.notes)
