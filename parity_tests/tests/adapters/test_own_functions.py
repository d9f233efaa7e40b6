"""Which functions of a file a check reaches, and which of the others look like a pass."""

from __future__ import annotations

from typing import Any

import pytest

from parity_tests.adapters.own_functions import looks_like_a_pass, not_reached, passes_not_reached

BACKPROP = """
import functools
import numpy as np
def backprop(X, Y): return X
"""
NET = "class Net:\n  "


def defined(source: str) -> dict[str, Any]:
    """The namespace of a module of this source; its functions are in no file."""
    namespace: dict[str, Any] = {"__name__": "mine"}
    exec(source, namespace)
    return namespace


@pytest.mark.parametrize(
    "source",
    [
        "def run(X): return backprop(X, X)",
        "def run(X): return (lambda: [backprop(x, x) for x in X])()",
        "other = backprop\ndef run(X): return other(X, X)",
        "half = functools.partial(backprop, 1)\ndef run(X): return half(X)",
        "many = np.vectorize(backprop)\ndef run(X): return many(X, X)",
        "kept = functools.lru_cache(backprop)\ndef run(X): return kept(X, X)",
        "TABLE = {'back': (len, [backprop])}\ndef run(X): return TABLE['back'][1][0](X, X)",
        "def run(X, f=backprop): return f(X, X)",
        "def run(X, *, f=backprop): return f(X, X)",
        "def twice(f): return lambda *a: f(f(*a), 0)\n@twice\ndef run(X): return backprop(X, X)",
        "def made(f):\n  def g(X): return f(X, X)\n  return g\nrun = made(backprop)",
        NET + "def back(self, X): return backprop(X, X)\ndef run(X): return Net().back(X)",
        NET + "@staticmethod\n  def b(X): return backprop(X, X)\ndef run(X): return Net.b(X)",
        NET + "@property\n  def b(self): return backprop\nnet = Net()\ndef run(X): net.b(X, X)",
        NET + "f = backprop\nclass Deep(Net): ...\ndef run(X): return Deep.f(X, X)",
        NET + "def back(self, X): return backprop(X, X)\nrun = Net().back",
        NET + "def __init__(self): self.f = backprop\nnet = Net()\ndef run(X): return net.f",
    ],
)  # fmt: skip
def test_a_function_is_reached_however_it_is_called(source: str) -> None:
    namespace = defined(BACKPROP + source)
    assert passes_not_reached(namespace, ["run"]) == ()
    without = namespace | {"run": defined("def run(X): return X")["run"]}
    assert "backprop(X, Y)" in passes_not_reached(without, ["run"])


@pytest.mark.parametrize(
    "source",
    [
        "def run(X):\n  if False: backprop(X, X)\n  return X",
        "def run(X):\n  while 0: backprop(X, X)\n  return X",
        "def run(X):\n  return X\n  backprop(X, X)",
        "def run(X): return False and backprop(X, X)",
        "def run(X): return X.backprop",  # an attribute, such as that of np
        "def run(X, backprop): return backprop(X)",  # an argument
        "def run(X):\n  def backprop(X): return X\n  return backprop(X)",  # its own
        "def unused(X): return backprop(X, X)\ndef run(X): return X",
    ],
)
def test_a_function_whose_call_is_never_executed_is_not_reached(source: str) -> None:
    assert "backprop(X, Y)" in passes_not_reached(defined(BACKPROP + source), ["run"])


def test_another_name_of_a_checked_function_is_checked() -> None:
    source = "def run(X): return X\nalias = run\nhalf = functools.partial(run, 1)\n"
    left = not_reached(defined(BACKPROP + source + "other = functools.partial(len)\n"), ["run"])
    assert [text.partition("(")[0] for text in left] == ["backprop", "other"]


def test_passes_are_listed_first() -> None:
    source = (
        "def fit(X): return X\n"
        "def layer(x, w):\n  Z1 = x @ w\n  A1 = Z1.tanh()\n  return A1\n"
        "def steps(x, dout):\n  dW1 = dout @ x\n  return {'dW1': dW1, 'db1': dout.sum()}\n"
        "class Net:\n  def forward(self, X): return X\n"
        "class Data:\n  def rows(self): return 1\n"
    )
    namespace = defined(source)
    passes = ("layer(x, w)", "steps(x, dout)", "class Net")
    assert passes_not_reached(namespace, []) == passes
    assert not_reached(namespace, []) == (*passes, "fit(X)", "class Data")


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("L_model_back", "X", True),
        ("bprop", "X", True),
        ("compute_gradients", "X", True),
        ("feedforward", "X", True),
        ("model", "{'dW': X, 'db': X}", True),
        ("model", "{'dW': X}", False),
        ("initialize_adam", "{'dW': X, 'db': X}", False),
        ("gradient_check", "X", False),
        ("update_parameters_with_gd", "X", False),
        ("compute_cost", "X", False),
        ("predict", "X", False),
    ],
)
def test_a_pass_is_recognised_by_its_name_or_its_variables(name, body, expected: bool) -> None:
    namespace = defined(f"def {name}(X): return {body}")
    assert looks_like_a_pass(name, namespace[name]) == expected
