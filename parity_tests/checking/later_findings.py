"""The findings of later calls: what the program kept, and one finding for each tensor."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from parity_tests.checking.findings import (
    VALUES,
    Finding,
    Remark,
    make_remark,
    with_causes,
    without_cause,
)
from parity_tests.checking.outcome import Outcome, Params, Trace, is_same
from parity_tests.checking.report_wording import listed, sentence

T = TypeVar("T")


def with_what_was_kept(
    findings: Sequence[Finding],
    outcome: Outcome,
    params: Params,
    before: Sequence[Trace],
    old: Params,
) -> list[Finding]:
    """Return the findings, each with the remark that the program kept what it is made of.

    That is the tensor itself, bit for bit, or the parameters, with which it is within its bound.

    Args:
        findings: of a call with other numbers.
        outcome: of that call.
        params: its parameters.
        before: the traces of the calls before.
        old: the parameters of the first of them.
    """
    wrong = {f.tensor for f in findings if f.kind in VALUES}
    trace = outcome.trace
    same = {n for n in wrong for t in before if n in t and is_same(trace[n], t[n])}
    if not any(trace[n].max() > trace[n].min() for n in same):  # all 0 need not be kept
        same = set()
    right = right_for_kept(outcome, params, old) if wrong - same else {}

    def explained(finding: Finding) -> Finding:
        n = finding.tensor
        if n in same:
            return without_cause(finding, make_remark("later.kept-result", tensor=n))
        if n in right and n in wrong:
            return without_cause(finding, make_remark("later.kept-parameters", names=right[n]))
        return finding

    return [explained(finding) for finding in findings]


def right_for_kept(outcome: Outcome, params: Params, old: Params) -> dict[str, str]:
    """Return each tensor that is right for the first call's W, b, or both: {tensor: "W and b"}."""
    stems = dict.fromkeys(n.rstrip("0123456789") for n in params)
    right: dict[str, str] = {}
    for some in (*((stem,) for stem in stems), tuple(stems)):
        kept = {n: a for n, a in old.items() if n.rstrip("0123456789") in some}
        compared = outcome.compare({**params, **kept}).tensors
        right = {t.name: listed(some) for t in compared if t.ratio <= 1} | right
    return right


def merged(found: Iterable[tuple[Finding, Remark]]) -> list[Finding]:
    """Return a finding for each tensor, with all calls that it is of."""
    return [at_later_calls(each) for each in grouped(found, lambda one: key(one[0]))]


def at_later_calls(found: Sequence[tuple[Finding, Remark]]) -> Finding:
    """Return one finding of those of a tensor, with the causes that it has at each of the calls."""
    finding, where = found[0]
    if finding.kind == "error":
        return finding
    keys = set.intersection(*({c.key for c in f.causes} for f, _ in found))
    common = [cause for cause in finding.causes if cause.key in keys]
    if common:
        batches = dict.fromkeys(m for f, _ in found for m in f.batches)
        finding = with_causes(finding, common, tuple(batches))
    remarks = [f.remark for f, _ in found if f.remark and f.remark.code.startswith("later.")]
    if remarks and not common:  # with other X, kept parameters do not give the kept result
        finding = without_cause(finding, remarks[-1])
    each = tuple(remark.message for _, remark in found)
    message = sentence("later", message=finding.message, where=each)
    code = f"{finding.code}-{where.code.replace('.', '-')}"
    facts = {**finding.facts, "where": each}
    return replace(finding, kind="later", message=message, code=code, facts=facts)


def grouped(items: Iterable[T], by: Callable[[T], Hashable]) -> list[list[T]]:
    """Return the items in groups that have the same key, in the order of their first ones."""
    groups: dict[Hashable, list[T]] = {}
    for item in items:
        groups.setdefault(by(item), []).append(item)
    return [*groups.values()]


def key(finding: Finding) -> tuple[str, str]:
    """Return what a finding is about: two with the same are one."""
    return finding.tensor, VALUES[0] if finding.kind in VALUES else finding.kind


def keys(finding: Finding) -> Iterator[tuple[str, str]]:
    """Yield its key, and those of the other tensors that it is of."""
    own, kind = key(finding)
    yield from ((name, kind) for name in (own, *finding.facts.get("others", ())))


def failure(error: Exception, where: Remark) -> Finding:
    """Return the finding that a later call failed."""
    facts = {"where": where.message, "error": str(error)}
    text = sentence("call.later-failed", **facts)
    return Finding("call", "error", text, code="call.later-failed", facts=facts)
