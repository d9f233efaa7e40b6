"""Conventions beside the course's: a right function passes, and a mistake is one finding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity_tests.checking.comparison import Comparison
from parity_tests.checking.report import Report
from parity_tests.tests.support.paths import PROGRAMS
from parity_tests.tests.support.written_programs.course_files import examined
from parity_tests.tests.support.written_programs.edited_programs import with_edits

OPTIMIZE = """
def optimize(w, b, X, Y, {taken}):
    for i in range({n}):
        grads, cost = propagate(w, b, X, Y)
        w, b = w - {rate} * grads["dw"], b - {rate} * grads["db"]
    return {{"w": w, "b": b}}, grads, [cost]
"""
PREDICT = """
def predict(w, b, X):
    A = sigmoid(w.T @ X + b)
    return {result}
"""
COURSE = {"taken": "num_iterations, learning_rate", "n": "num_iterations", "rate": "learning_rate"}
# Week 4 with functions of its own for every layer.
WEEK_4 = """
import numpy as np
def sigmoid(Z):
    A = 1 / (1 + np.exp(-Z))
    return A, Z
def relu(Z):
    return np.maximum(Z, 0), Z
def sigmoid_backward(dA, cache):
    s = sigmoid(cache)[0]
    return dA * s * (1 - s)
def relu_backward(dA, cache):
    return dA * (cache > 0)
def linear_forward(A, W, b):
    return W @ A + b, (A, W, b)
def linear_activation_forward(A_prev, W, b, activation):
    Z, linear_cache = linear_forward(A_prev, W, b)
    A, activation_cache = sigmoid(Z) if activation == "sigmoid" else relu(Z)
    return A, (linear_cache, activation_cache)
def L_model_forward(X, parameters):
    A, caches, L = X, [], len(parameters) // 2
    for l in range(1, L + 1):
        g = "relu" if l < L else "sigmoid"
        A, cache = linear_activation_forward(A, parameters[f"W{l}"], parameters[f"b{l}"], g)
        caches.append(cache)
    return A, caches
def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    return W.T @ dZ, dZ @ A_prev.T / m, np.sum(dZ, axis=1, keepdims=True) / m
def linear_activation_backward(dA, cache, activation):
    linear_cache, activation_cache = cache
    if activation == "sigmoid":
        dZ = sigmoid_backward(dA, activation_cache)
    else:
        dZ = relu_backward(dA, activation_cache)
    return linear_backward(dZ, linear_cache)
def L_model_backward(AL, Y, caches):
    grads, dA = {}, -(Y / AL - (1 - Y) / (1 - AL))
    for l in range(len(caches), 0, -1):
        g = "sigmoid" if l == len(caches) else "relu"
        dA, dW, db = linear_activation_backward(dA, caches[l - 1], g)
        grads |= {f"dA{l - 1}": dA, f"dW{l}": dW, f"db{l}": db}
    return grads
"""
OF_A = (  # sigmoid_backward takes A, which its caller computes
    ("(dA, cache):\n    s = sigmoid(cache)[0]\n", "(dA, A):\n    s = A\n"),
    (
        "sigmoid_backward(dA, activation_cache)",
        "sigmoid_backward(dA, sigmoid(activation_cache)[0])",
    ),
)
SWAPPED = (
    ("def sigmoid_backward(dA, cache)", "def sigmoid_backward(cache, dA)"),
    ("sigmoid_backward(dA, activation_cache)", "sigmoid_backward(activation_cache, dA)"),
)


def week_2(tmp_path: Path, text: str) -> Report:
    path = tmp_path / "week2.py"
    path.write_text((PROGRAMS / "week2.py").read_text() + text)
    return examined(path)


def week_4(tmp_path: Path, *changes: tuple[str, str]) -> Report:
    source = WEEK_4
    source = with_edits(source, changes)
    path = tmp_path / "week4.py"
    path.write_text(source)
    return examined(path)


def codes(report: Report) -> list[str]:
    return [finding.code for finding in report.findings]


@pytest.mark.parametrize(
    "names",
    [
        COURSE,
        {"taken": "learning_rate=0.01, num_iterations=100", "n": "num_iterations",
         "rate": "learning_rate"},
        {"taken": "alpha, steps", "n": "steps", "rate": "alpha"},
        {"taken": "epochs, lr=0.5", "n": "epochs", "rate": "lr"},
    ],
)  # fmt: skip
def test_optimize_may_take_the_rate_first(tmp_path: Path, names: dict[str, str]) -> None:
    report = week_2(tmp_path, OPTIMIZE.format(**names))
    report.raise_findings()
    assert {"optimize(3 iterations).w", "optimize(3 iterations).b"} <= report.judged


def test_one_iteration_too_many_is_named(tmp_path: Path) -> None:
    report = week_2(tmp_path, OPTIMIZE.format(**COURSE | {"n": "num_iterations + 1"}))
    (finding,) = report.findings
    assert finding.causes[0].sentence.format(**finding.causes[0].facts) == (
        "it is the result of 2 iterations"
    )


@pytest.mark.parametrize(
    ("result", "found"),
    [
        ("A > 0.5", []),
        ("(A > 0.5).astype(int).tolist()", []),
        ("np.full(A.shape, np.nan)", ["Y_prediction.not-finite"]),
        ("np.where(A > 0.5, np.nan, 0)", ["Y_prediction.not-finite"]),
        ("None", ["Y_prediction.none"]),
        ("'yes'", ["Y_prediction.no-numbers"]),
        ("(A > 0.5) * 1j", ["Y_prediction.no-numbers"]),
        ("(A > 0.5)[0]", ["Y_prediction.shape"]),
        ("A", ["prediction.value"]),
    ],
)
def test_a_prediction_is_numbers_of_any_type(tmp_path: Path, result: str, found: list[str]) -> None:
    assert codes(week_2(tmp_path, PREDICT.format(result=result))) == found


def test_no_number_is_within_a_bound() -> None:
    reference = np.array([[0.0, 1.0]])
    for x in ([[np.nan, 1.0]], [[0.0, np.nan]], [[np.nan, np.nan]]):
        assert Comparison.equal(np.array(x), reference).ratio == np.inf


@pytest.mark.slow
def test_a_wrong_propagate_of_a_second_week_is_one_finding(tmp_path: Path) -> None:
    """In its own names; `optimize`, whose gradients it gives, is not blamed."""
    week_2_too = (
        (PROGRAMS / "week2.py").read_text().replace("1 / m * np.sum(A - Y)", "np.sum(A - Y)")
    )
    path = tmp_path / "week3.py"
    both = (PROGRAMS / "week3.py").read_text() + week_2_too + OPTIMIZE.format(**COURSE)
    path.write_text(both)
    (finding,) = examined(path).findings
    assert finding.tensor == "week 2.db1"
    assert finding.causes[0].formula == "db = np.sum(dZ)"


@pytest.mark.slow
@pytest.mark.parametrize("changes", [(), OF_A, SWAPPED])
def test_a_helper_of_another_convention_passes(tmp_path: Path, changes: Any) -> None:
    report = week_4(tmp_path, *changes)
    report.raise_findings()
    assert "sigmoid_backward.dZ" in report.judged


@pytest.mark.slow
@pytest.mark.parametrize("changes", [(), OF_A, SWAPPED])
@pytest.mark.parametrize(
    ("mistake", "found"),
    [
        (("dZ @ A_prev.T / m", "dZ @ A_prev.T"), "linear_backward.dW"),
        (("dA * s * (1 - s)", "dA * s"), "sigmoid_backward.dZ"),
    ],
)
def test_its_caller_is_not_blamed_for_a_mistake(
    tmp_path: Path, changes: Any, mistake: tuple[str, str], found: str
) -> None:
    """Nor is it for another function's, with whose correct version it is called again."""
    alone = [f.tensor for f in week_4(tmp_path, *changes, mistake).findings if "." in f.tensor]
    assert alone == [found]


@pytest.mark.slow
def test_the_wrong_argument_of_a_helper_is_the_callers_mistake(tmp_path: Path) -> None:
    report = week_4(tmp_path, OF_A[0])
    assert [finding.tensor for finding in report.findings] == [
        "dZ3", "linear_activation_backward(sigmoid).dZ",
    ]  # fmt: skip


OTHER_CACHES = {
    "sigmoid": [("return A, Z\n", "return A, A\n"), ("sigmoid(cache)[0]", "cache")],
    "order": [
        ("(A, W, b)\n", "(W, A, b)\n"), ("A_prev, W, b = cache", "W, A_prev, b = cache"),
    ],
    "dictionary": [
        ("(A, W, b)\n", "{'A': A, 'W': W, 'b': b}\n"),
        ("A_prev, W, b = cache", "A_prev, W, b = cache.values()"),
    ],
    "less": [
        ("(A, W, b)\n", "(W, [A])\n"), ("A_prev, W, b = cache", "W, (A_prev,) = cache"),
    ],
}  # fmt: skip
MISTAKE = ("dZ @ A_prev.T / m", "dZ @ A_prev.T")


@pytest.mark.slow
@pytest.mark.parametrize("changes", OTHER_CACHES.values(), ids=OTHER_CACHES)
def test_a_layers_cache_of_another_form_passes_and_is_noted(
    tmp_path: Path, changes: list[tuple[str, str]]
) -> None:
    report = week_4(tmp_path, *changes)
    report.raise_findings()
    assert any("recognised by its numbers" in note for note in report.notes)
    assert {"linear_backward.dW", "sigmoid_backward.dZ"} <= report.judged


@pytest.mark.slow
def test_a_mistake_beside_a_cache_of_another_form_is_that_of_the_function(tmp_path: Path) -> None:
    report = week_4(tmp_path, *OTHER_CACHES["order"], MISTAKE)
    assert {f.tensor for f in report.findings} >= {"linear_backward.dW"}
    assert "result.cache" not in codes(report)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("function", "changes"),
    [
        ("linear_forward", [("(A, W, b)\n", "(W, A, b)\n")]),
        ("linear_forward", [("(A, W, b)\n", "(A, W + 1, b)\n")]),
        ("linear_forward", [("(A, W, b)\n", "None\n")]),
        ("sigmoid", [("return A, Z\n", "return A, A\n")]),
    ],
)  # fmt: skip
def test_a_cache_with_which_backward_is_wrong_is_one_finding(
    tmp_path: Path, function: str, changes: list[tuple[str, str]]
) -> None:
    """What the whole run reads from it, such as W as A_prev, is no mistake of its own."""
    (finding,) = week_4(tmp_path, *changes).findings
    assert (finding.tensor, finding.code) == (function, "result.cache")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "found"),
    [
        (("return W.T @ dZ, dZ", "return dZ"), "linear_backward"),
        (("return W @ A + b, (", "return (W @ A + b).tolist(), ("), "linear_forward.Z"),
        (("return W @ A + b, (", "return linear_forward(A, W, b), ("), "linear_forward"),
    ],
)
def test_an_error_in_a_function_is_no_mistake_of_its_caller(
    tmp_path: Path, change: tuple[str, str], found: str
) -> None:
    assert [finding.tensor for finding in week_4(tmp_path, change).findings] == [found]


@pytest.mark.slow
def test_a_changed_argument_is_not_said_of_the_cache_too(tmp_path: Path) -> None:
    report = week_4(tmp_path, ("return W @ A + b, (A", "Z = W @ A + b; W += 0.5; return Z, (A"))
    assert "linear_forward.W" in [finding.tensor for finding in report.findings]
    assert "result.cache" not in codes(report)


@pytest.mark.parametrize(
    ("dw", "message"),
    [
        ("[[1, 2], [3]]", "dw is a list, not an array of numbers"),
        ("dw.tolist()", "dw is a list; expected an array of float64"),
        ("None", "dw is None"),
        ("1j * dw", "dw is of complex128, not an array of numbers"),
    ],
)
def test_a_gradient_of_any_type_is_one_sentence(tmp_path: Path, dw: str, message: str) -> None:
    text = f"""
own = propagate
def propagate(w, b, X, Y):
    grads, cost = own(w, b, X, Y)
    dw = grads["dw"]
    return {{"dw": {dw}, "db": grads["db"]}}, cost
"""
    (finding,) = week_2(tmp_path, text).findings
    assert finding.message.startswith(message)


def test_a_right_line_with_wrong_numbers_is_not_quoted(tmp_path: Path) -> None:
    """The step is right; X is not."""
    text = """
def optimize(w, b, X, Y, num_iterations, learning_rate):
    for i in range(num_iterations):
        grads, cost = propagate(w, b, X / 2, Y)
        dw, db = grads["dw"], grads["db"]
        w = w - learning_rate * dw
        b = b - learning_rate * db
    return {"w": w, "b": b}, grads, [cost]
"""
    (finding,) = week_2(tmp_path, text).findings
    assert finding.tensor == "optimize(1 iteration).w"
    assert finding.yours is None
