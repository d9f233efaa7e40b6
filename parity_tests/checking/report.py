"""The result of a check: a verdict, findings in dataflow order, each tensor's error and bound."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from parity_tests.checking.findings import Finding
from parity_tests.checking.judged import Calls, Tensor
from parity_tests.checking.report_wording import sentence
from parity_tests.checking.second_level import SumJudgement
from parity_tests.checking.verdict import FAILED, MISTAKEN_CALL, NOT_JUDGED, PASSED
from ref_numpy import __version__

FORMAT = 2  # of `Report.to_json`


@dataclass(frozen=True)
class Report:
    """The result of checking one candidate.

    Attributes:
        hints: how much it reveals, of `report_views.hint_levels`.
        granted_by: whose word it is that the candidate computes in this precision: "file", that of
            the trace file; "option", that of --precision; "course", that of the assignment;
            "dtype", that of X in a file that states none; "default"; or "", that of the caller.
        not_checked: tensors that the candidate did not give, or that cannot be compared.
        problem: the network and the number of examples, in words.
        notes: further sentences.
        evidence: the names of tensors of which at least one must have been judged for a verdict of
            "passed": the gradients of the parameters, or the results of single functions.
        required: names of tensors that must all have been judged.
        mistaken: calls that were guessed wrongly.
        not_seen: functions of the candidate that were neither called nor used by one that was.
        unchecked_passes: those of them that look like a forward or backward pass.
        adapter: a program to fill in, for a candidate that could not be called.
        seed: of the problem.
        engine: the libraries that computed the reference and the candidate.
        condition: under which it was judged: "in eval()".
        calls: of a program; None for a trace, which cannot be called.
        sums: the second level's judgement of each tensor that is an inner product.
        declare: the name of the arithmetic that has such errors, if the declared one has not.
        undeclared: the tensors that have such errors.
    """

    candidate: str
    precision: str
    findings: tuple[Finding, ...]
    tensors: tuple[Tensor, ...]
    not_checked: tuple[str, ...] = ()
    problem: str = ""
    notes: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    mistaken: tuple[Finding, ...] = ()
    not_seen: tuple[str, ...] = ()
    unchecked_passes: tuple[str, ...] = ()
    adapter: str = ""
    seed: int | None = None
    engine: str = ""
    condition: str = ""
    calls: Calls | None = None
    sums: tuple[SumJudgement, ...] = ()
    declare: str = ""
    undeclared: tuple[str, ...] = ()
    granted_by: str = ""
    hints: str = "line"

    @property
    def verdict(self) -> str:
        """The verdict in one word, as `verdict` defines them.

        "passed" requires that some of the evidence was judged, that all required tensors were, and
        that every tensor is within its bound.
        """
        if self.findings or any(not tensor.ratio <= 1 for tensor in self.tensors):
            return FAILED
        if self.mistaken:
            return MISTAKEN_CALL
        if self.declare or self.missing or not self.judged.intersection(self.evidence):
            return NOT_JUDGED
        return PASSED

    @property
    def granted_precision(self) -> str:
        """The precision, and whose word it is: "float16 by the file"."""
        granted = sentence(f"precision.{self.granted_by}") if self.granted_by else ""
        return " ".join(filter(None, (self.precision, granted)))

    @property
    def heading(self) -> str:
        """The candidate and the precision: "a.npz, float16 by the file"."""
        return ", ".join(filter(None, (self.candidate, self.granted_precision)))

    @property
    def passed(self) -> bool:
        """Whether the verdict is "passed"."""
        return self.verdict == PASSED

    @property
    def judged(self) -> frozenset[str]:
        """The tensors that were compared, and whose bounds mean something."""
        return frozenset(tensor.name for tensor in self.tensors if tensor.judged)

    @property
    def names_within_bounds(self) -> frozenset[str]:
        """The tensors that were judged and have no finding."""
        found = {finding.tensor.rpartition("@")[-1] for finding in self.findings}
        return self.judged - found

    @property
    def scored(self) -> dict[str, bool]:
        """Whether each name that the score counts is right.

        The required ones count, or else the gradients of all parameters and all that was compared,
        without what is wrong as a consequence; and everything that has a finding. Right is what was
        judged, is within its bound, and has no finding.
        """
        found = dict.fromkeys(f.tensor.rpartition("@")[-1] for f in self.findings)
        within = {tensor.name for tensor in self.tensors if tensor.ratio <= 1}
        right = self.names_within_bounds.intersection(within).difference(self.undeclared)
        outside = {tensor.name for tensor in self.tensors} - within
        counted = [n for n in self.names if n in within.union(self.evidence).difference(outside)]
        return {name: name in right for name in [*(self.required or counted), *found]}

    @property
    def score(self) -> float:
        """The share of what counts that is right; 0 where nothing counts."""
        return sum(self.scored.values()) / max(len(self.scored), 1)

    def declaration(self, option: str) -> str:
        """Return which arithmetic to declare by an option, and the tensors that have its errors."""
        return sentence(
            "report.declare", precision=self.precision, declare=self.declare,
            names=self.undeclared, option=option,
        )  # fmt: skip

    @property
    def missing(self) -> tuple[str, ...]:
        """The required tensors that were not judged."""
        return tuple(name for name in self.required if name not in self.judged)

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that was compared, found wrong or not checked, once."""
        compared = [tensor.name for tensor in self.tensors]
        found = [finding.tensor for finding in self.findings]
        return tuple(dict.fromkeys([*compared, *found, *self.not_checked]))

    @property
    def ratio(self) -> float:
        """The largest error ÷ bound of all tensors."""
        return max((tensor.ratio for tensor in self.tensors), default=0.0)

    @property
    def suspicions(self) -> tuple[Finding, ...]:
        """Tensors within their bounds whose error no common order of summation has."""
        found = {finding.tensor for finding in self.findings}
        return tuple(s.finding for s in self.sums if s.suspicious and s.tensor not in found)

    @property
    def of_less_accurate_formulas(self) -> Iterator[str]:
        """Sentences on the tensors that only less accurate formulas give."""
        those = [(t.less_accurate, t.judged, t.name) for t in self.tensors if t.less_accurate]
        for formulas, judged in dict.fromkeys(each[:2] for each in those):
            names = [name for *of, name in those if of == [formulas, judged]]
            facts = {"names": names, "formulas": formulas, "judged": judged}
            yield sentence("report.less-accurate", **facts)

    def strict(self) -> Report:
        """Return the report with its suspicions among the findings."""
        return replace(self, findings=(*self.findings, *self.suspicions))

    @property
    def unbounded(self) -> int:
        """How many elements have no bound, so that nothing was compared."""
        return sum(tensor.unbounded for tensor in self.tensors)

    def raise_findings(self) -> None:
        """Raise AssertionError with every finding, once, unless the check passed."""
        __tracebackhide__ = True
        if not self.passed:
            raise AssertionError(str(self))

    def __str__(self) -> str:
        return "\n".join(report_lines(self))

    def to_json(self) -> str:
        """Return the report as JSON; infinite numbers, which JSON lacks, become strings."""
        made = {"format": FORMAT, "version": __version__}
        verdict = {"verdict": self.verdict, "passed": self.passed, "score": self.score}
        parts = {
            "tensors": [{**asdict(t), "judged": t.judged} for t in self.tensors],
            "findings": [finding.to_json() for finding in self.findings],
            "mistaken": [finding.to_json() for finding in self.mistaken],
            "calls": self.calls and self.calls.to_json(),
        }
        return json.dumps(in_json({**made, **verdict, **asdict(self), **parts}), default=str)


def report_lines(r: Report) -> Iterator[str]:
    """Yield a report's lines: the verdict, the findings, then the tensors that were not judged."""
    yield sentence(
        "report.summary", name=r.heading, verdict=r.verdict, condition=r.condition,
        n_findings=len(r.findings), n=len(r.tensors),
        ratio=None if r.hints == "where" and r.findings else r.ratio,
    )  # fmt: skip
    if r.unchecked_passes:
        yield sentence("report.unchecked-passes", names=", ".join(r.unchecked_passes))
    yield from map(str, r.findings)
    yield from (sentence("report.suspicious", finding=finding) for finding in r.suspicions)
    yield from (sentence("report.mistaken-call", finding=call) for call in r.mistaken)
    yield from unjudged_lines(r)
    if r.adapter and r.verdict in (NOT_JUDGED, MISTAKEN_CALL):
        yield sentence("report.adapter", adapter=r.adapter)


def unjudged_lines(r: Report) -> Iterator[str]:
    """Yield what was not judged, and why; how often it was called; and the notes."""
    if r.declare:
        yield r.declaration("--precision")
    elif r.verdict == NOT_JUDGED and not r.missing and not (r.unchecked_passes and r.judged):
        yield sentence("report.no-gradient")
    if r.missing:
        yield sentence("report.required", names=" ".join(r.missing))
    found = {finding.tensor for finding in r.findings}
    if blunt := [t.name for t in r.tensors if not t.judged and t.name not in found]:
        yield sentence("report.blunt", names=" ".join(blunt))
    yield from r.of_less_accurate_formulas
    if names := [name for name in r.not_checked if name not in found]:
        yield sentence("report.not-checked", names=" ".join(names))
    # A note names each line of a notebook that was left out.
    noted = [name for name in r.not_seen if any(note.endswith(name) for note in r.notes)]
    if names := [name for name in r.not_seen if name not in (*noted, *r.unchecked_passes)]:
        yield sentence("report.not-seen", names=", ".join(names))
    if names := [s.tensor for s in r.sums if not s.sees_tf32]:
        yield sentence("report.unseen", names=" ".join(names))
    for t in r.tensors:
        if t.unbounded:
            yield sentence("report.no-bound", n=t.unbounded, tensor=t.name)
    if r.calls and not r.findings:
        yield sentence("report.calls", same=r.calls.same, others=r.calls.others, rate=r.calls.rate)
    yield from r.notes
    if r.findings and r.hints != "line":
        yield sentence(f"report.hints-{r.hints}")


def engine(torch: str | None = None) -> str:
    """Return what computes: the reference's library, and the candidate's where it is torch.

    Args:
        torch: its version, "" where there is none; None takes that of this process.
    """
    if torch is None:
        torch = getattr(sys.modules.get("torch"), "__version__", "")
    return f"NumPy {np.__version__}" + (f", torch {torch}" if torch else "")


def in_json(x: Any) -> Any:
    """Return x of dictionaries, lists, texts and finite numbers."""
    if isinstance(x, Mapping):
        return {key: in_json(value) for key, value in x.items()}
    if isinstance(x, tuple | list):
        return [in_json(value) for value in x]
    return str(x) if isinstance(x, float) and not math.isfinite(x) else x
