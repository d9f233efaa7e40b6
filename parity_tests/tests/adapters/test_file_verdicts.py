"""Verdicts on files: functions called or not, and the adapter for those that could not be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.check_functions import check_functions
from parity_tests.adapters.interfaces import network_candidate
from parity_tests.adapters.request import Request
from parity_tests.checking.verdict import NOT_JUDGED, PASSED
from parity_tests.tests.support.paths import PROGRAMS, ROOT
from parity_tests.tests.support.written_programs.learners_files import (
    adapter_for,
    examined,
    source_of,
    written,
)


@pytest.mark.slow
def test_drivers_of_other_names_are_judged_by_what_they_take_and_give() -> None:
    report = examined(PROGRAMS / "renamed_drivers.py")
    assert [(f.tensor, f.causes[0].code) for f in report.findings] == [("dZ1", "dZ.missing-square")]
    assert report.not_seen == ()


@pytest.fixture
def no_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """No whole network is recognised by what its functions take and give."""
    monkeypatch.setattr(network_candidate, "find_network_program", lambda request, program: None)


@pytest.mark.slow
@pytest.mark.usefixtures("no_networks")
def test_drivers_that_are_not_recognised_are_not_judged_and_their_adapter_is(tmp_path) -> None:
    path = PROGRAMS / "renamed_drivers.py"
    report = examined(path)
    assert (report.verdict, report.findings) == (NOT_JUDGED, ())
    assert [t.name for t in report.tensors] == ["sigmoid.A", "compute_cost.cost"]
    assert report.not_seen == (
        "forward_prop(X, parameters)", "backward_prop(parameters, cache, X, Y)",
    )  # fmt: skip
    # Its mistake is 1 − A for 1 − A²: of dZ1, which it does not return.
    (finding,) = adapter_for(path, tmp_path).findings
    assert (finding.tensor, finding.facts["others"]) == ("dW1", ("db1",))
    assert [cause.code for cause in finding.causes] == ["dZ.missing-square"]
    right = source_of("renamed_drivers.py").replace("(1 - A1)", "(1 - A1 ** 2)")
    report = adapter_for(written(tmp_path, right), tmp_path)
    assert report.passed
    assert {"Z1", "A1", "Z2", "A2", "J", "dW1", "db1", "dW2", "db2"} == report.judged


def test_one_function_of_many_is_not_judged(tmp_path: Path) -> None:
    """A layers file of another course: only `relu` has a name that a check knows."""
    layers = "".join(f"def layer_{k}_forward(x, w):\n    return x @ w, (x, w)\n" for k in range(20))
    path = written(tmp_path, f"import numpy as np\ndef relu(z): return np.maximum(0, z)\n{layers}")
    report = examined(path)
    assert (report.verdict, len(report.tensors), len(report.not_seen)) == (NOT_JUDGED, 1, 20)


def test_a_file_of_update_rules_is_judged_by_them(tmp_path: Path) -> None:
    report = examined(PROGRAMS / "adam.py")
    assert (report.verdict, report.not_seen) == (PASSED, ())
    more = source_of("adam.py") + "\ndef fit(X, Y):\n    return X @ Y.T\n"
    report = examined(written(tmp_path, more))
    assert (report.verdict, report.not_seen) == (NOT_JUDGED, ("fit(X, Y)",))


@pytest.mark.slow
@pytest.mark.parametrize("week", ["week3.py", "week4.py"])
def test_update_rules_are_no_backward_pass(tmp_path: Path, week: str) -> None:
    """A file whose backward functions are not written yet has passed nothing."""
    source = source_of(week)
    imports, *functions = source.split("\ndef ")
    without = [f for f in functions if "backward" not in f.partition("(")[0]]
    assert len(without) < len(functions)
    network = "5-4-1" if week == "week3.py" else "5-4-3-1"
    report = examined(written(tmp_path, "\ndef ".join([imports, *without]), week), network=network)
    assert (report.verdict, report.findings, report.not_seen) == (NOT_JUDGED, (), ())
    assert any(t.function.startswith("update_parameters") for t in report.tensors)


def test_a_helper_that_a_checked_function_uses_is_looked_at(tmp_path: Path) -> None:
    """Also within an inner function, behind a decorator, and a class."""
    source = source_of("adam.py").replace("1 - np.power(beta1, t)", "rest(beta1, t)")
    source += (
        "import functools\n"
        "class Power:\n    def of(self, x, t): return power(x, t)\n"
        "def same(f):\n"
        "    @functools.wraps(f)\n"
        "    def g(*a): return f(*a)\n"
        "    return g\n"
        "@same\n"
        "def power(x, t): return x ** t\n"
        "def rest(x, t):\n"
        "    inner = lambda: 1 - Power().of(x, t)\n"
        "    return inner()\n"
    )
    report = examined(written(tmp_path, source))
    assert (report.verdict, report.not_seen) == (NOT_JUDGED, ("same(f)",))


@pytest.mark.usefixtures("no_networks")
def test_a_file_of_nothing_known_is_not_judged_and_has_an_adapter(tmp_path: Path) -> None:
    source = source_of("renamed_drivers.py")
    source = source.replace("sigmoid", "logistic").replace("compute_cost", "the_cost")
    report = examine(Request(str(written(tmp_path, source)), network="5-4-3", examples=11))
    assert (report.verdict, report.tensors, len(report.not_seen)) == (NOT_JUDGED, (), 4)
    assert "AL, cache = mine.forward_prop(X, params)" in report.adapter


def test_check_functions_judges_the_given_functions() -> None:
    """`check_functions(sigmoid)` in a notebook asks for no backward pass."""
    namespace: dict[str, Any] = {}
    exec("import numpy as np\ndef sigmoid(z): return 1 / (1 + np.exp(-z))", namespace)
    report = check_functions(namespace["sigmoid"])
    assert (report.verdict, [t.name for t in report.tensors]) == (PASSED, ["sigmoid.A"])


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ("backprop = np.vectorize(lambda x: 99 * x)\n", "backprop(x)"),
        ("from functools import partial\nbackprop = partial(print, 3)\n", "backprop"),
        ("from functools import lru_cache\n@lru_cache\ndef backprop(X, Y): return X\n",
         "backprop(X, Y)"),
        ("def __backward(X, Y): return X\n", "__backward(X, Y)"),
        ("def dot(X, Y): return X\n", "dot(X, Y)"),  # np.dot is another
        ("from own_helper import backprop\n", "backprop(X, Y)"),
        ("class Net:\n    def backward(self, dA): return dA\n", "class Net"),
    ],
)  # fmt: skip
def test_functions_that_were_not_called_are_listed(tmp_path, more, name, monkeypatch) -> None:
    """Beside a right linear_backward it leaves the file not judged."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    written(tmp_path, "def backprop(X, Y): return X\n", "own_helper.py")
    report = examined(written(tmp_path, LINEAR_BACKWARD + more))
    assert (report.verdict, report.findings) == (NOT_JUDGED, ())
    assert [n.partition("(")[0] for n in report.not_seen] == [name.partition("(")[0]]
    given = "from numpy import dot, exp\nfrom math import sqrt\nimport os\n"
    assert examined(written(tmp_path, LINEAR_BACKWARD + given)).verdict == PASSED


LINEAR_BACKWARD = (
    "import numpy as np\n"
    "def linear_backward(dZ, cache):\n"
    "    A_prev, W, b = cache\n"
    "    m = A_prev.shape[1]\n"
    "    return W.T @ dZ, np.dot(dZ, A_prev.T) / m, dZ.sum(axis=1, keepdims=True) / m\n"
)


@pytest.mark.slow
@pytest.mark.parametrize("helper", [False, True])
def test_an_edit_in_the_same_second_is_judged(tmp_path: Path, helper: bool) -> None:
    """Of as many bytes, so that Python would take the bytecode of the file before."""
    right = source_of("week2.py").replace("(A - Y)", "(A + 0 - Y)")
    wrong = right.replace("(A + 0 - Y)", "(A + 1 - Y)")
    assert len(right) == len(wrong)
    findings = []
    for text in (right, wrong):
        path = written(tmp_path, text, "own.py" if helper else "mine.py")
        if helper:
            path = written(tmp_path, "from own import *\n", "mine.py")
        for file in tmp_path.glob("*.py"):
            os.utime(file, (10**9, 10**9))
        done = subprocess.run(
            [sys.executable, "-m", "parity_tests", "check", str(path), "--json"],
            env={n: x for n, x in os.environ.items() if n != "PYTHONDONTWRITEBYTECODE"},
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        findings.append(len(json.loads(done.stdout)["findings"]))
    assert findings[0] == 0 < findings[1]


def test_a_cell_that_was_left_out_was_not_looked_at(tmp_path: Path) -> None:
    cells = [LINEAR_BACKWARD, "class Net:\n    def backward(self): broken("]
    source = {"cells": [{"cell_type": "code", "source": cell} for cell in cells]}
    path = written(tmp_path, json.dumps(source), "mine.ipynb")
    report = examined(path)
    assert (report.verdict, len(report.not_seen)) == (NOT_JUDGED, 1)
    assert report.not_seen[0].startswith("cell 2 is not Python")
    assert str(report).count("cell 2 is not Python") == 1  # by the note


def test_single_functions_of_a_backward_pass_are_judged_without_their_forward(tmp_path) -> None:
    source = source_of("week3.py")
    only = source[source.index("def backward_propagation") :]
    only = "import numpy as np\n" + only[: only.index("\ndef ", 1)]
    report = examined(written(tmp_path, only))
    assert (report.verdict, report.not_seen) == (PASSED, ())
    assert report.judged == {f"backward_propagation.{n}" for n in ("dW1", "db1", "dW2", "db2")}
    assert (
        "backward_propagation.dW1"
        in examined(written(tmp_path, only), require="backward_propagation.dW1").required
    )


@pytest.mark.slow
def test_an_adapter_is_for_names_that_are_not_known() -> None:
    """A program that was compared needs no adapter, even if a required tensor is missing."""
    report = examined(PROGRAMS / "week3.py", require="dA0")
    assert (report.verdict, report.missing, report.adapter) == (NOT_JUDGED, ("dA0",), "")
