"""What a check found: findings in dataflow order, and what each tensor used of its allowance."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

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
    given).
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
    unbounded: how many elements may be anything, so that nothing was compared.
    digits: of agreement end to end, −log₁₀(max |Δ| / max |reference|), infinite where both are
    equal; None where there is no such comparison.
    """

    name: str
    shape: tuple[int, ...]
    apart: float
    used: float
    unbounded: int = 0
    digits: float | None = None
    used_end_to_end: float | None = None

    @property
    def function(self) -> str:
        """The function that gave it when it was called alone: that of "linear_backward.dW"."""
        return self.name.rpartition(".")[0]


@dataclass(frozen=True)
class Report:
    """passed: there is no finding.   not_checked: tensors that the candidate did not give, or that
    cannot be compared.   problem: what it was checked on, in words.   notes: what else is worth
    saying.
    """

    candidate: str
    precision: str
    findings: tuple[Finding, ...]
    tensors: tuple[Tensor, ...]
    not_checked: tuple[str, ...] = ()
    problem: str = ""
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.findings

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
        """How many elements may be anything, so that nothing was compared."""
        return sum(tensor.unbounded for tensor in self.tensors)

    def raise_findings(self) -> None:
        """Raise AssertionError with every finding, once, unless the check passed."""
        __tracebackhide__ = True
        if not self.passed:
            raise AssertionError(str(self))

    def __str__(self) -> str:
        n = len(self.findings)
        verdict = "passed" if self.passed else f"{n} finding{'s' if n > 1 else ''}"
        compared = f"{len(self.tensors)} tensor{'' if len(self.tensors) == 1 else 's'} compared"
        head = (
            f"{self.candidate}, {self.precision}: {verdict}; {compared}, "
            f"largest used fraction {self.used:.2g}"
        )
        tail = [f"not checked: {' '.join(self.not_checked)}"] if self.not_checked else []
        tail += [
            f"{t.unbounded} elements of {t.name} may be anything"
            for t in self.tensors
            if t.unbounded
        ]
        return "\n".join([head, *map(str, self.findings), *tail, *self.notes])

    def to_json(self) -> str:
        """Numbers that JSON lacks, such as an infinite used fraction, become strings."""
        return json.dumps(in_json({"passed": self.passed, **asdict(self)}))


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
