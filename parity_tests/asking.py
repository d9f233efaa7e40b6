"""Calling a candidate again.

With the same examples, which must give the same; with others, where several mistakes fit, or one
may by chance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import numpy as np

from parity_tests.diagnosis import named
from parity_tests.report import CHANCE, Cause, Finding, Report
from ref_numpy import Array, InputError

TIMES = 5  # at most
Trace = Mapping[str, Array]


def called_again(
    report: Report, first: Trace, same: Callable[[], Trace], other: Callable[[Trace], Report]
) -> Report:
    """With what is wrong only at a later call, such as gradients that are added to those before.

    same: the trace of a second call with the same examples.   other: the report on a third, with
    others, which may know the trace before it.
    """
    try:
        second = same()
        if all(n in second and np.array_equal(x, second[n], True) for n, x in first.items()):
            return report
        later = other(second)
    except InputError as error:
        text = f"the candidate could be called once; its second call failed: {error}"
        return replace(report, findings=(*report.findings, Finding("call", "error", text)))
    known = {(f.tensor, f.kind) for f in report.findings}
    findings = [
        replace(f, message=f"{f.message} at a later call, though it was right at the first")
        for f in later.findings
        if (f.tensor, f.kind) not in known
    ]
    return replace(report, findings=(*report.findings, *findings))


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
