"""The four verdicts: "passed" is earned by a backward pass that was compared."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ref_numpy
from parity_tests import check
from parity_tests.checking.findings import Finding
from parity_tests.checking.judged import Tensor
from parity_tests.checking.report import Report
from parity_tests.checking.verdict import FAILED, NOT_JUDGED, PASSED
from parity_tests.cli.commands import main
from parity_tests.error_model.precisions import FLOAT32, FLOAT64
from parity_tests.kinds.cases import Case, saturated
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.paths import PROGRAMS
from ref_numpy import InputError, NetworkSpec

SPEC = NetworkSpec.dense([5, 4, 3], "tanh", "softmax")


# Of a report.

TENSORS = st.builds(
    Tensor, st.sampled_from(["dW1", "db1", "A1"]), st.just((2, 3)), st.just(0.0),
    st.sampled_from([0.0, 0.5, 1.0, 1.5, np.inf, np.nan]),
    bound=st.sampled_from([0.0, 0.1, 1.0, np.inf, np.nan]),
    expected=st.sampled_from([0.0, 0.1, 2.0]), zero=st.booleans(),
)  # fmt: skip
NAMES = st.lists(st.sampled_from(["dW1", "db1", "A1"]), max_size=2).map(tuple)
FINDINGS = st.lists(st.just(Finding("A1", "value", "A1 is wrong")), max_size=1).map(tuple)


@pytest.mark.slow
@given(FINDINGS, st.lists(TENSORS, max_size=3).map(tuple), NAMES, NAMES, FINDINGS)
def test_passed_means_that_something_of_a_backward_pass_could_have_failed_and_did_not(
    findings, tensors, evidence, required, mistaken
) -> None:
    report = Report(
        "", "float64", findings, tensors, evidence=evidence, required=required, mistaken=mistaken
    )
    judged = [t.name for t in tensors if t.bound < t.expected or (t.zero and t.bound < np.inf)]
    if report.verdict == PASSED:
        assert not findings
        assert not mistaken
        assert all(t.ratio <= 1 for t in tensors)
        assert set(judged) & set(evidence)
        assert set(required) <= set(judged)
    if findings or any(not t.ratio <= 1 for t in tensors):
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
    from parity_tests.checking.comparison import norm

    x = np.zeros((5, 6))
    x[1, 2], x[4, 5] = 0.3 * size, 0.4 * size
    assert abs(norm(x) / size - 0.5) <= 4 * np.finfo(np.float64).eps
    assert norm(np.zeros(3)) == 0
    assert norm(np.array([1.0, np.inf])) == np.inf


@pytest.mark.slow
def test_a_report_has_the_sizes_of_tensors_and_of_their_bounds() -> None:
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
        allowed.append(finding.bound)
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
        assert "not judged: no gradient of a parameter (dW, db) could be compared" in str(report)
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
    assert "not judged, because rounding alone could explain any value of: dZ2 dW2" in str(report)
    one_off = trace | {"dZ2": trace["dZ2"] + np.float32(1)}
    refused = str(check(one_off, case.spec, *problem, FLOAT32))
    assert "dZ2 is wrong" in refused
    assert "dZ2" not in refused.rpartition("could explain any value of:")[2]
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


def test_required_tensors_must_have_been_judged() -> None:
    problem = random_problem(SPEC, 11)
    trace = dict(ref_numpy.run(SPEC, *problem))
    del trace["dW1"]
    assert check(trace, SPEC, *problem).passed

    def without_dW1(*problem: Any) -> Any:
        return {n: a for n, a in ref_numpy.run(*problem).items() if n != "dW1"}

    for require, missing in ((["dW"], ("dW1",)), (["db", "dW1"], ("dW1",)), (["db", "J"], ())):
        for candidate in (trace, without_dW1):
            report = check(candidate, SPEC, *problem, require=require)
            assert report.missing == missing
            assert report.verdict == (NOT_JUDGED if missing else PASSED)
            assert ("not judged, though it was required: dW1" in str(report)) == bool(missing)
    with pytest.raises(InputError, match=r"--require dW3: this network has no such tensor; exp"):
        check(trace, SPEC, *problem, require=["dW3"])


@pytest.mark.slow
def test_the_command_requires_tensors(capsys) -> None:
    command = ["check", str(PROGRAMS / "week3.py"), "--network", "5-4-1", "--examples", "11"]
    assert main([*command, "--require", "dW,db1"]) == 0
    assert main([*command, "--require", "dW, dA0"]) == 2
    assert "not judged, though it was required: dA0" in capsys.readouterr().out
    assert main([*command, "--require", "dQ"]) == 2
    assert "--require dQ: this network has no such tensor" in capsys.readouterr().err
