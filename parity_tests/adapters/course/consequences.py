"""Findings of a whole run that follow from the result of one of its functions, found alone."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import replace

from parity_tests.checking.findings import Finding
from parity_tests.checking.report import Report

OF_ANOTHER_FORM = ("error", "result", "shape", "no-numbers", "none", "dtype")


def without_consequences(
    report: Report, alone: Iterable[Report], helpers: Container[str]
) -> Report:
    """Return the report on a whole run without what follows from a helper's result of another form.

    It may be why a function that uses it failed. Where it is a cache, which of its entries is Z,
    and which is A_prev, is unknown.

    Args:
        report: on the whole run.
        alone: on each function alone.
        helpers: the functions that those of a whole run call.
    """
    every = [f for part in alone for f in part.findings]
    shaped = {function_of(f) for f in every if f.kind == "shape"}  # an assertion failed for it
    found = (f for f in report.findings if f.code != "call.raised" or f.tensor not in shaped)
    report = replace(report, findings=tuple(found))
    if any(f.kind in OF_ANOTHER_FORM and function_of(f) in helpers for f in every):
        found = tuple(f for f in report.findings if f.code != "call.raised")
        report = replace(report, findings=found)
    if not any(f.code == "result.cache" for f in every):
        return report
    right = tuple(t for t in report.tensors if t.ratio <= 1)
    odd = [t.name for t in report.tensors if t not in right]
    found = tuple(f for f in report.findings if f.code == "argument.changed")
    not_checked = (*report.not_checked, *odd)
    return replace(report, findings=found, tensors=right, not_checked=not_checked)


def function_of(finding: Finding) -> str:
    """Return the function of a finding alone: "linear_activation_forward(relu).A"."""
    return finding.tensor.partition(".")[0].partition("(")[0]
