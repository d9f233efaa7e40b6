"""One tensor beside what it should be."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from parity_tests.checking.findings import Finding, layer_of
from parity_tests.checking.report import Tensor
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.equivalent_formulas import Formulas
from ref_numpy import Array

PART = 2**15  # numbers


@dataclass(frozen=True)
class Comparison:
    """Of all elements the largest |candidate − reference|, the largest used fraction of what that
    may be, and how many have no bound; and the norms ‖allowed‖ and ‖reference‖."""

    candidate: Array
    expected: Sequence[ErrorArray] | Formulas
    apart: float
    used: float
    unbounded: int
    norm_allowed: float
    norm_reference: float

    @classmethod
    def of(cls, candidate: Array, expected: Sequence[ErrorArray] | Formulas) -> Comparison:
        """expected: by each of the formulas that are equal on paper."""
        largest_apart, largest_used, unbounded = 0.0, 0.0, 0
        norms: list[tuple[float, float]] = []
        for part in parts(candidate):
            reference, apart, allowed, used = closest(
                candidate[part], (e.rows(part) for e in expected)
            )
            largest_apart = max(largest_apart, apart.max())
            largest_used = max(largest_used, used.max())
            if not allowed.max() < np.inf:
                unbounded += int(np.isinf(allowed).sum())
            norms.append((norm(allowed), norm(reference)))
        return cls(
            candidate, expected, float(largest_apart), float(largest_used), unbounded,
            *(math.hypot(*each) for each in zip(*norms, strict=True)),
        )  # fmt: skip

    @classmethod
    def equal(cls, candidate: Array, reference: Array) -> Comparison:
        """Nothing may differ."""
        return cls.of(candidate, [ErrorArray(reference)])

    def tensor(self, name: str) -> Tensor:
        """As a report lists it."""
        n = math.sqrt(self.candidate.size)
        return Tensor(
            name, self.candidate.shape, self.apart, self.used, self.unbounded,
            bound=self.norm_allowed / n, expected=self.norm_reference / n,
        )  # fmt: skip

    def findings(self, name: str, dtype: str, kind: str, text: str) -> list[Finding]:
        """None where every element is within its allowance."""
        if self.used <= 1:
            return []
        reference, _, allowed, used = closest(self.candidate, self.expected)
        index = tuple(int(i) for i in np.unravel_index(np.argmax(used), used.shape))
        finding = Finding(
            name, kind, f"{name} {text}", layer_of(name), used.shape, dtype,
            wrong=int((used > 1).sum()),
            size=used.size,
            index=index,
            candidate=float(self.candidate[index]),
            reference=float(reference[index]),
            allowed=float(allowed[index]),
            used=float(used[index]),
        )  # fmt: skip
        return [finding]


def gives(formula: ErrorArray | None, candidate: Array, p: Precision) -> bool:
    """Whether every element of the candidate is within what rounding allows a formula's result."""
    if formula is None or formula.shape != candidate.shape:
        return False
    with np.errstate(all="ignore"):
        c = Comparison.of(candidate, [formula.rounded(p.output_rounding)])
    return c.used <= 1 and not c.unbounded


def by_chance(formula: ErrorArray, candidate: Array, right: Formulas, fitted: int = 0) -> float:
    """The probability that a formula gives a tensor that is wrong by chance: an element that is off
    by D is within a of a given number with a probability of about a/D. Of a wrong shape, whose
    elements have no right ones, D is the element's own size.

    fitted: how many elements fix the formula's constants, and so are within them by construction.
    """
    if candidate.shape == right[0].shape:
        _, apart, _, used = closest(candidate, right)
        off = used > 1
    else:
        apart, off = np.abs(candidate), np.ones(candidate.shape, bool)
    with np.errstate(all="ignore"):
        a = np.broadcast_to(formula.error, candidate.shape)[off] / apart[off]
    logs = np.sort(np.log(np.clip(a, np.finfo(np.float64).tiny, 1)))[fitted:]
    return math.exp(max(float(logs.sum()), -700.0))  # a formula may be exact


def norm(x: Array) -> float:
    """√Σ x²; where the squares may overflow or underflow, of x divided by its largest number."""
    flat = np.ravel(x)
    with np.errstate(over="ignore"):
        squares = float(np.dot(flat, flat))
    if SMALLEST < squares < math.inf:
        return math.sqrt(squares)
    largest = float(np.abs(flat).max(initial=0.0))
    if not 0 < largest < math.inf:
        return largest
    return largest * float(np.linalg.norm(flat / largest))


SMALLEST = 2.0**-960  # a sum of squares below it may lack some that underflowed


def parts(x: Array) -> Iterator[Any]:
    """Rows that fit into a processor's cache, which makes a comparison twice as fast."""
    if x.size <= PART:
        yield ...
    else:
        n = max(1, PART * len(x) // x.size)
        yield from (slice(i, i + n) for i in range(0, len(x), n))


def closest(candidate: Array, expected: Iterable[ErrorArray]) -> tuple[Array, ...]:
    """(reference, apart, allowed, used) of each element by the formula whose allowance it uses
    least, as far as one is needed; one that allows everything counts only where all do."""
    each = iter(expected)
    best = against(candidate, next(each))
    # Past a half another formula may be the one that was used: what is reported is the smallest.
    while not (best[2].max() < np.inf and best[3].max() <= 1 / 2):
        formula = next(each, None)
        if formula is None:
            break
        new = against(candidate, formula)
        better = np.isfinite(new[2]) & ((new[3] < best[3]) | np.isinf(best[2]))
        best = tuple(np.where(better, n, b) for n, b in zip(new, best, strict=True))
    return best


def against(candidate: Array, expected: ErrorArray) -> tuple[Array, ...]:
    """(reference, apart, allowed, used): used = apart / allowed, infinite where nothing may differ
    and something does, or where the reference is not finite; an unknown error allows everything."""
    reference = expected.value
    if expected.exact and np.array_equal(candidate, reference):
        nothing = np.zeros(reference.shape)
        return reference, nothing, nothing, nothing
    allowed = expected.error
    apart = np.asarray(candidate - reference)
    np.abs(apart, out=apart)
    with np.errstate(divide="ignore", invalid="ignore"):
        used = apart / allowed
    if not np.isfinite(used.max()):
        allowed = np.where(np.isnan(allowed), np.inf, allowed)
        used = np.where((apart == 0) | np.isinf(allowed), 0.0, used)
        used = np.where(np.isfinite(reference), used, np.inf)
    return reference, apart, allowed, used
