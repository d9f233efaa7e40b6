"""Calling a candidate again: with the same numbers, with others, with other numbers of examples.

A program may be right once. One that returns its first results again, keeps a copy of W, adds to
the gradients of the call before, or races, is wrong at a later call; one whose last tile of
examples is wrong, at another m.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from parity_tests.checking.findings import Finding, Remark, make_remark, without_cause
from parity_tests.checking.guarded_calls import CandidateLost
from parity_tests.checking.judged import Calls
from parity_tests.checking.later_findings import (
    failure,
    grouped,
    key,
    keys,
    merged,
    with_what_was_kept,
)
from parity_tests.checking.outcome import (
    FirstCall,
    Outcome,
    Problem,
    Trace,
    are_equal,
    differs,
)
from parity_tests.checking.report import Report
from parity_tests.checking.report_wording import sentence

Known = Collection[tuple[str, str]]  # tensor and kind of findings


@dataclass(frozen=True)
class Later:
    """What later calls found.

    Attributes:
        made: how many calls returned.
        found: each finding, and the call that it is of.
        last: the trace of the last one.
        unsteady: tensors that were wrong at the first call, and differ by more than their bounds.
        notes: calls that could not be made.
        declare: the arithmetic that has such errors, if the candidate's has not.
        undeclared: the tensors that have such errors.
        less_accurate: the formulas of each tensor that only less accurate ones give.
    """

    made: int
    found: Sequence[tuple[Finding, Remark]]
    last: Trace
    unsteady: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    declare: str = ""
    undeclared: tuple[str, ...] = ()
    less_accurate: Mapping[str, str] = field(default_factory=dict)


def with_later_calls(
    report: Report, first: FirstCall, others: Iterable[tuple[Remark, Problem]], same: int, m: int
) -> Report:
    """Add the findings of later calls.

    Args:
        report: on the first call.
        first: that call.
        others: other problems, and how each differs.
        same: how many calls with the same numbers there are; with 1 there is no later call at all.
        m: the number of examples of the first call.
    """
    if same == 1:
        return replace(report, calls=Calls(1))
    known = frozenset(one for f in report.findings for one in keys(f))
    later, sizes = [repeat(report, first, known, same)], []
    for where, problem in others:
        before = [first.trace, *(part.last for part in later)]
        later.append(vary(first, known, where, problem, before))
        sizes += [where.facts.get("m", m)] * later[-1].made
    unsteady = {n for part in later for n in part.unsteady}
    other = next((part for part in (report, *later) if part.declare), report)
    there = [as_random(f) if f.tensor in unsteady else f for f in report.findings]
    inexact = {n: words for part in later for n, words in part.less_accurate.items()}
    return replace(
        report,
        tensors=tuple(
            replace(t, less_accurate=t.less_accurate or inexact.get(t.name, ""))
            for t in report.tensors
        ),
        findings=(*there, *merged(one for part in later for one in part.found)),
        notes=(*report.notes, *(note for part in later for note in part.notes)),
        declare=other.declare,
        undeclared=other.undeclared,
        calls=Calls(1 + later[0].made, tuple(sizes)),
    )


def repeat(report: Report, first: FirstCall, known: Known, same: int) -> Later:
    """Call with the same numbers, and judge what differs from the first call's trace."""
    found: list[tuple[int, Finding]] = []
    unsteady: set[str] = set()
    before, made = first.trace, 0
    other = report
    for n in range(2, same + 1):
        try:
            outcome = first.call(first.problem)
            equal = are_equal(first.trace, outcome.trace)
            new = (
                None if equal else explained(outcome, outcome.compare(first.params), before, known)
            )
        except CandidateLost as error:
            raise lost(error, at_call([n], same)) from error
        except Exception as error:  # the candidate may raise anything
            found.append((n, failure(error, at_call([n], same))))
            break
        findings = (*(new.findings if new else ()), *outcome.of_call)
        found += [(n, f) for f in findings if key(f) not in known]
        other = new if new and not other.declare else other
        unsteady |= {f.tensor for f in report.findings if differs(f, first.trace, outcome.trace)}
        before, made = outcome.trace, made + 1
    of_tensors = grouped(found, lambda one: key(one[1]))
    each = [(one[0][1], at_call([n for n, _ in one], same)) for one in of_tensors]
    return Later(made, each, before, frozenset(unsteady), (), other.declare, other.undeclared)


def at_call(at: Sequence[int], calls: int) -> Remark:
    """Return where something is wrong, of calls with the same numbers."""
    return make_remark("later.same", at=tuple(at), calls=calls)


def vary(
    first: FirstCall, known: Known, where: Remark, problem: Problem, before: Sequence[Trace]
) -> Later:
    """Call with other numbers, and judge the trace.

    An exception is a finding with the same shapes only: a program may be written for one m.

    Args:
        first: the first call.
        known: the findings of the first call.
        where: names the call.
        problem: the other numbers.
        before: the traces of the calls before.
    """
    try:
        outcome = first.call(problem)
        compared = outcome.compare(problem[0])
        report = explained(outcome, compared, before[-1], known)
    except CandidateLost as error:
        raise lost(error, where) from error
    except Exception as error:
        if problem[2].shape == first.problem[2].shape:
            return Later(0, [(failure(error, where), where)], before[-1])
        note = sentence("note.not-called", where=where.message, error=str(error))
        return Later(0, [], before[-1], notes=(note,))
    findings = (*(report.findings if report else ()), *outcome.of_call)
    new = [f for f in findings if key(f) not in known]
    kept = with_what_was_kept(new, outcome, problem[0], before, first.params)
    other = (report.declare, report.undeclared) if report else ("", ())
    inexact = {t.name: t.less_accurate for t in compared.tensors if t.less_accurate}
    return Later(
        1, [(f, where) for f in kept], outcome.trace, frozenset(), (), *other, less_accurate=inexact
    )


def lost(error: CandidateLost, where: Remark) -> CandidateLost:
    """Return the error with the call at which the candidate's process was lost."""
    text = sentence("call.later-failed", where=where.message, error=str(error))
    return CandidateLost(text, error.code, error.facts)


def explained(outcome: Outcome, compared: Report, before: Trace, known: Known) -> Report | None:
    """Return the report on a trace, if any finding is new: causes cost more than most need."""
    is_wrong = any(key(f) not in known for f in compared.findings)
    return outcome.explain(before) if is_wrong else None


def as_random(finding: Finding) -> Finding:
    """Return the finding without causes: a formula that fits one call's numbers is not a cause."""
    return without_cause(finding, make_remark("unknown.random"))
