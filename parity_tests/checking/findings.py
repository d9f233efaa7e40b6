"""What a check finds wrong: a finding for each tensor or call, and the causes of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

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


def layer_of(name: str) -> int | None:
    """ "dW2" → 2, "dg2" → 2, "J" → None"""
    digits = re.search(r"\d+$", name.partition("@")[0])
    return int(digits[0]) if digits else None
