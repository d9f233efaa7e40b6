"""Calling a wrong candidate again with other examples, which must have the same causes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from parity_tests.checking.findings import (
    VALUES,
    Cause,
    Finding,
    make_remark,
    with_causes,
    without_cause,
)
from parity_tests.checking.guarded_calls import CandidateLost
from parity_tests.checking.report import Report
from parity_tests.kinds.number_text import shortest_repr

MOST_RERUNS = 5


def disambiguate(report: Report, again: Callable[[int], Report], m: int) -> Report:
    """Keep those causes that other examples have too.

    Args:
        report: on the candidate.
        again: reports on the same candidate with that number of other examples.
        m: the number of examples of the report.
    """
    reruns: list[int] = []
    confirmed: set[str] = set()  # the tensors whose causes were those of other examples as well
    while any(needs_rerun(f, confirmed) for f in report.findings) and len(reruns) < MOST_RERUNS:
        reruns.append(m + 3 * (len(reruns) + 1))
        try:
            others = {f.tensor: f for f in again(reruns[-1]).findings if f.kind in KINDS}
        except CandidateLost:
            raise
        except Exception:  # it ran once, and whether it runs with other sizes is not a finding
            return report
        # A mistake may change nothing there: one that leaves out an example of zeros.
        wrong = {
            f.tensor for f in report.findings if needs_rerun(f, confirmed) and f.tensor in others
        }
        findings = [
            with_common_causes(f, others[f.tensor], m, reruns)
            if f.tensor in wrong and f.kind in KINDS
            else f
            for f in report.findings
        ]
        confirmed |= wrong
        report = replace(report, findings=tuple(findings))
    never = [f for f in report.findings if needs_rerun(f, confirmed) and f.tensor not in confirmed]
    right = [as_right_elsewhere(f, reruns) if f in never else f for f in report.findings]
    return replace(report, findings=tuple(right))


KINDS = (*VALUES, "shape")


def needs_rerun(finding: Finding, confirmed: Collection[str]) -> bool:
    """Return whether its causes were of no other examples yet, or may be there by chance."""
    causes = finding.causes if finding.kind in KINDS else ()
    by_chance = not all(cause.is_certain for cause in causes)
    return by_chance or (bool(causes) and finding.tensor not in confirmed)


def as_right_elsewhere(finding: Finding, reruns: Sequence[int]) -> Finding:
    """Return the finding of a tensor that is right with all other examples."""
    batches = ", ".join(map(str, reruns))
    return without_cause(finding, make_remark("unknown.right-elsewhere", batches=batches))


def with_common_causes(finding: Finding, other: Finding, m: int, reruns: Sequence[int]) -> Finding:
    """Return the finding with the causes that the same tensor has with other examples as well."""
    there = {cause.key: cause for cause in other.causes}
    both = [
        combine_chance(cause, there[cause.key]) for cause in finding.causes if cause.key in there
    ]
    same = finding.constant and other.constant
    if not both and finding.constant and other.constant and have_same_constant(finding, other):
        both = [constant_for_any_m(finding.constant)]
    if not both:
        return without_cause(finding, make_remark("unknown.not-repeated", m=reruns[-1]))
    note = make_remark("note.same-network") if len(both) > 1 else None
    return with_causes(replace(finding, constant=same), both, (m, *reruns), note)


def combine_chance(one: Cause, other: Cause) -> Cause:
    """Return a cause of two batches, with the probability that it fits both by chance.

    Numbers that are c times the right ones with the same c confirm nothing the second time.
    """
    once = one.scale and other.scale and are_close(one.scale, other.scale)
    both = max(one.p_value, other.p_value) if once else one.p_value * other.p_value
    confirmed = {"c": one.facts["size"]} if "size" in one.facts else {}  # as √m, with another m
    return replace(one, p_value=both, facts={**one.facts, **confirmed})


def constant_for_any_m(constant: Cause) -> Cause:
    """Return the constant as a number: one that is the same with another m is not 1/m."""
    c = shortest_repr(*constant.scale) if constant.scale else ""
    facts = {n: x for n, x in constant.facts.items() if n != "size"}
    return replace(constant, facts={**facts, "c": c})


def have_same_constant(one: Finding, other: Finding) -> bool:
    """Return whether both tensors are the same multiple of the right one."""
    scales = [f.constant.scale for f in (one, other) if f.constant and f.constant.scale]
    return len(scales) == 2 and are_close(*scales)


def are_close(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Return whether two numbers ± errors may be equal."""
    return abs(one[0] - other[0]) <= one[1] + other[1]
