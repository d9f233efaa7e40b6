"""The campaign of wrong programs, of which none may pass: is each found, at every precision?

A program that passes is explained where its tensors are within their bounds at every call that a
check makes: then a right program might have given them, and the table has the largest ratio of
error to bound. Or where it is wrong so rarely that so few calls need not have met it.
"""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import repeat

from rich.console import Console
from rich.progress import track
from rich.table import Table

from parity_tests.campaigns.wrong_programs import (
    buffers,
    formulas,
    kept_between_calls,
    low_products,
    lower_precision,
    races,
    reductions,
    tiles,
)
from parity_tests.campaigns.wrong_programs.right_program import FULL, RightProgram
from parity_tests.checking.check_trace import check_layers
from parity_tests.checking.other_problems import other_problems
from parity_tests.checking.report import Report
from parity_tests.checking.verdict import PASSED
from parity_tests.diagnosis.explained_check import check
from parity_tests.error_model.precisions import PRECISIONS, Precision
from parity_tests.kinds.cases import Problem

KINDS = {
    "kept between calls": kept_between_calls,
    "buffers": buffers,
    "tiles": tiles,
    "low products": low_products,
    "lower precision": lower_precision,
    "races": races,
    "reductions": reductions,
    "formulas": formulas,
}
FOUND, SUSPICIOUS, UNJUDGED = "found", "suspicious", "not judged"
EXPLAINED, MISSED = "explained", "missed"
OUTCOMES = (FOUND, SUSPICIOUS, UNJUDGED, EXPLAINED, MISSED)


@dataclass(frozen=True)
class Row:
    """One program at one precision.

    Attributes:
        kind: of the program.
        title: the program.
        precision: the name of the arithmetic.
        verdict: the check's.
        outcome: "found"; "suspicious", at the second level alone; "not judged", since another
            arithmetic has such errors; "explained", by the bound or the rate; or "missed".
        why: the explanation.
    """

    kind: str
    title: str
    precision: str
    verdict: str
    outcome: str
    why: str = ""


def programs() -> Iterator[tuple[str, type[RightProgram]]]:
    """Yield every wrong program and its kind."""
    for kind, module in KINDS.items():
        for program in vars(module).values():
            if not inspect.isclass(program) or program.__module__ != module.__name__:
                continue
            if issubclass(program, RightProgram) and vars(program).get("in_table", True):
                yield kind, program


def checked(program: type[RightProgram], p: Precision) -> Report:
    """Check a program that was just started."""
    problem = program.problem()
    return check(program(p), program.network, *problem, p, program.title(), calls=program.calls)


def row(kind: str, program: type[RightProgram], p: Precision) -> Row:
    """Check a program, and explain why it passes if it does."""
    report = checked(program, p)
    known = kind, program.title(), p.name, report.verdict
    if report.findings:
        return Row(*known, FOUND)
    if report.declare:
        return Row(*known, UNJUDGED, f"as {report.declare} may be")
    if report.suspicions:
        return Row(*known, SUSPICIOUS, "found with --strict")
    ratio = largest_ratio(program, p)
    if program.in_trace and report.verdict == PASSED and ratio <= 1:
        if program.one_in > 1 and report.calls:
            seen = f"1 in {1 / report.calls.rate:.2g} calls is found"
            return Row(*known, EXPLAINED, f"wrong in 1 of {program.one_in} calls; {seen}")
        return Row(*known, EXPLAINED, f"error ≤ {ratio:.2g} × bound")
    return Row(*known, MISSED, f"error ≤ {ratio:.2g} × bound")


def largest_ratio(program: type[RightProgram], p: Precision) -> float:
    """Return the largest ratio of error to bound at all calls that a check makes."""
    started, spec = program(p), program.network
    return max(
        check_layers(spec, *problem, started(spec, *copies(problem)), p, program.title()).ratio
        for problem in problems_of_calls(program, p)
    )


def problems_of_calls(program: type[RightProgram], p: Precision) -> Iterator[Problem]:
    """Yield the numbers of each call: the same ones, then others."""
    params, X, Y = program.problem()
    problem = {n: p.round(a) for n, a in params.items()}, p.round(X), p.round(Y)
    yield from repeat(problem, program.calls)
    yield from (other for _, other in other_problems(program.network, problem, p))


def copies(problem: Problem) -> Problem:
    """Return copies, which a program may change."""
    params, X, Y = problem
    return {n: a.copy() for n, a in params.items()}, X.copy(), Y.copy()


def rows(precisions: Collection[str]) -> Iterator[Row]:
    """Yield the row of every program at those of these precisions that it has."""
    for kind, program in programs():
        for precision in program.precisions:
            if precision in precisions:
                yield row(kind, program, PRECISIONS[precision])


def campaign(console: Console, precisions: Collection[str] = FULL) -> int:
    """Print the table; return 1 where a program is missed without explanation, else 0."""
    every = list(track(rows(precisions), "checking", total=None, console=console))
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("program", "precisions", "outcome"):
        table.add_column(name)
    for kind in KINDS:
        table.add_row(f"[bold]{kind}")
        for line in lines([row for row in every if row.kind == kind]):
            table.add_row(*line)
    console.print(table)
    counts = {o: sum(r.outcome == o for r in every) for o in OUTCOMES}
    programs = len({r.title for r in every})
    console.print(
        f"\n{programs} wrong programs, {len(every)} checks: "
        + ", ".join(f"{n} {outcome}" for outcome, n in counts.items())
    )
    return 1 if counts[MISSED] else 0


def lines(every: list[Row]) -> Iterator[tuple[str, str, str]]:
    """Yield (program, precisions, outcome), the precisions of one outcome together."""
    groups: dict[tuple[str, str], list[str]] = {}
    for r in every:
        outcome = f"{r.outcome}: {r.why}" if r.why else r.outcome
        groups.setdefault((r.title, outcome), []).append(r.precision)
    yield from ((title, " ".join(names), outcome) for (title, outcome), names in groups.items())
