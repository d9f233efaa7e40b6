"""Calling a candidate again.

With the same examples, which must give the same; with others, which must have the same cause.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

import numpy as np

from parity_tests.checking.findings import CHANCE, Cause, Finding
from parity_tests.checking.report import Report
from parity_tests.diagnosis.diagnose import named
from parity_tests.diagnosis.fitted_constants import written
from ref_numpy import Array

TIMES = 5  # at most
LATER = "at a later call, though it was right at first"
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
    except Exception as error:  # whatever the candidate raises
        text = f"the candidate could be called once; its second call failed: {error}"
        return replace(report, findings=(*report.findings, Finding("call", "error", text)))
    known = {(f.tensor, f.kind) for f in report.findings}
    findings = [
        replace(f, kind="later", message=f"{f.message} {LATER}")
        for f in later.findings
        if (f.tensor, f.kind) not in known
    ]
    there = [random(f) if differs(f, first, second) else f for f in report.findings]
    return replace(report, findings=(*there, *findings))


def differs(finding: Finding, first: Trace, second: Trace) -> bool:
    """Whether a wrong tensor was another at the second call, by more than rounding."""
    n = finding.tensor
    if finding.kind != "value" or n not in first or n not in second or finding.allowed is None:
        return False
    x, y = first[n], second[n]
    return x.shape != y.shape or bool((np.abs(x - y) > finding.allowed).any())


def random(finding: Finding) -> Finding:
    """Whatever fits one call's numbers is no cause of them."""
    text = (
        "unknown: two calls with the same examples gave other numbers here; is it random, as "
        "dropout is, or does it keep something from call to call?"
    )
    return replace(finding, cause=text, causes=(), constant=None)


def told_apart(report: Report, again: Callable[[int], Report], m: int) -> Report:
    """With those causes that hold on other examples too.

    again: the report on the same candidate with that number of other examples.
    """
    asked: list[int] = []
    held: set[str] = set()  # the tensors whose causes were those of other examples as well
    while any(doubtful(f, held) for f in report.findings) and len(asked) < TIMES:
        asked.append(m + 3 * (len(asked) + 1))
        try:
            others = {f.tensor: f for f in again(asked[-1]).findings if f.kind in KINDS}
        except Exception:  # it ran once: what it cannot do now is not what it is asked
            return report
        # A mistake may change nothing there: one that leaves out an example of zeros.
        wrong = {f.tensor for f in report.findings if doubtful(f, held) and f.tensor in others}
        findings = [
            settled(f, others[f.tensor], m, asked) if f.tensor in wrong and f.kind in KINDS else f
            for f in report.findings
        ]
        held |= wrong
        report = replace(report, findings=tuple(findings))
    never = [f for f in report.findings if doubtful(f, held) and f.tensor not in held]
    right = [right_elsewhere(f, asked) if f in never else f for f in report.findings]
    return replace(report, findings=tuple(right))


KINDS = ("value", "shape")


def doubtful(finding: Finding, held: Collection[str]) -> bool:
    """Whether its causes were of no other examples yet, or may be by chance."""
    causes = finding.causes if finding.kind in KINDS else ()
    by_chance = any(cause.chance > CHANCE for cause in causes)
    return by_chance or (bool(causes) and finding.tensor not in held)


def right_elsewhere(finding: Finding, asked: list[int]) -> Finding:
    text = f"unknown: with {', '.join(map(str, asked))} other examples it is right"
    return replace(finding, cause=text, causes=(), constant=None)


def settled(finding: Finding, other: Finding, m: int, asked: list[int]) -> Finding:
    """With those of its causes that are of the same tensor with other examples as well."""
    there = {cause.said: cause for cause in other.causes}
    both = [both_times(cause, there[cause.said]) for cause in finding.causes if cause.said in there]
    same = finding.constant and other.constant
    if not both and finding.constant and other.constant and same_constant(finding, other):
        both = [whatever_m_is(finding.constant)]
    if not both:
        text = f"unknown: no mistake gives these numbers and those of {asked[-1]} other examples"
        return replace(finding, cause=text, causes=(), constant=None)
    note = "; in this network they are the same" if len(both) > 1 else ""
    batches = f"m = {m}, and {', '.join(map(str, asked))} other examples"
    return named(replace(finding, constant=same), both, batches, note)


def both_times(one: Cause, other: Cause) -> Cause:
    """Numbers that are c times the right ones with the same c say no more the second time."""
    once = one.scale and other.scale and close(one.scale, other.scale)
    alike = max(one.alike, other.alike) if once else one.alike * other.alike
    return replace(one, alike=alike)


def whatever_m_is(constant: Cause) -> Cause:
    """The same number with another m is not 1/m."""
    shown = written(*constant.scale) if constant.scale else ""
    line = constant.line.partition("   (c = ")[0]
    said = f"it is {shown} times what it should be"
    return replace(constant, said=said, line=f"{line}   (c = {shown})")


def same_constant(one: Finding, other: Finding) -> bool:
    scales = [f.constant.scale for f in (one, other) if f.constant and f.constant.scale]
    return len(scales) == 2 and close(*scales)


def close(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return abs(one[0] - other[0]) <= one[1] + other[1]
