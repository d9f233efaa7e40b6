"""What is printed about a wrong tensor is true: no line that is right, no number that is ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity_tests import check
from parity_tests.campaigns.fault_injection import faulty_run
from parity_tests.checking.findings import Finding, kind_of
from parity_tests.diagnosis.cause_wording import unknown
from parity_tests.diagnosis.unexplained import patterns
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.named_causes import codes
from parity_tests.tests.support.written_programs.course_files import changed, examined
from ref_numpy import Array, NetworkSpec

M = 11
SPEC = NetworkSpec.dense([5, 4, 3], "tanh", "softmax")
ONE_UNIT = NetworkSpec.dense([5, 1], "tanh", "sigmoid")


def found(spec: NetworkSpec, name: str, factor: Any, m: int = M, traced: bool = True) -> Finding:
    """The finding of a tensor that is multiplied by factor(m): in a trace, or in a candidate."""

    def candidate(spec: NetworkSpec, params: Any, X: Array, Y: Array) -> Any:
        c = factor(X.shape[1]) if callable(factor) else factor
        return faulty_run(spec, params, X, Y, {name: lambda x: c * x})

    problem = random_problem(spec, m)
    given = candidate(spec, *problem) if traced else candidate
    (finding,) = check(given, spec, *problem).findings
    return finding


def test_squares_that_overflow_are_no_logarithm_of_0() -> None:
    """J of float16 is infinite from 65,504 on; logits have no part in a squared error."""
    spec = NetworkSpec.dense([5, 4, 2], "relu", "identity", loss="squared_error")
    params, X, Y = random_problem(spec, M, 0, np.float16)
    trace = dict(faulty_run(spec, params, X, Y, {}))
    trace |= {"A2": trace["Z2"] * np.float16(900), "Z2": trace["Z2"] * np.float16(900)}
    with np.errstate(over="ignore"):
        trace["J"] = np.float16(np.sum((trace["A2"] - Y) ** 2) / (2 * M))
    (finding,) = (
        f for f in check(trace, spec, params, X, Y, "float16").findings if f.tensor == "J"
    )
    assert codes(finding) == ["J.squares-overflow"]
    assert finding.causes[0].facts == {"largest": "65504", "wider": "float32"}
    assert finding.right_line == "J = np.sum((A - Y).astype(np.float32)**2) / (2 * m)"


@pytest.mark.parametrize("factor", [2, -1])
def test_a_wrong_output_is_no_fault_of_the_cost(factor: float) -> None:
    """A2 is outside of 0 to 1, and not exactly 0 or 1: the logits would not help."""
    spec = NetworkSpec.dense([5, 4, 2], "tanh", "sigmoid")
    params, X, Y = random_problem(spec, M)
    trace = dict(faulty_run(spec, params, X, Y, {}))
    A = trace["A2"] = factor * trace["A2"]
    with np.errstate(invalid="ignore"):
        trace["J"] = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / M
    J = next(f for f in check(trace, spec, params, X, Y).findings if f.tensor == "J")
    assert (J.kind, codes(J), J.right_line) == ("not-finite", [], None)
    assert J.remark
    assert (J.remark.code, J.remark.facts) == ("outside-of-log", {"l": 2})
    assert J.message == "J is nan; expected a finite number"


def test_a_cost_that_should_overflow_is_wrong_by_no_factor() -> None:
    """The quotient of two infinities has no digits."""
    spec = NetworkSpec.dense([5, 4, 3], "tanh", "softmax", lambd=0.1)
    params, X, Y = random_problem(spec, M)
    trace = faulty_run(spec, params, X, Y, {})
    params["W1"][0, 0] = 2.0**600  # its square is above 2¹⁰²⁴
    findings = check(trace, spec, params, X, Y).findings
    (J,) = (finding for finding in findings if finding.tensor == "J")
    assert (J.kind, J.causes, J.note) == ("value", (), None)


def test_an_error_of_which_nothing_is_known_has_no_empty_list() -> None:
    context: Any = None
    nothing = np.zeros((4, 5))
    assert [*patterns(context, nothing, nothing, nothing > 0)] == []
    assert unknown("unknown.no-known-mistake", []).message == (
        "unknown: no known mistake gives these numbers"
    )


def test_a_factor_near_1_is_not_printed_as_1() -> None:
    finding = found(ONE_UNIT, "J", 1 + 3e-9)
    assert finding.remark
    assert finding.remark.facts["patterns"] == [{"code": "factor", "factor": "1 + 3e-09"}]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "steps"), [("db1", range(33, 43)), ("dW1", range(16, 20))])
def test_a_line_that_is_right_on_paper_is_no_mistake(name: str, steps: range) -> None:
    """Such lines round more than the right one, and so allow a little more: m · (dZ.sum() / m / m).

    With one unit, the mean over all units is right as well.
    """
    for k in steps:
        finding = found(ONE_UNIT, name, 1 + k * np.finfo(np.float64).eps)
        assert codes(finding) == [], finding


def test_a_division_by_a_size_of_1_is_the_missing_mean() -> None:
    for name in ("dW1", "db1"):
        assert codes(found(ONE_UNIT, name, M)) == [f"d{name[1]}.missing-1/m"]


@pytest.mark.slow
def test_a_mean_over_outputs_is_of_the_cost_and_its_gradient() -> None:
    """Of 3 outputs, a third; in any other tensor nothing is summed over the outputs."""
    assert codes(found(SPEC, "J", 1 / 3)) == ["J.mean-over-outputs"]
    assert codes(found(SPEC, "dZ2", 1 / 3)) == ["dZ.mean-over-outputs"]
    for name in ("Z1", "A1", "dW1", "dZ1"):  # and of two divisions, one by m, there is no sign
        finding = found(SPEC, name, 1 / 3)
        assert codes(finding) == [f"{kind_of(name)}.times-c"]
        assert finding.causes[0].facts["c"] == "0.333333 (here 1/n_y)"


def test_a_number_for_m_is_confirmed_by_another_m() -> None:
    """Divided by 209, the examples of one data set, where there are 11 examples, and then 14."""
    for name in ("dW1", "db1"):
        finding = found(SPEC, name, lambda m: m / 209, traced=False)
        assert codes(finding) == [f"d{name[1]}.times-c"]
        assert finding.causes[0].facts["c"] == "m/209"


@pytest.mark.slow
def test_the_names_of_a_function_of_one_layer_have_no_number(tmp_path: Path) -> None:
    path = changed(tmp_path, "week4", ("np.dot(W, A) + b", "np.dot(W, A)"))
    alone = next(f for f in examined(path).findings if f.tensor == "linear_forward.Z")
    assert alone.causes[0].message == "b is missing"


def test_a_special_case_is_not_listed_beside_the_cause() -> None:
    """Where no number is below 0, a leaky ReLU is ReLU."""
    params, X, Y = random_problem(ONE_UNIT, M)
    params["b1"] = np.full((1, 1), 9.0)
    trace = dict(faulty_run(ONE_UNIT, params, X, Y, {}))
    assert (trace["Z1"] > 0).all()
    trace["A1"] = trace["Z1"]
    first = check(trace, ONE_UNIT, params, X, Y).findings[0]
    assert codes(first) == ["A.activation-identity", "A.activation-relu"]


def test_a_mistake_is_listed_once() -> None:
    """The sigmoid's derivative for that of tanh; and a division by 4 where all layers have 4."""
    problem = random_problem(SPEC, M)
    trace = faulty_run(SPEC, *problem, {})
    wrong = trace["dA1"] * trace["A1"] * (1 - trace["A1"])
    (finding,) = check(
        {**faulty_run(SPEC, *problem, {"dZ1": lambda x: wrong})}, SPEC, *problem
    ).findings
    assert codes(finding) == ["dZ.sigmoid-derivative"]
    square = NetworkSpec.dense([4, 4, 4], "tanh", "sigmoid")
    assert codes(found(square, "dW1", M / 4)) == ["dW.divided-by-n"]


@pytest.mark.slow
def test_a_constant_that_is_a_size_is_a_number() -> None:
    """The first layer has 4 units: another number of examples confirms nothing of n."""
    finding = found(SPEC, "dW1", 4, traced=False)
    assert finding.causes[0].facts["c"] == "4 (here n)"
    finding = found(SPEC, "dW1", 1 / 4, traced=False)
    assert codes(finding) == ["dW.also-divided-by-n"]
    assert finding.causes[0].message == "it was divided by 4 (here n, the units)"


@pytest.mark.parametrize(
    ("factor", "in_a_trace", "called_again"),
    [
        (lambda m: m**0.5, "3.31662 (here √m)", "√m"),  # with 14 examples it is 3.742
        (lambda m: m * m, "121 (here m²)", "m²"),
        (11**0.5, "3.31662 (here √m)", "3.31662"),
        (1.37, "1.37", "1.37"),
    ],
)
def test_a_constant_of_m_is_confirmed_by_another_m(factor, in_a_trace, called_again) -> None:
    for traced, shown in ((True, in_a_trace), (False, called_again)):
        finding = found(SPEC, "dW1", factor, traced=traced)
        assert codes(finding) == ["dW.times-c"]
        assert finding.causes[0].facts["c"] == shown
        assert finding.causes[0].wrong_line.endswith(f",  c = {shown}")
