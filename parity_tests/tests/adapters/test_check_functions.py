"""check_functions: the check of functions in a notebook."""

from __future__ import annotations

import linecache
from typing import Any

import numpy as np
import pytest

from parity_tests import check_functions
from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.request import Request
from parity_tests.tests.support.paths import PROGRAMS
from ref_numpy import InputError

WEEK_3 = PROGRAMS / "week3.py"


def defined(source: str, filename: str = "week3.py") -> dict[str, Any]:
    """The functions of a text, as a cell of a notebook defines them."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(source, filename, "exec"), namespace)
    linecache.cache[filename] = len(source), None, source.splitlines(keepends=True), filename
    return namespace


def test_functions_are_judged_as_the_command_judges_their_file() -> None:
    cell = defined(WEEK_3.read_text(encoding="utf-8"))
    names = ("sigmoid", "forward_propagation", "compute_cost", "backward_propagation",
             "update_parameters")  # fmt: skip
    settings: dict[str, Any] = {"network": "5-4-1", "examples": 11}
    ours = check_functions(*(cell[name] for name in names), **settings)
    theirs = examine(Request(str(WEEK_3), **settings))
    assert ours.passed
    assert ours.tensors == theirs.tensors


def test_a_mistake_is_found_and_the_cells_own_line_quoted() -> None:
    source = WEEK_3.read_text(encoding="utf-8").replace("np.power(A1, 2)", "A1")
    cell = defined(source, "/tmp/ipykernel_123/456.py")
    report = check_functions(
        cell["forward_propagation"], cell["backward_propagation"], network="5-4-1", examples=11
    )
    (finding,) = report.findings
    assert finding.tensor == "dZ1"
    assert finding.yours == "the cell, line 22: dZ1 = np.dot(W2.T, dZ2) * (1 - A1)"


def test_a_called_function_is_the_references_or_the_notebooks() -> None:
    cell = defined(
        "import numpy as np\n"
        "def sigmoid(x): return 2 * x\n"  # not given, so that the right one is called
        "def product(W, A): return np.dot(W, A)\n"
        "def linear_activation_forward(A_prev, W, b, activation):\n"
        "    Z = product(W, A_prev) + b\n"
        "    return sigmoid(Z)[0], ((A_prev, W, b), Z)\n"
        "def linear_forward(A, W, b, *, more=0.0):\n"
        "    return product(W, A) + b + more, (A, W, b)\n"
    )
    assert check_functions(cell["linear_forward"]).passed
    report = check_functions(cell["linear_activation_forward"])
    assert [f.tensor for f in report.findings] == ["linear_activation_forward(relu).A"]
    assert cell["sigmoid"](3) == 6  # the notebook's own names are as they were


def test_an_exercise_that_is_not_solved_is_a_finding_and_not_an_exception() -> None:
    cell = defined(
        "def propagate(w, b, X, Y):\n    raise NotImplementedError('dw and db: two lines')\n",
        "/tmp/ipykernel_123/789.py",
    )
    report = check_functions(cell["propagate"])
    assert not report.passed
    assert report.findings[0].message == (
        "propagate raised NotImplementedError: dw and db: two lines (the cell, line 2)"
    )


def test_the_first_finding_is_of_the_first_function_in_a_run() -> None:
    """Of ReLU's forward branch, which is missing, before the backward function, in any order."""
    cell = defined(
        "import numpy as np\n"
        "def linear_activation_forward(A_prev, W, b, activation):\n"
        "    Z = W @ A_prev + b\n"
        "    if activation == 'sigmoid':\n"
        "        return 1 / (1 + np.exp(-Z)), ((A_prev, W, b), Z)\n"
        "    raise NotImplementedError('A for relu')\n"
        "def linear_activation_backward(dA, cache, activation):\n"
        "    raise NotImplementedError('dZ')\n"
    )
    forward, backward = cell["linear_activation_forward"], cell["linear_activation_backward"]
    for functions in ((forward, backward), (backward, forward)):
        findings = check_functions(*functions).findings
        assert [f.tensor for f in findings] == [f.__name__ for f in (forward, backward)]


def test_another_function_is_refused_in_a_sentence() -> None:
    with pytest.raises(
        InputError, match="fit is not a function that a check knows; expected some of"
    ):
        check_functions(defined("def fit(): pass")["fit"])
    with pytest.raises(InputError, match="sin is not a function that a check knows"):
        check_functions(np.sin)
    with pytest.raises(InputError, match="no function was given; expected some of sigmoid"):
        check_functions()
