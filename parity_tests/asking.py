"""Asking a candidate again, with other examples: where several mistakes fit, or one by chance."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from parity_tests.diagnosis import named
from parity_tests.report import CHANCE, Cause, Finding, Report

TIMES = 5  # at most


def told_apart(report: Report, again: Callable[[int], Report], m: int) -> Report:
    """With those causes that hold on other examples too.

    again: the report on the same candidate with that number of other examples.
    """
    asked: list[int] = []
    while any(doubtful(f.causes, asked) for f in report.findings) and len(asked) < TIMES:
        asked.append(m + 3 * (len(asked) + 1))
        try:
            others = {f.tensor: f for f in again(asked[-1]).findings if f.causes}
        except Exception:  # it ran once: what it cannot do now is not what it is asked
            return report
        findings = [
            settled(f, others[f.tensor].causes, m, asked)
            if f.tensor in others and doubtful(f.causes, asked[:-1])
            else f
            for f in report.findings
        ]
        report = replace(report, findings=tuple(findings))
    return report


def doubtful(causes: tuple[Cause, ...], asked: list[int]) -> bool:
    """Whether they may be by chance; or several, which other examples were not asked of yet."""
    return any(cause.chance > CHANCE for cause in causes) or (len(causes) > 1 and not asked)


def settled(finding: Finding, others: Iterable[Cause], m: int, asked: list[int]) -> Finding:
    """With those of its causes that are of the same tensor with other examples as well."""
    there = {cause.said: cause.alike for cause in others}
    both = [
        replace(cause, alike=cause.alike * there[cause.said])
        for cause in finding.causes
        if cause.said in there
    ]
    if not both:
        text = f"unknown: no mistake gives these numbers and those of {asked[-1]} other examples"
        return replace(finding, cause=text, causes=())
    note = "; in this network they are the same" if len(both) > 1 else ""
    batches = f"m = {m}, and {', '.join(map(str, asked))} other examples"
    return named(finding, both, batches, note)
