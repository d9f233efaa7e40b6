"""What a check found: a verdict, findings in dataflow order, and each tensor's error and bound."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from parity_tests.checking.findings import Finding
from parity_tests.checking.verdict import FAILED, MISTAKEN_CALL, NOT_JUDGED, PASSED
from ref_numpy import __version__

FORMAT = 1  # of `Report.to_json`


@dataclass(frozen=True)
class Tensor:
    """One tensor that was compared.

    apart: the largest |candidate − reference|, the reference computed from the candidate's own
    inputs.   used: the largest fraction of its derived allowance that an element used.
    unbounded: how many elements have no bound, so that nothing was compared.
    digits: of agreement end to end, −log₁₀(max |Δ| / max |reference|), infinite where both are
    equal; None where there is no such comparison.
    bound, expected: the root mean squares of what its elements may differ by, and of what they
    should be.   zero: it is zero everywhere on paper, computed from the inputs alone.
    """

    name: str
    shape: tuple[int, ...]
    apart: float
    used: float
    unbounded: int = 0
    digits: float | None = None
    used_end_to_end: float | None = None
    bound: float = 0.0
    expected: float = 0.0
    zero: bool = False

    @property
    def judged(self) -> bool:
        """Whether its bound says anything: it is smaller than what the tensor should be, or the
        tensor is zero on paper."""
        return math.isfinite(self.bound) and (self.bound < self.expected or self.zero)

    @property
    def function(self) -> str:
        """The function that gave it when it was called alone: that of "linear_backward.dW"."""
        return self.name.rpartition(".")[0]


@dataclass(frozen=True)
class Report:
    """What is reported of one candidate.

    not_checked: tensors that the candidate did not give, or that cannot be compared.   problem:
    what it was checked on, in words.   notes: what else is worth saying.   evidence: the names of
    tensors of which at least one must have been judged for a verdict of "passed": the gradients of
    the parameters, or what single functions gave.   required: names of tensors that must all have
    been judged.   mistaken: calls that were guessed wrongly.   not_seen: functions of the candidate
    that were neither called nor used by one that was.   adapter: a program to fill in, for a
    candidate that could not be called.   seed: of the problem.   engine: what computed the
    reference and the candidate.   condition: under which it was judged: "in eval()".
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
    adapter: str = ""
    seed: int | None = None
    engine: str = ""
    condition: str = ""

    @property
    def verdict(self) -> str:
        """ "passed" is the last that is left: some of the evidence was judged, and all that was
        required, and everything is within its bound."""
        if self.findings or any(not tensor.used <= 1 for tensor in self.tensors):
            return FAILED
        if self.mistaken:
            return MISTAKEN_CALL
        if not self.judged.intersection(self.evidence) or self.missing:
            return NOT_JUDGED
        return PASSED

    @property
    def passed(self) -> bool:
        return self.verdict == PASSED

    @property
    def judged(self) -> frozenset[str]:
        """The tensors that were compared, and whose bounds say something."""
        return frozenset(tensor.name for tensor in self.tensors if tensor.judged)

    @property
    def missing(self) -> tuple[str, ...]:
        """What was asked for and not judged."""
        return tuple(name for name in self.required if name not in self.judged)

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that was compared, found wrong or not checked, once."""
        compared = [tensor.name for tensor in self.tensors]
        found = [finding.tensor for finding in self.findings]
        return tuple(dict.fromkeys([*compared, *found, *self.not_checked]))

    @property
    def used(self) -> float:
        """The largest used fraction of all tensors."""
        return max((tensor.used for tensor in self.tensors), default=0.0)

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
        return "\n".join(in_words(self))

    def to_json(self) -> str:
        """Numbers that JSON lacks, such as an infinite used fraction, become strings."""
        made = {"format": FORMAT, "version": __version__}
        tensors = [{**asdict(t), "judged": t.judged} for t in self.tensors]
        said = {"verdict": self.verdict, "passed": self.passed}
        return json.dumps(in_json({**made, **said, **asdict(self), "tensors": tuple(tensors)}))


def in_words(r: Report) -> Iterator[str]:
    """The lines of a report: the verdict, then the findings, then what was not judged and why."""
    n = len(r.findings)
    verdict = f"{n} finding{'' if n == 1 else 's'}" if n else r.verdict
    verdict += f" {r.condition}" if r.condition else ""
    compared = f"{len(r.tensors)} tensor{'' if len(r.tensors) == 1 else 's'} compared"
    largest = f", largest used fraction {r.used:.2g}" if r.tensors else ""
    name = ", ".join(filter(None, (r.candidate, r.precision)))
    yield f"{name}: {verdict}; {compared}{largest}"
    yield from map(str, r.findings)
    yield from (f"mistaken call: {call}" for call in r.mistaken)
    if r.verdict == NOT_JUDGED and not r.missing:
        yield "not judged: no gradient of a parameter was compared that could have failed"
    if r.missing:
        yield f"not judged, though it was required: {' '.join(r.missing)}"
    blunt = [t.name for t in r.tensors if not t.judged]
    if blunt:
        yield f"not judged, because the bound is as large as the tensor: {' '.join(blunt)}"
    if r.not_checked:
        yield f"not checked: {' '.join(r.not_checked)}"
    if r.not_seen:
        yield f"not looked at: {', '.join(r.not_seen)}"
    for t in r.tensors:
        if t.unbounded:
            yield f"{t.unbounded} elements of {t.name} have no bound"
    yield from r.notes
    if r.adapter and r.verdict in (NOT_JUDGED, MISTAKEN_CALL):
        yield f"\nTo have it checked, complete this adapter:\n\n{r.adapter}"


def in_json(x: Any) -> Any:
    if isinstance(x, Mapping):
        return {key: in_json(value) for key, value in x.items()}
    if isinstance(x, tuple):
        return [in_json(value) for value in x]
    return str(x) if isinstance(x, float) and not math.isfinite(x) else x
