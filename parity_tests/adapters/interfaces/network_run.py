"""A program of another interface, called as run(spec, params, X, Y) by one reading, and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.candidate_process.answers import write_back
from parity_tests.adapters.candidate_process.program import Program
from parity_tests.adapters.interfaces.conventions import Conventions, Problem
from parity_tests.adapters.interfaces.gradient_places import RETURNED_UPDATED, UPDATED
from parity_tests.adapters.mistaken_calls import mistaken_call
from parity_tests.checking.findings import Finding
from parity_tests.checking.report import Report
from parity_tests.diagnosis.explained_check import check
from parity_tests.error_model.precisions import Precision
from ref_numpy import Array, NetworkSpec


@dataclass
class NetworkProgram:
    """run(spec, params, X, Y) of a program, by one reading.

    Attributes:
        program: the candidate.
        number: of the reading.
        conventions: of the program.
        facts: what a report says about the reading.
        notes: the same in words.
        not_seen: functions that it never uses.
        unchecked_passes: those that look like a forward or backward pass.
        right: the tensors that were right for the few examples with which it was read.
        with_held: its trace has the activations in the program's variables, too.
        held: whether there were any.
        was_run: whether its object has been called since it was made.
    """

    program: Program
    number: int
    conventions: Conventions
    facts: Mapping[str, Any]
    notes: tuple[str, ...]
    not_seen: tuple[str, ...]
    unchecked_passes: tuple[str, ...]
    right: frozenset[str] = frozenset()
    with_held: bool = True
    held: bool = False
    was_run: bool = False

    @property
    def spec(self) -> NetworkSpec:
        """The network."""
        return self.conventions.spec

    def __call__(
        self, spec: NetworkSpec, params: dict[str, Array], X: Array, Y: Array
    ) -> dict[str, Any]:
        """Return the program's trace."""
        answer = run_reading(self.program, self.number, params, X, Y, not self.was_run, {})
        self.was_run = True
        write_back({(n,): x for n, x in answer["after"].items()}, {"X": X, "Y": Y})
        trace = self.conventions.trace(answer["tensors"], X.shape[1])
        self.held = bool(answer["held"])
        held = self.conventions.held(answer["held"], X.shape[1]) if self.with_held else {}
        return {**held, **trace}

    def checked(self, problem: Problem, p: Precision, name: str, calls: int) -> Report:
        """Check the program; without the tensors in its variables where that finds less.

        A program may keep other values in a variable of such a name.
        """
        report = self.with_updates_named(check_named(self, problem, p, name, calls))
        if not report.findings or not self.held:
            return report
        fewer = check_named(replace(self, with_held=False, was_run=False), problem, p, name, calls)
        return self.with_updates_named(fewer) if wrong(fewer) < wrong(report) else report

    def with_updates_named(self, report: Report) -> Report:
        """Name the gradients that depend on the learning rate, which makes these infinite.

        Of a gradient that was right for fewer examples, it is a batch of this size that is updated.
        """
        if self.facts["gradients"] not in (UPDATED, RETURNED_UPDATED):
            return report
        infinite = {f.tensor for f in report.findings if f.kind == "not-finite"}
        if infinite & self.right:
            facts = {"function": str(self.facts["functions"][-1])}
            call = mistaken_call("several-updates", facts)
            return replace(report, findings=(), tensors=(), mistaken=(call,))
        found = [
            after_update(f) if f.kind == "not-finite" and f.tensor[0] == "d" else f
            for f in report.findings
        ]
        return replace(report, findings=tuple(found))


def after_update(finding: Finding) -> Finding:
    """Return the finding that a gradient depends on the learning rate."""
    code = "gradient.after-update"
    facts = {"tensor": finding.tensor}
    return replace(finding, message=sentence(code, **facts), code=code, facts=facts)


def check_named(
    run: NetworkProgram, problem: Problem, p: Precision, name: str, calls: int
) -> Report:
    """Check a program."""
    return check(run, run.spec, *problem, p, name, calls=calls)


def wrong(report: Report) -> int:
    """Return how many tensors have a finding."""
    return len({finding.tensor for finding in report.findings})


def run_reading(
    program: Program, number: int, params: Mapping[str, Array], X: Array, Y: Array, renewed: bool,
    strengths: Mapping[str, float],
) -> dict[str, Any]:  # fmt: skip
    """Run a program by a reading, and return its tensors, what it held, and what it changed.

    Args:
        program: the candidate.
        number: of the reading.
        params: W (n, n_prev) and b (n, 1).
        X: (n_x, m).
        Y: (n_y, m).
        renewed: its object is made again before.
        strengths: of penalties, by name; others are 0.
    """
    given = dict(params), X, Y, renewed, dict(strengths)
    return program.explore("the program", result_of, "run", number, *given)


def result_of(answer: Any) -> dict[str, Any]:
    """Return a program's tensors, those in its variables, and what it changed."""
    return {
        "tensors": dict(answer["tensors"]), "held": dict(answer["held"]),
        "after": dict(answer["after"]),
    }  # fmt: skip
