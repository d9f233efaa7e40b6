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


@pytest.mark.slow
def test_functions_are_judged_as_the_command_judges_their_file() -> None:
    cell = defined(WEEK_3.read_text(encoding="utf-8"))
    names = ("sigmoid", "forward_propagation", "compute_cost", "backward_propagation",
             "update_parameters")  # fmt: skip
    settings: dict[str, Any] = {"network": "5-4-1", "examples": 11}
    ours = check_functions(*(cell[name] for name in names), **settings)
    theirs = examine(Request(str(WEEK_3), **settings))
    assert ours.passed
    assert ours.tensors == theirs.tensors


@pytest.mark.slow
def test_a_mistake_is_found_and_the_cells_own_line_quoted() -> None:
    source = WEEK_3.read_text(encoding="utf-8").replace("np.power(A1, 2)", "A1")
    cell = defined(source, "/tmp/ipykernel_123/456.py")
    report = check_functions(
        cell["forward_propagation"], cell["backward_propagation"], network="5-4-1", examples=11
    )
    (finding,) = report.findings
    assert finding.tensor == "dZ1"
    assert finding.yours == "the cell, line 22: dZ1 = np.dot(W2.T, dZ2) * (1 - A1)"


def test_a_helper_of_the_notebook_is_called_as_it_is() -> None:
    """Also under a name that the course has, in either of its conventions."""
    returns_A = "def sigmoid(x): return 1 / (1 + np.exp(-x))\n"
    returns_both = "def sigmoid(x): return 1 / (1 + np.exp(-x)), x\n"
    uses_A = "def sigmoid_backward(dA, cache): s = sigmoid(cache); return dA * s * (1 - s)\n"
    for definitions in (
        returns_A + uses_A,
        returns_both + uses_A.replace("sigmoid(cache);", "sigmoid(cache)[0];"),
        "def product(W, A): return np.dot(W, A)\n"
        "def linear_forward(A, W, b, *, more=0.0): return product(W, A) + b + more, (A, W, b)\n",
    ):
        cell = defined("import numpy as np\n" + definitions)
        (function,) = {"sigmoid_backward", "linear_forward"} & {*cell}
        report = check_functions(cell[function])
        assert report.passed, str(report)
        assert not report.notes


@pytest.mark.slow
@pytest.mark.parametrize("wrong", ["1 / (1 + np.exp(x))", "(1 / (1 + np.exp(x)), x)"])
def test_a_wrong_helper_is_named_and_not_the_function_that_calls_it(wrong: str) -> None:
    entry = "[0]" if wrong[0] == "(" else ""
    cell = defined(
        f"import numpy as np\ndef sigmoid(x): return {wrong}\n"
        f"def propagate(w, b, X, Y):\n"
        f"    m, A = X.shape[1], sigmoid(w.T @ X + b){entry}\n"
        f"    cost = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m\n"
        f"    return {{'dw': X @ (A - Y).T / m, 'db': np.sum(A - Y) / m}}, cost\n"
        f"def sigmoid_backward(dA, cache):\n"
        f"    s = sigmoid(cache){entry} + 0\n"
        f"    return dA * s * (2 - s)\n"
        f"def linear_activation_forward(A_prev, W, b, activation):\n"
        f"    Z = W @ A_prev + b\n"
        f"    A = sigmoid(Z){entry} if activation == 'sigmoid' else np.maximum(0, Z)\n"
        f"    return A, ((A_prev, W, b), Z)\n"
    )
    report = check_functions(cell["propagate"], network="5-1")
    assert "sigmoid.A" in {f.tensor for f in report.findings}
    report = check_functions(cell["linear_activation_forward"])
    assert [f.tensor for f in report.findings] == ["sigmoid.A"]
    report = check_functions(cell["sigmoid_backward"])  # which has a mistake of its own
    assert {f.tensor for f in report.findings} == {"sigmoid.A", "sigmoid_backward.dZ"}


@pytest.mark.slow
def test_a_helper_that_is_defined_nowhere_is_the_references_and_the_report_says_so() -> None:
    cell = defined(
        "import numpy as np\n"
        "def sigmoid_backward(dA, cache): s, _ = sigmoid(cache); return dA * s * (1 - s)\n"
    )
    report = check_functions(cell["sigmoid_backward"])
    assert report.passed
    assert report.notes == (
        "not defined, so that the reference's were used: sigmoid (as in week 4)",
    )
    assert "sigmoid" not in cell


def test_the_helpers_of_an_imported_function_are_not_said_to_be_supplied() -> None:
    cell = defined(
        "from parity_tests.adapters.course.reference_functions import linear_activation_forward\n"
        "def L_model_forward(X, parameters):\n"
        "    A, caches = X, []\n"
        "    for l in (1, 2, 3):\n"
        "        W, b = parameters[f'W{l}'], parameters[f'b{l}']\n"
        "        A, c = linear_activation_forward(A, W, b, 'relu' if l < 3 else 'sigmoid')\n"
        "        caches.append(c)\n"
        "    return A, caches\n"
    )
    report = check_functions(cell["L_model_forward"], network="5-4-3-1")
    assert not report.findings
    assert not any("not defined" in note for note in report.notes)


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


@pytest.mark.slow
def test_a_result_that_an_exercise_asks_for_is_required() -> None:
    """These functions return dA[L], which is not asked for, and no other dA."""
    cell = defined(
        "import numpy as np\n"
        "from parity_tests.adapters.course.reference_functions import (\n"
        "    linear_activation_backward, linear_activation_forward)\n"
        "def L_model_forward(X, parameters):\n"
        "    A, caches, L = X, [], len(parameters) // 2\n"
        "    for l in range(1, L + 1):\n"
        "        W, b = parameters[f'W{l}'], parameters[f'b{l}']\n"
        "        A, c = linear_activation_forward(A, W, b, 'relu' if l < L else 'sigmoid')\n"
        "        caches.append(c)\n"
        "    return A, caches\n"
        "def L_model_backward(AL, Y, caches):\n"
        "    L, dA = len(caches), -(Y / AL - (1 - Y) / (1 - AL))\n"
        "    grads = {f'dA{L}': dA}\n"
        "    for l in range(L, 0, -1):\n"
        "        g = 'relu' if l < L else 'sigmoid'\n"
        "        dA, grads[f'dW{l}'], grads[f'db{l}'] = linear_activation_backward(\n"
        "            dA, caches[l - 1], g)\n"
        "    return grads\n"
    )
    functions = cell["L_model_forward"], cell["L_model_backward"]
    assert check_functions(*functions, network="5-4-1").passed
    report = check_functions(*functions, network="5-4-1", require="dA0,dA1")
    assert (report.verdict, report.missing) == ("not judged", ("dA0", "dA1"))


@pytest.mark.slow
def test_a_kept_result_of_truth_values_is_a_finding() -> None:
    """Which have no difference in NumPy."""
    cell = defined(
        "import numpy as np\n"
        "calls = []\n"
        "def propagate(w, b, X, Y):\n"
        "    m, A = X.shape[1], 1 / (1 + np.exp(-(w.T @ X + b)))\n"
        "    cost = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m\n"
        "    calls.append(1)\n"
        "    dw = X @ (A - Y).T / m if len(calls) == 1 else np.arange(5)[:, None] > 2\n"
        "    return {'dw': dw, 'db': np.sum(A - Y) / m}, cost\n"
    )
    report = check_functions(cell["propagate"], network="5-1")
    assert "dW1" in {finding.tensor for finding in report.findings}
