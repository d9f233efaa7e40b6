"""The four verdicts: "passed" is earned by a backward pass that was compared."""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stdout
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ref_numpy
from parity_tests.__main__ import main
from parity_tests.cases import Case, saturated
from parity_tests.checking import check
from parity_tests.examining import check_functions, examine
from parity_tests.examples import random_problem
from parity_tests.precision import FLOAT32, FLOAT64
from parity_tests.report import Finding, Report, Tensor
from parity_tests.request import Request
from parity_tests.verdict import EXIT_CODES, FAILED, MISTAKEN_CALL, NOT_JUDGED, PASSED
from ref_numpy import InputError, NetworkSpec

CANDIDATES = Path(__file__).parent / "candidates"
SPEC = NetworkSpec.dense([5, 4, 3], "tanh", "softmax")
WEEK_3 = {"network": "5-4-1", "examples": 11}


def examined(path: Path, **asked: Any) -> Report:
    return examine(Request(str(path), **{**WEEK_3, **asked}))


def written(tmp_path: Path, source: str, name: str = "mine.py") -> Path:
    path = tmp_path / name
    path.write_text(source, encoding="utf-8")
    return path


def source_of(name: str) -> str:
    return (CANDIDATES / name).read_text(encoding="utf-8")


# Of a report.

TENSORS = st.builds(
    Tensor, st.sampled_from(["dW1", "db1", "A1"]), st.just((2, 3)), st.just(0.0),
    st.sampled_from([0.0, 0.5, 1.0, 1.5, np.inf, np.nan]),
    bound=st.sampled_from([0.0, 0.1, 1.0, np.inf, np.nan]),
    expected=st.sampled_from([0.0, 0.1, 2.0]), zero=st.booleans(),
)  # fmt: skip
NAMES = st.lists(st.sampled_from(["dW1", "db1", "A1"]), max_size=2).map(tuple)
FINDINGS = st.lists(st.just(Finding("A1", "value", "A1 is wrong")), max_size=1).map(tuple)


@given(FINDINGS, st.lists(TENSORS, max_size=3).map(tuple), NAMES, NAMES, FINDINGS)
def test_passed_means_that_something_of_a_backward_pass_could_have_failed_and_did_not(
    findings, tensors, evidence, required, mistaken
) -> None:
    report = Report(
        "", "float64", findings, tensors, evidence=evidence, required=required, mistaken=mistaken
    )
    told = [t.name for t in tensors if t.bound < t.expected or (t.zero and t.bound < np.inf)]
    if report.verdict == PASSED:
        assert not findings
        assert not mistaken
        assert all(t.used <= 1 for t in tensors)
        assert set(told) & set(evidence)
        assert set(required) <= set(told)
    if findings or any(not t.used <= 1 for t in tensors):
        assert report.verdict == FAILED
    assert report.passed == (report.verdict == PASSED)
    assert report.verdict in str(report) or findings
    if not report.passed:
        with pytest.raises(AssertionError):
            report.raise_findings()


def test_a_tensor_is_judged_where_its_bound_is_smaller_than_it_is() -> None:
    def judged(bound: float, expected: float, zero: bool = False) -> bool:
        return Tensor("dW1", (2, 2), 0.0, 0.0, bound=bound, expected=expected, zero=zero).judged

    assert [judged(1e-7, 1e-3), judged(1e-3, 1e-3), judged(2e-3, 1e-3)] == [True, False, False]
    assert not judged(1e-38, 0.0)  # computed from a tensor of the candidate's that is zero
    assert judged(1e-38, 0.0, zero=True)
    assert not judged(np.inf, 1.0)
    assert not judged(np.inf, 0.0, zero=True)
    assert not judged(np.nan, 1.0)


@pytest.mark.parametrize("size", [1e-300, 1e-160, 1.0, 1e200, 1e308])
def test_norms_neither_overflow_nor_underflow(size: float) -> None:
    """Of 30 numbers of that size: 3, 4, 0, … has the norm 5."""
    from parity_tests.comparison import norm

    x = np.zeros((5, 6))
    x[1, 2], x[4, 5] = 0.3 * size, 0.4 * size
    assert abs(norm(x) / size - 0.5) <= 4 * np.finfo(np.float64).eps
    assert norm(np.zeros(3)) == 0
    assert norm(np.array([1.0, np.inf])) == np.inf


def test_a_report_says_of_which_size_the_tensors_and_their_bounds_are() -> None:
    """Each root mean square is computed from the bounds that are reported elsewhere: those of an
    error that is three times as large as is allowed."""
    problem = random_problem(SPEC, 11)
    trace = dict(ref_numpy.run(SPEC, *problem))
    (dW2,) = (t for t in check(trace, SPEC, *problem).tensors if t.name == "dW2")
    assert is_root_mean_square(dW2.expected, trace["dW2"])
    allowed = []
    for index in np.ndindex(trace["dW2"].shape):
        wrong = trace["dW2"].copy()
        wrong[index] += 1
        (finding,) = check(trace | {"dW2": wrong}, SPEC, *problem).findings
        assert finding.index == index
        allowed.append(finding.allowed)
    assert is_root_mean_square(dW2.bound, allowed)


def is_root_mean_square(found: float, numbers: Any) -> bool:
    """To within the rounding of a sum of squares, compared with exact arithmetic."""
    exact = sum(Fraction(float(x)) ** 2 for x in np.ravel(numbers)) / np.size(numbers)
    ulps = Fraction(np.size(numbers) + 4, 2**53)
    return exact * (1 - 2 * ulps) <= Fraction(found) ** 2 <= exact * (1 + 2 * ulps)


# Of traces.


def test_a_trace_without_gradients_of_parameters_is_not_judged() -> None:
    params, X, Y = random_problem(SPEC, 11)
    full = ref_numpy.run(SPEC, params, X, Y)
    for names in (["A0"], ["A0", "Z1", "A1", "Z2", "A2", "J"], ["dZ2", "dA1"]):
        report = check({n: full[n] for n in names}, SPEC, params, X, Y)
        assert (report.verdict, len(report.tensors)) == (NOT_JUDGED, len(names))
        assert "not judged: no gradient of a parameter was compared" in str(report)
        assert "dW1" in report.not_checked
    assert check({"db2": full["db2"]}, SPEC, params, X, Y).passed


def test_gradients_that_underflow_are_not_judged() -> None:
    """dZ[L] of a saturated softmax is below the smallest float32 number: whatever a candidate has
    there is within the bound."""
    case = Case(NetworkSpec.dense([5, 7, 3], "sigmoid", "softmax", "squared_error"), 11, saturated)
    problem = case.problem(FLOAT32)
    problem = {n: FLOAT32.round(a) for n, a in problem[0].items()}, *map(FLOAT32.round, problem[1:])
    trace = dict(ref_numpy.run(case.spec, *problem))
    report = check(trace, case.spec, *problem, FLOAT32)
    assert (report.verdict, report.findings) == (NOT_JUDGED, ())
    assert {"dW1", "dW2"}.isdisjoint(report.judged)
    assert "not judged, because the bound is as large as the tensor: dZ2 dW2" in str(report)
    zeros = trace | {n: 0 * a for n, a in trace.items() if n.startswith("d") and n != "dA2"}
    assert check(zeros, case.spec, *problem, FLOAT32).verdict == NOT_JUDGED
    assert check(ref_numpy.run, case.spec, *case.problem(FLOAT64)).verdict == PASSED


def test_a_gradient_that_is_zero_on_paper_is_judged() -> None:
    """Of units that are all off; and any other number there is a finding."""
    params, X, Y = random_problem(NetworkSpec.dense([5, 4, 3], "relu"), 11)
    spec, params = NetworkSpec.dense([5, 4, 3], "relu"), params | {"b1": params["b1"] - 100}
    trace = dict(ref_numpy.run(spec, params, X, Y))
    assert not trace["dW1"].any()
    report = check({n: trace[n] for n in ("A2", "dW1")}, spec, params, X, Y)
    assert (report.verdict, "dW1" in report.judged) == (PASSED, True)
    wrong = trace["dW1"] + 1e-9
    assert check({"A2": trace["A2"], "dW1": wrong}, spec, params, X, Y).verdict == FAILED


def test_what_is_required_must_have_been_judged() -> None:
    problem = random_problem(SPEC, 11)
    trace = dict(ref_numpy.run(SPEC, *problem))
    del trace["dW1"]
    assert check(trace, SPEC, *problem).passed
    for require, missing in ((["dW"], ("dW1",)), (["db", "dW1"], ("dW1",)), (["db", "J"], ())):
        for candidate in (trace, lambda *problem: trace):
            report = check(candidate, SPEC, *problem, require=require)
            assert report.missing == missing
            assert report.verdict == (NOT_JUDGED if missing else PASSED)
            assert ("not judged, though it was required: dW1" in str(report)) == bool(missing)
    with pytest.raises(InputError, match=r"'dW3' is required and no tensor of this network; exp"):
        check(trace, SPEC, *problem, require=["dW3"])


def test_the_command_requires_tensors(capsys) -> None:
    command = ["check", str(CANDIDATES / "week3.py"), "--network", "5-4-1", "--examples", "11"]
    assert main([*command, "--require", "dW,db1"]) == 0
    assert main([*command, "--require", "dW, dA0"]) == 2
    assert "not judged, though it was required: dA0" in capsys.readouterr().out
    assert main([*command, "--require", "dQ"]) == 2
    assert "'dQ' is required and no tensor of this network" in capsys.readouterr().err


# Of files.


def adapter_for(path: Path, tmp_path: Path, **asked: Any) -> Report:
    """The check of the adapter that the check of a file printed, by the command in it."""
    out = io.StringIO()
    with redirect_stdout(out):
        options = [f"--{n}={x}" for n, x in {**WEEK_3, **asked}.items()]
        assert main(["check", str(path), *options]) == 2
    text = out.getvalue().partition("complete this adapter:\n\n")[2]
    text = text.partition("\n\nbackprop-with-proof ")[0]
    adapter = written(tmp_path, text, "adapter.py")
    _, _, command = text.partition("parity_tests check adapter.py ")
    words = command.splitlines()[0].split()
    options = {name[2:]: value for name, value in zip(words[::2], words[1::2], strict=True)}
    return examined(adapter, **options | {"examples": int(options["examples"])})


def test_drivers_of_other_names_are_not_judged_and_their_adapter_is(tmp_path: Path) -> None:
    path = CANDIDATES / "renamed_drivers.py"
    report = examined(path)
    assert (report.verdict, report.findings) == (NOT_JUDGED, ())
    assert [t.name for t in report.tensors] == ["sigmoid.A", "compute_cost.cost"]
    assert report.not_seen == (
        "forward_prop(X, parameters)", "backward_prop(parameters, cache, X, Y)",
    )  # fmt: skip
    # Its mistake is 1 − A for 1 − A²: of dZ1, which it does not return.
    assert [f.tensor for f in adapter_for(path, tmp_path).findings] == ["dW1", "db1"]
    right = source_of("renamed_drivers.py").replace("(1 - A1)", "(1 - A1 ** 2)")
    report = adapter_for(written(tmp_path, right), tmp_path)
    assert report.passed
    assert {"Z1", "A1", "Z2", "A2", "J", "dW1", "db1", "dW2", "db2"} == report.judged


def test_another_edition_is_a_mistaken_call_and_no_finding(tmp_path: Path) -> None:
    """Course 2's pair has three layers, and its backward function other arguments."""
    path = CANDIDATES / "three_layers.py"
    report = examined(path, hidden="relu")
    assert (report.verdict, report.findings) == (MISTAKEN_CALL, ())
    assert EXIT_CODES[report.verdict] == 2
    assert [(f.tensor, f.code) for f in report.mistaken] == [
        ("forward_propagation", "mistaken-call.missing-key"),
        ("backward_propagation", "mistaken-call.arguments"),
    ]
    first, second = (f.message for f in report.mistaken)
    assert first.startswith(
        "forward_propagation looks up 'W3' in parameters, which has W1 b1 W2 b2"
    )
    assert second == (
        "backward_propagation takes (X, Y, cache), and was called with (parameters, cache, X, Y)"
    )
    report = adapter_for(path, tmp_path, hidden="relu")
    assert report.passed
    assert {"A3", "J", "dW1", "dW2", "dW3", "db1", "dA1", "dZ1"} <= report.judged
    wrong = source_of("three_layers.py").replace("dW2 = 1./m*", "dW2 = ")
    report = adapter_for(written(tmp_path, wrong), tmp_path, hidden="relu")
    assert [f.tensor for f in report.findings] == ["dW2"]


def test_arguments_in_another_order_are_given_by_their_names(tmp_path: Path) -> None:
    source = source_of("week3.py").replace(
        "def backward_propagation(parameters, cache, X, Y)",
        "def backward_propagation(cache, X, Y, parameters)",
    )
    assert source != source_of("week3.py")
    assert examined(written(tmp_path, source)).passed


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        # A key of the candidate's own cache, a name that is nowhere, an index: its own mistakes.
        ('A1 = cache["A1"]', 'A1 = cache["A3"]', "error"),
        ("dZ2 = A2 - Y", "dZ2 = A3 - Y", "error"),
        ('W1 = parameters["W1"]', 'W1 = parameters["W3"]', "mistaken call"),
    ],
)
def test_what_fails_for_a_key_that_we_gave_may_be_our_mistake(tmp_path, old, new, kind) -> None:
    source = source_of("renamed_drivers.py")
    source = source.replace("forward_prop", "forward_propagation")
    source = source.replace("backward_prop", "backward_propagation")
    assert old in source
    report = examined(written(tmp_path, source.replace(old, new)))
    every = {f.tensor: f.kind for f in (*report.findings, *report.mistaken)}
    assert every["backward_propagation"] == kind
    assert report.verdict == (FAILED if kind == "error" else MISTAKEN_CALL)


def test_one_function_of_many_is_not_judged(tmp_path: Path) -> None:
    """A layers file of another course: only `relu` has a name that a check knows."""
    layers = "".join(f"def layer_{k}_forward(x, w):\n    return x @ w, (x, w)\n" for k in range(20))
    path = written(tmp_path, f"import numpy as np\ndef relu(z): return np.maximum(0, z)\n{layers}")
    report = examined(path)
    assert (report.verdict, len(report.tensors), len(report.not_seen)) == (NOT_JUDGED, 1, 20)


def test_a_file_of_update_rules_is_judged_by_them(tmp_path: Path) -> None:
    report = examined(CANDIDATES / "adam.py")
    assert (report.verdict, report.not_seen) == (PASSED, ())
    more = source_of("adam.py") + "\ndef fit(X, Y):\n    return X @ Y.T\n"
    report = examined(written(tmp_path, more))
    assert (report.verdict, report.not_seen) == (NOT_JUDGED, ("fit(X, Y)",))


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


def test_a_file_of_nothing_known_is_not_judged_and_has_an_adapter(tmp_path: Path) -> None:
    source = source_of("renamed_drivers.py")
    source = source.replace("sigmoid", "logistic").replace("compute_cost", "the_cost")
    report = examine(Request(str(written(tmp_path, source)), network="5-4-3", examples=11))
    assert (report.verdict, report.tensors, len(report.not_seen)) == (NOT_JUDGED, (), 4)
    assert "AL, cache = mine.forward_prop(X, params)" in report.adapter


def test_functions_that_were_asked_for_are_what_is_judged() -> None:
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
def test_whatever_can_be_called_and_was_not_is_listed(tmp_path, more, name, monkeypatch) -> None:
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


def test_a_cell_that_was_left_out_was_not_looked_at(tmp_path: Path) -> None:
    cells = [LINEAR_BACKWARD, "class Net:\n    def backward(self): broken("]
    source = {"cells": [{"cell_type": "code", "source": cell} for cell in cells]}
    path = written(tmp_path, json.dumps(source), "mine.ipynb")
    report = examined(path)
    assert (report.verdict, len(report.not_seen)) == (NOT_JUDGED, 1)
    assert report.not_seen[0].startswith("cell 2 is no Python")


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


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def forward_propagation(X, parameters)", "def forward_propagation(params, x)"),
        ("def compute_cost(A2, Y, parameters)", "def compute_cost(weights, labels, A2)"),
    ],
)
def test_names_that_people_use_tell_the_order_too(tmp_path: Path, old: str, new: str) -> None:
    source = source_of("week3.py")
    assert old in source
    more = "X, parameters = x, params" if "params" in new else "Y = labels"
    source = source.replace(f"{old}:\n", f"{new}:\n    {more}\n")
    report = examined(written(tmp_path, source))
    report.raise_findings()


@pytest.mark.parametrize("lookup", ['parameters.get("w1")', "look(parameters)"])
def test_a_key_that_was_asked_for_in_any_way_may_be_our_mistake(tmp_path, lookup: str) -> None:
    source = source_of("week3.py")
    source = source.replace(
        "def forward_propagation(X, parameters):\n",
        f"def forward_propagation(X, parameters):\n    {lookup} @ X\n",
    )
    source += (
        "def look(parameters):\n"
        "    try:\n        return parameters['W3']\n"
        "    except KeyError as error:\n        raise ValueError('no W3') from error\n"
    )
    report = examined(written(tmp_path, source))
    assert report.verdict == MISTAKEN_CALL
    assert report.mistaken[0].code == "mistaken-call.missing-key"


def test_an_adapter_is_for_names_that_are_not_known() -> None:
    """What was called and compared, and lacks a tensor that is required, needs none."""
    report = examined(CANDIDATES / "week3.py", require="dA0")
    assert (report.verdict, report.missing, report.adapter) == (NOT_JUDGED, ("dA0",), "")
