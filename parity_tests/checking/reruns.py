"""Calling a wrong candidate again with other examples, which must have the same causes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from itertools import compress
from typing import Any

from parity_tests.checking.causes import Cause
from parity_tests.checking.findings import (
    VALUES,
    Explain,
    Finding,
    make_remark,
    with_causes,
    without_cause,
)
from parity_tests.checking.guarded_calls import CandidateLost
from parity_tests.checking.report import Report
from parity_tests.kinds.number_text import shortest_repr

MOST_RERUNS = 5
KINDS_WITH_CAUSES = (*VALUES, "shape")


def disambiguate(report: Report, again: Callable[[int, Collection[str]], Report], m: int) -> Report:
    """Keep those causes that other examples have too.

    Args:
        report: on the candidate.
        again: checks the candidate with so many other examples, and names the causes of the given
            tensors alone.
        m: the number of examples of the report.
    """
    reruns: list[int] = []
    confirmed: set[str] = set()  # the tensors whose causes were those of other examples as well
    while len(reruns) < MOST_RERUNS:
        unsure = {f.tensor for f in report.findings if needs_rerun(f, confirmed)}
        if not unsure:
            break
        reruns.append(m + 3 * (len(reruns) + 1))
        try:
            found = again(reruns[-1], unsure).findings
            others = {f.tensor: f for f in found if f.kind in KINDS_WITH_CAUSES}
        except CandidateLost:
            raise
        except Exception:  # it ran once, and whether it runs with other sizes is not a finding
            return report
        # A mistake may change nothing there: one that leaves out an example of zeros.
        wrong = unsure & others.keys()
        findings = [
            with_common_causes(f, others[f.tensor], m, reruns)
            if f.tensor in wrong and f.kind in KINDS_WITH_CAUSES
            else f
            for f in report.findings
        ]
        confirmed |= wrong
        report = replace(report, findings=tuple(findings))
    right = [
        as_right_elsewhere(f, reruns) if is_right_elsewhere(f, confirmed) else f
        for f in report.findings
    ]
    return replace(report, findings=tuple(right))


def explain_only(tensors: Collection[str], explain: Explain) -> Explain:
    """Return an explainer that names the causes of these tensors' values, and no others."""

    def explain_some(findings: list[Finding], *args: Any, **kwargs: Any) -> list[Finding]:
        of_these = [f.tensor in tensors or f.kind != "value" for f in findings]
        chosen = [*compress(range(len(findings)), of_these)]
        explained = explain([findings[i] for i in chosen], *args, **kwargs)
        each = dict(zip(chosen, explained, strict=True))
        return [each.get(i, finding) for i, finding in enumerate(findings)]

    return explain_some


def needs_rerun(finding: Finding, confirmed: Collection[str]) -> bool:
    """Return whether its causes were of no other examples yet, or may be there by chance."""
    causes = finding.causes if finding.kind in KINDS_WITH_CAUSES else ()
    by_chance = not all(cause.is_certain for cause in causes)
    return by_chance or (bool(causes) and finding.tensor not in confirmed)


def is_right_elsewhere(finding: Finding, confirmed: Collection[str]) -> bool:
    """Return whether it was to be confirmed, and its tensor was wrong with no other examples."""
    return needs_rerun(finding, confirmed) and finding.tensor not in confirmed


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
    if not both and finding.constant and other.constant:
        both = [*with_both_numbers(finding.constant, other.constant, m, reruns[-1])]
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


def with_both_numbers(one: Cause, other: Cause, m: int, other_m: int) -> Iterator[Cause]:
    """Yield the constant that two numbers of examples have in common; nothing where they have none.

    It is a number, and not 1/m, where it is the same with both; m/209 where somebody divided by the
    examples of one data set.

    Args:
        one: the constant with m examples.
        other: the constant with others.
        m: their number.
        other_m: that of the others.
    """
    if not one.scale or not other.scale:
        return
    facts = {n: x for n, x in one.facts.items() if n != "size"}
    if are_close(one.scale, other.scale):
        yield replace(one, facts={**facts, "c": shortest_repr(*one.scale)})
    elif one.scale[0] and other.scale[0]:
        divisor = quotient(m, one.scale)
        if are_close(divisor, quotient(other_m, other.scale)):
            yield replace(one, facts={**facts, "c": f"m/{shortest_repr(*divisor)}"})


def quotient(m: int, scale: tuple[float, float]) -> tuple[float, float]:
    """Return m/c ± its error."""
    c, error = scale
    return m / c, m * error / (c * c)


def are_close(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Return whether two numbers ± errors may be equal."""
    return abs(one[0] - other[0]) <= one[1] + other[1]
