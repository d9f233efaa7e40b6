"""--hints: what a level hides is in no output of the report."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

import ref_numpy
from parity_tests import check, check_functions, random_problem, with_hints
from parity_tests.checking.causes import Cause
from parity_tests.checking.findings import Finding, Remark, make_finding
from parity_tests.checking.judged import Tensor
from parity_tests.checking.report import Report
from parity_tests.checking.report_views.hint_levels import hinted
from parity_tests.checking.report_views.levels import LEVELS
from parity_tests.checking.second_level import SumJudgement
from parity_tests.cli.console_report import show
from ref_numpy import InputError, NetworkSpec

SPEC = NetworkSpec.dense([5, 7, 3], "tanh", "softmax")
WRONG: Mapping[str, Callable[..., Any]] = {
    "factor": lambda t, m: {"dW2": m * t["dW2"]},
    "one row": lambda t, m: {"dW1": np.where(np.arange(7)[:, None] == 3, 2.71828, t["dW1"])},
    "shape": lambda t, m: {"db1": t["db1"].ravel()},
    "choice": lambda t, m: {"J": t["J"] + 1e-8},
    "list": lambda t, m: {"Z1": t["Z1"].tolist()},
    "sign": lambda t, m: {"dZ1": -t["dZ1"]},
}  # fmt: skip


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    problem = random_problem(SPEC, 11, 0)

    def wrong_by(change: Callable[..., Any]) -> Callable[..., Any]:
        def run(spec: Any, params: Any, X: Any, Y: Any) -> Any:
            trace = ref_numpy.run(spec, params, X, Y)
            return trace | change(trace, X.shape[1])

        return run

    return {name: check(wrong_by(f), SPEC, *problem, name="mine") for name, f in WRONG.items()}


def explanations(finding: Finding) -> set[str]:
    """The texts of a finding that only the level "line" shows."""
    remark = finding.remark and finding.remark.code
    texts = [finding.cause, finding.right_line, finding.yours, remark]
    for cause in finding.causes:
        texts += [cause.message, cause.wrong_line, cause.code, cause.right]
    return {text for text in texts if text}


def numbers(finding: Finding) -> set[str]:
    """The numbers of a finding that "what" shows, and "where" does not."""
    each = (finding.candidate, finding.reference, finding.bound, finding.ratio)
    texts = {text for x in each if x is not None for text in (json.dumps(x), f"{x:.6g}")}
    return {text for text in texts if len(text) > 4}  # others are by chance somewhere else


def outputs(report: Report, capsys: Any) -> str:
    """All that a report prints: its text, JSON, terminal and assertion."""
    show(report)
    with pytest.raises(AssertionError) as failed:
        report.raise_findings()
    return "\n".join([report.to_json(), str(report), capsys.readouterr().out, str(failed.value)])


@pytest.mark.parametrize("name", WRONG)
def test_what_a_level_hides_is_in_no_output(
    name: str, reports: dict[str, Report], capsys: Any
) -> None:
    report = reports[name]
    assert report.findings
    secrets = {text for f in report.findings for text in explanations(f)}
    every = outputs(report, capsys)
    assert any(json.dumps(text)[1:-1] in every or text in every for text in secrets) or not secrets
    for level in ("where", "what"):
        less = with_hints(report, level)
        printed = outputs(less, capsys)
        shown = {s for s in secrets if s in printed or json.dumps(s)[1:-1] in printed}
        assert shown == set(), level
        assert (less.verdict, [f.tensor for f in less.findings]) == (
            report.verdict, [f.tensor for f in report.findings],
        )  # fmt: skip
        assert less.judged == report.judged
    where = with_hints(report, "where")
    printed = outputs(where, capsys)
    for finding in report.findings:
        assert {x for x in numbers(finding) if re.search(rf"(?<![\d.]){x}(?!\d)", printed)} == set()
        assert finding.message not in printed or finding.kind == "value"
    wrong = {f.tensor for f in report.findings}
    for tensor in report.tensors:
        if tensor.name in wrong and tensor.ratio > 1:
            assert json.dumps(tensor.ratio) not in printed


def test_what_is_shown_of_a_difference(reports: dict[str, Report]) -> None:
    factor, row = (with_hints(reports[n], "what").findings[0] for n in ("factor", "one row"))
    assert factor.pattern is not None
    assert (factor.pattern.facts["c"], factor.rows) == ("11", ())
    assert row.pattern is not None
    assert (row.pattern.facts["c"], row.pattern.facts["rows"]) == ("", (3,))
    assert (row.wrong, row.size) == (5, 35)
    assert "only row 3 (from 0)" in str(row)


def test_the_highest_level_is_the_whole_report(reports: dict[str, Report]) -> None:
    for report in reports.values():
        assert with_hints(report, "line") is report


def test_a_right_program_loses_nothing() -> None:
    report = check(ref_numpy.run, SPEC, *random_problem(SPEC, 11, 0), name="mine")
    assert report.passed
    assert str(with_hints(report, "what")) == str(report)
    assert with_hints(report, "where").tensors == report.tensors


def test_where_names_the_step() -> None:
    def step(tensor: str) -> str:
        return hinted(make_finding(tensor, "value", "value"), "where").message

    assert step("dW2") == "dW2 is wrong, in the backward step of layer 2"
    assert step("A1") == "A1 is wrong, in the forward step of layer 1"
    assert step("dA1") == "dA1 is wrong, in the backward step"  # of layer 2, or of the loss
    assert step("A1@Z2") == "A1 is wrong, as the step of Z2 receives it"
    assert step("h.0.norm") == "h.0.norm is wrong"


def test_an_exception_is_shown_at_every_level() -> None:
    raised = Finding("call", "error", "run raised KeyError: 'W3'", code="call.raised")
    assert [hinted(raised, level) for level in ("where", "what")] == [raised, raised]


REMEDIES = {
    "changed": ({"function": "propagate", "argument": "X", "wrong": 1, "size": 9}, ".copy()"),
    "list": ({"type_name": "list", "expected": "float64"}, "np.array"),
    "suspicious": ({"ratio": 9.0, "sampled": 128, "precision": "TF32"}, "TF32"),
    "difference": ({}, "choice"),
}


@pytest.mark.parametrize("reason", REMEDIES)
def test_a_sentence_loses_its_remedy(reason: str) -> None:
    facts, remedy = REMEDIES[reason]
    finding = make_finding("Z1", reason, reason, facts=facts)
    assert remedy in str(finding)
    assert remedy not in str(hinted(finding, "what"))
    assert "Z1" in str(hinted(finding, "what")) or reason == "changed"


def test_nothing_of_the_second_level_names_a_cause() -> None:
    suspicion = SumJudgement("Z1", 128, 31.0, 1.0, True, "TF32 or float16")
    tensors = (Tensor("Z1", (7, 11), 0.0, 0.5, expected=1.0),)
    report = Report("mine", "float32", (), tensors, evidence=("Z1",), sums=(suspicion,))
    assert "float16" in str(report)
    assert "float16" not in with_hints(report, "what").to_json() + str(with_hints(report, "what"))
    assert with_hints(report, "where").suspicions == ()


def test_every_field_of_a_finding_is_hidden_or_shown_on_purpose() -> None:
    """A new one is not shown at "where" by accident."""
    cause = Cause("dW.x", "because", "a", "b")
    full = Finding(
        "dW2", "value", "dW2 is wrong", 2, (3, 7), "float64", 21, 21, (2, 4), 1.5, 2.5, 0.25, 4.0,
        ("Z1",), "dW = …", (cause,), cause, "mine.py, line 9", "dW.value", {"tensor": "dW2"},
        Remark("x", "x"), "elements", (11,), Remark("y", "y"), (1,), (2,), Remark("z", "z"),
    )  # fmt: skip
    default = vars(Finding("", "", ""))
    shown = {n for n, x in vars(hinted(full, "where")).items() if x != default[n]}
    assert shown == {"tensor", "kind", "message", "layer", "before", "code"}


def test_an_unknown_level_is_refused() -> None:
    report = Report("mine", "float64", (), ())
    with pytest.raises(InputError) as refused:
        with_hints(report, "lines")
    assert refused.value.code == "hints.unknown"
    assert LEVELS == ("where", "what", "line")


def test_functions_of_a_notebook_have_hints_too() -> None:
    cell: dict[str, Any] = {"__name__": "__main__"}
    exec("import numpy as np\ndef sigmoid(z): return 1 / (1 + np.exp(z))\n", cell)
    sigmoid = cell["sigmoid"]
    secret = check_functions(sigmoid).findings[0]
    assert secret.right_line
    for level in ("where", "what"):
        report = check_functions(sigmoid, hints=level)
        assert report.hints == level
        assert not report.passed
        assert explanations(report.findings[0]) == set()
    with pytest.raises(InputError):
        check_functions(sigmoid, hints="all")
