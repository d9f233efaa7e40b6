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
        """Element by element, beside the formula whose allowance it uses least."""
        best: Comparison | None = None
        for expected in alternatives:
            new = cls.against(candidate, expected)
            if best is None:
                best = new
            else:
                less = new.used < best.used
                best = cls(
                    candidate,
                    *(np.where(less, getattr(new, part), getattr(best, part))
                      for part in ("reference", "apart", "allowed", "used")),
                )  # fmt: skip
        assert best is not None
        return best

    @classmethod
    def against(cls, candidate: Array, expected: ErrorArray) -> Comparison:
        """A reference that is not finite allows nothing; an unknown error allows everything."""
        apart = np.abs(candidate - expected.value)
        apart = np.where(np.isfinite(apart), apart, np.inf)
        allowed = np.where(np.isnan(expected.error), np.inf, expected.error)
        with np.errstate(divide="ignore", invalid="ignore"):
            used = np.where(np.isfinite(expected.value), apart / allowed, np.inf)
        used = np.where(apart == 0, 0.0, used)
        return cls(candidate, expected.value, apart, allowed, used)

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
