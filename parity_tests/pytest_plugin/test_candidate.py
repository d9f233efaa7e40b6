"""pytest --pyargs parity_tests --candidate CANDIDATE: a test for each tensor of the candidate."""

from __future__ import annotations

import pytest

from parity_tests.checking.report import Report
from parity_tests.checking.verdict import FAILED, PASSED


def test_its_backward_pass_was_judged(report: Report) -> None:
    """Findings fail at their tensors."""
    if report.verdict not in (PASSED, FAILED):
        pytest.fail(str(report), pytrace=False)


def test_candidate(report: Report, tensor: str) -> None:
    """A tensor has no findings; one that was not compared is skipped."""
    findings = [finding for finding in report.findings if finding.tensor == tensor]
    if findings:
        pytest.fail("\n".join(map(str, findings)), pytrace=False)
    if tensor in report.not_checked:
        pytest.skip(f"{report.candidate} did not give it")
    if tensor not in report.judged:
        pytest.skip("rounding may change as much as there is")
