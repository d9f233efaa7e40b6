"""Course files as people write them: other styles, other helpers, several weeks, notebooks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.request import Request
from parity_tests.checking.report import Report
from parity_tests.tests.support.paths import PROGRAMS
from parity_tests.tests.support.written_programs.course_files import changed, examined

RELU = "\ndef relu(z):\n    return np.maximum(0, z)\n"
FORWARD = "W1, b1, W2, b2 = (parameters[k]"
TANH = "A1 = np.tanh(Z1)"


def added(tmp_path: Path, week: str, text: str, *changes: tuple[str, str]) -> Path:
    path = changed(tmp_path, week, *changes)
    path.write_text(path.read_text() + text)
    return path


def found(report: Report) -> list[str]:
    return [finding.tensor for finding in report.findings]


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize(
    "changes",
    [
        [(TANH, "A1 = (np.exp(Z1) - np.exp(-Z1)) / (np.exp(Z1) + np.exp(-Z1))")],
        [(TANH, "A1 = 2 * sigmoid(2 * Z1) - 1")],
        [("1/(1+np.exp(-x))", "0.5 * (1 + np.tanh(x / 2))")],
        [("(1 - np.power(A1, 2))", "1 / np.cosh(cache['Z1']) ** 2")],
        [("1/(1+np.exp(-x))", "np.exp(x) / (1 + np.exp(x))")],
        [("compute_cost(A2, Y, parameters):", "compute_cost(*given):\n    A2, Y = given[:2]")],
        [("float(np.squeeze(-np.sum(logprobs) / m))", "np.mean(-logprobs)")],
        [("def backward_propagation(", "backward_propagation = lambda *x: back(*x)\ndef back(")],
    ],
)  # fmt: skip
@pytest.mark.slow
def test_every_style_of_week_3_passes(tmp_path: Path, changes: Any, precision: str) -> None:
    path = changed(tmp_path, "week3", *changes)
    for seed in (1, 2):
        examined(path, network="50-40-1", seed=seed, precision=precision).raise_findings()


@pytest.mark.parametrize("precision", ["float64", "float32", "bfloat16"])
@pytest.mark.slow
def test_week_4_passes_on_many_problems(precision: str) -> None:
    for seed in (3, 4, 8):
        path = PROGRAMS / "week4.py"
        report = examined(path, network="20-15-10-1", examples=60, seed=seed, precision=precision)
        report.raise_findings()


@pytest.mark.slow
@pytest.mark.parametrize("week", ["week2", "week3"])
def test_a_helper_of_another_week_changes_nothing(tmp_path: Path, week: str) -> None:
    report = examined(added(tmp_path, week, RELU))
    report.raise_findings()
    assert {"J", "dW1", "db1", "relu.A"} <= {tensor.name for tensor in report.tensors}
    bug = ("np.sum(A - Y)", "np.sum(A + Y)") if week == "week2" else ("dZ2 = A2 - Y", "dZ2 = A2")
    assert found(examined(added(tmp_path, week, RELU, bug))) == [
        "db1" if week == "week2" else "dZ2"
    ]


@pytest.mark.slow
def test_several_weeks_in_one_file_are_all_run(tmp_path: Path) -> None:
    together = [(PROGRAMS / f"{week}.py").read_text() for week in ("week2", "week3", "week4")]
    # Each week's own sigmoid: week 4's gives a cache as well.
    together[0] = together[0].replace("sigmoid(", "sigmoid_2(")
    together[1] = together[1].replace("sigmoid(", "sigmoid_3(").replace("compute_cost", "cost_3")
    together[1] = together[1].replace("update_parameters", "update_3")
    path = tmp_path / "week4_all.py"
    path.write_text("\n".join(together))
    report = examined(path)
    report.raise_findings()
    names = {tensor.name for tensor in report.tensors}
    assert {"dW3", "week 2.dW1", "week 3.dW2", "backward_propagation.dW2"} <= names
    path.write_text("\n".join(together).replace("1 / m * np.sum(A - Y)", "np.sum(A - Y)"))
    assert found(examined(path)) == ["week 2.db1"]


def test_a_run_is_preferred_to_helpers_and_drivers_to_a_run(tmp_path: Path) -> None:
    run = "import ref_numpy\ndef run(*problem):\n    return ref_numpy.run(*problem)\n"
    (tmp_path / "mine.py").write_text("import numpy as np\n" + RELU + run)
    report = examine(Request(str(tmp_path / "mine.py"), network="5-4-3", examples=9))
    assert (report.candidate.rpartition(":")[2], len(report.tensors)) == ("run", 14)
    report = examined(added(tmp_path, "week3", run))
    assert "backward_propagation.dW1" in [tensor.name for tensor in report.tensors]


def test_functions_without_a_driver_are_reported_as_checked_alone(tmp_path: Path) -> None:
    path = changed(
        tmp_path, "week3", ("def forward_prop", "def ff_prop"), ("def backward_", "def back_")
    )
    report = examined(path)
    assert (report.findings, report.verdict) == ((), "not judged")
    assert report.not_seen == (
        "ff_propagation(X, parameters)",
        "back_propagation(parameters, cache, X, Y)",
    )
    assert "dW1" in report.not_checked
    assert report.notes[0].startswith("single functions only: there is none of propagate, forward")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("week", "change", "tensors"),
    [
        ("week2", ("    cost = np.squeeze", "    w -= 0.1 * dw\n    cost = np.squeeze"),
         ["propagate.w"]),
        ("week3", ("    return A2, {", "    W1 *= 1.5\n    return A2, {"),
         ["forward_propagation.W1"]),
        ("week3", (FORWARD, f"X -= X.mean()\n    {FORWARD}"), ["forward_propagation.X", "Z1"]),
        ("week4", ("    Y = Y.reshape(AL.shape)", "    caches[0][0][1][...] = 0"),
         ["L_model_backward.caches[0][0][1]", "dA0"]),
        ("week3", ("    return {k: parameters", "    grads['dW1'] *= 2\n    return {k: parameters"),
         ["update_parameters.dW1", "update_parameters.W1"]),
    ],
)  # fmt: skip
def test_arguments_changed_in_place_come_first(tmp_path: Path, week, change, tensors) -> None:
    assert found(examined(changed(tmp_path, week, change)))[: len(tensors)] == tensors


def test_an_update_in_place_is_an_update(tmp_path: Path) -> None:
    path = added(tmp_path, "week3", """
def update_parameters(parameters, grads, learning_rate):
    for k in parameters:
        parameters[k] -= learning_rate * grads["d" + k]
    return parameters
""")  # fmt: skip
    examined(path).raise_findings()


AS_A_TUPLE = (
    ('{"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}', "(Z1, A1, Z2, A2)"),
    ('A1, A2 = cache["A1"], cache["A2"]', "_, A1, _, A2 = cache"),
)


def test_a_cache_of_another_form_passes_and_is_noted(tmp_path: Path) -> None:
    report = examined(changed(tmp_path, "week3", *AS_A_TUPLE))
    report.raise_findings()
    assert "forward_propagation's cache is (Z1, A1, Z2, A2)" in "".join(report.notes)
    assert {"Z1", "A1", "dW1"} <= report.judged


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cache", "tensors"),
    [("(Z1, Z1, Z2, A2)", {"A1"}), ("(Z1, A1 + 1, Z2, A2)", {"A1"}), ("(A1, Z1, Z2, A2)", {"dW2"})],
)
def test_a_wrong_tuple_as_cache_is_found(tmp_path: Path, cache: str, tensors: set[str]) -> None:
    """Recognised by its numbers; in the last one the backward pass takes Z1 for A1."""
    form, reading = AS_A_TUPLE
    path = changed(tmp_path, "week3", (form[0], cache), reading)
    assert {*found(examined(path))} >= tensors


@pytest.mark.slow
def test_one_wrong_line_beside_a_variable_of_another_meaning_is_one_finding(tmp_path: Path) -> None:
    path = changed(
        tmp_path, "week3",
        ("dZ2 = A2 - Y", "dZ2 = (A2 - Y) / m"),
        ("np.dot(dZ2, A1.T) / m", "np.dot(dZ2, A1.T)"),
        ("np.sum(dZ2, axis=1, keepdims=True) / m", "np.sum(dZ2, axis=1, keepdims=True)"),
        ("np.dot(dZ1, X.T) / m", "np.dot(dZ1, X.T)"),
        ("np.sum(dZ1, axis=1, keepdims=True) / m", "np.sum(dZ1, axis=0, keepdims=True).mean()"),
    )  # fmt: skip
    assert found(examined(path)) == ["db1"]


def notebook(path: Path, *cells: str) -> Path:
    source = (PROGRAMS / "week3.py").read_text()
    content = [{"cell_type": "code", "source": text} for text in (source, *cells)]
    path.write_text(json.dumps({"cells": content, "nbformat": 4}))
    return path


@pytest.mark.parametrize(
    ("cell", "notes"),
    [
        ("square = np.tanh  # is this a definition?\nFORWARD = {'tanh': np.tanh}", []),
        ("def g(x):\n    return x  # in this order?\nx = ('%d'\n% 3)", []),
        ("%matplotlib inline\nls = !ls\nnp.dot?\n?np.dot\nif True:\n    %time 1\nE = 10**-30", []),
        ("%%capture out\nimport os", []),
        ("%%bash\nrm -rf important", []),
        ("try:\n    import nowhere\nexcept ImportError:\n    nowhere = None\nelse:\n    pass", []),
        ("import nowhere\nraise SystemExit('training')\nprint(undefined)", []),
        ("x = = 3", ["left out: cell 2 is not Python (invalid syntax, line 1)"]),
        ("def f(n=rng):\n    return n",
         ["left out: line 1 of cell 2 raised NameError: name 'rng' is not defined"]),
    ],
)  # fmt: skip
def test_a_notebooks_other_cells_do_no_harm(tmp_path: Path, cell: str, notes: list[str]) -> None:
    report = examine(Request(str(notebook(tmp_path / "n.ipynb", cell)), network="5-4-1"))
    report.raise_findings()
    assert list(report.notes) == notes
