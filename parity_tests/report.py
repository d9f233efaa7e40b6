"""What a check found: a verdict, findings in dataflow order, and each tensor's error and bound."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from parity_tests.verdict import FAILED, MISTAKEN_CALL, NOT_JUDGED, PASSED
from ref_numpy import __version__

FORMAT = 1  # of `Report.to_json`

# A cause is said without "perhaps" where less than one in a thousand numbers that are wrong by as
# much, and by chance, would be given by some mistake.
CHANCE = 1e-3


@dataclass(frozen=True)
class Cause:
    """A mistake that gives a tensor's numbers.   said: in words.   line: as it would be written;
    right: the right line beside it.

    alike: the probability that it gives, by chance, numbers that are as wrong as these.
    tried: how many mistakes were tried.   scale: c ± its error, where they are c times the right
    ones: then one number was wrong, and not so many.
    """

    said: str
    line: str
    right: str | None = None
    alike: float = 0.0
    tried: int = 1
    scale: tuple[float, float] | None = None

    @property
    def chance(self) -> float:
        """How many mistakes give such numbers by chance."""
        return self.tried * self.alike


@dataclass(frozen=True)
class Finding:
    """One wrong tensor.

    kind: "name", "none", "shape", "dtype" and "finite" (structure), "value" (against the
    candidate's own inputs), "chain" (a step took another tensor than was given), "end to end"; of a
    program that is called again "later" (right at first, wrong at a later call); of a
    function's call "error" (what it raised), "result" (what it returned), "changed" (what it was
    given), "cache" (it was called with another layer's); and "mistaken call", which is no finding
    against the candidate: it could not be called as was guessed.
    code: a stable name of what was found, such as "cache.of-another-layer".
    index: of the worst element; candidate, reference, allowed, used: there.   before: the tensors
    that agree.   cause: why, in words; causes: each mistake that gives these numbers.   line: the
    right one.   constant: the factor by which all numbers are wrong, if they are.   yours: the
    candidate's own line, and where it is.
    """

    tensor: str
    kind: str
    message: str
    layer: int | None = None
    shape: tuple[int, ...] = ()
    dtype: str = ""
    wrong: int = 0
    size: int = 0
    index: tuple[int, ...] | None = None
    candidate: float | None = None
    reference: float | None = None
    allowed: float | None = None
    used: float | None = None
    before: tuple[str, ...] = ()
    cause: str | None = None
    line: str | None = None
    causes: tuple[Cause, ...] = ()
    constant: Cause | None = None
    yours: str | None = None
    code: str = ""

    def __str__(self) -> str:
        lines = [self.message]
        if self.before:
            lines[0] += f"; everything before it agrees ({' '.join(self.before)})"
        if self.used is not None:
            where = f" at {list(self.index)}" if self.index else ""
            lines.append(
                f"  {self.shape} {self.dtype}: {self.wrong} of {self.size} elements; worst{where}: "
                f"candidate {self.candidate:.6g}, reference {self.reference:.6g}, "
                f"used {self.used:.2g} × allowance {self.allowed:.2g}"
            )
        if self.cause:
            saids = [cause.said for cause in self.causes]
            text = self.cause.replace(" or ".join(saids), ",\n      or: ".join(saids))
            lines.append(f"  cause: {text}")
        if self.causes:
            lines.append("  wrong: " + "\n         ".join(cause.line for cause in self.causes))
        if self.line:
            lines.append(f"  right: {self.line}")
        if self.yours:
            lines.append(f"  yours: {self.yours}")
        return "\n".join(lines)


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


def layer_of(name: str) -> int | None:
    """ "dW2" → 2, "dg2" → 2, "J" → None"""
    digits = re.search(r"\d+$", name.partition("@")[0])
    return int(digits[0]) if digits else None
