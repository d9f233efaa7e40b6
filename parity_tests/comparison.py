"""One tensor beside what it should be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from parity_tests.report import Finding, layer_of
from parity_tests.rounding import ErrorArray
from ref_numpy import Array


@dataclass(frozen=True)
class Comparison:
    """All of one tensor's elements: candidate and reference, |their difference|, what it may be.

    used = apart / allowed: infinite where nothing may differ and something does.
    """

    candidate: Array
    reference: Array
    apart: Array
    allowed: Array
    used: Array

    @classmethod
    def of(cls, candidate: Array, alternatives: Sequence[ErrorArray]) -> Comparison:
        """Element by element, beside the formula whose allowance it uses least; one that allows
        everything counts only where all do."""
        best = cls.against(candidate, alternatives[0])
        for expected in alternatives[1:]:
            new = cls.against(candidate, expected)
            better = np.isfinite(new.allowed) & (
                (new.used < best.used) | np.isinf(best.allowed)
            )
            best = cls(
                candidate,
                *(np.where(better, getattr(new, part), getattr(best, part))
                  for part in ("reference", "apart", "allowed", "used")),
            )  # fmt: skip
        return best

    @classmethod
    def against(cls, candidate: Array, expected: ErrorArray) -> Comparison:
        """A reference that is not finite allows nothing; an unknown error allows everything."""
        reference, allowed = expected.value, expected.error
        with np.errstate(divide="ignore", invalid="ignore"):
            apart = np.abs(candidate - reference)
            used = apart / allowed
        if not np.isfinite(used.max()):
            allowed = np.where(np.isnan(allowed), np.inf, allowed)
            used = np.where((apart == 0) | np.isinf(allowed), 0.0, used)
            used = np.where(np.isfinite(reference), used, np.inf)
        return cls(candidate, reference, apart, allowed, used)

    @classmethod
    def equal(cls, candidate: Array, reference: Array) -> Comparison:
        """Nothing may differ."""
        return cls.against(candidate, ErrorArray(reference))

    @property
    def largest_apart(self) -> float:
        return float(self.apart.max())

    @property
    def largest_used(self) -> float:
        return float(self.used.max())

    @property
    def unbounded(self) -> int:
        """How many elements have no finite allowance, so that nothing was compared."""
        return int(np.isinf(self.allowed).sum())

    def finding(self, name: str, dtype: str, kind: str, message: str) -> Finding:
        index = tuple(int(i) for i in np.unravel_index(np.argmax(self.used), self.used.shape))
        return Finding(
            name, kind, message, layer_of(name), self.used.shape, dtype,
            wrong=int((self.used > 1).sum()),
            size=self.used.size,
            index=index,
            candidate=float(self.candidate[index]),
            reference=float(self.reference[index]),
            allowed=float(self.allowed[index]),
            used=float(self.used[index]),
        )  # fmt: skip
