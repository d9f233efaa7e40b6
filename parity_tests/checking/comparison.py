"""One tensor beside its expected values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from parity_tests.checking.expected.stored_results import stored
from parity_tests.checking.findings import Finding, make_finding
from parity_tests.checking.judged import Tensor
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.equivalent_formulas import Formulas
from parity_tests.kinds.row_parts import parts
from ref_numpy import Array


@dataclass(frozen=True)
class Comparison:
    """A tensor compared with the results of formulas that are equal on paper.

    Attributes:
        candidate: the candidate's tensor.
        expected: value ± error by each of the formulas.
        apart: the largest |candidate − reference| of all elements.
        ratio: the largest error ÷ bound.
        unbounded: how many elements have no bound.
        norm_bound: ‖bound‖.
        norm_reference: ‖reference‖.
        tried: the less accurate formulas among those, in words; "" where only accurate ones were.
    """

    candidate: Array
    expected: Sequence[ErrorArray] | Formulas
    apart: float
    ratio: float
    unbounded: int
    norm_bound: float
    norm_reference: float
    tried: str = ""

    @classmethod
    def of(cls, candidate: Array, expected: Sequence[ErrorArray] | Formulas) -> Comparison:
        """Compare the candidate's tensor with what each formula gives.

        Where it is outside the bounds of the accurate ones, the less accurate are tried as well.
        """
        comparison = cls.with_each(candidate, expected)
        while comparison.ratio > 1 and isinstance(expected, Formulas) and expected.less_accurate:
            words, less_accurate = expected.less_accurate
            expected = less_accurate()
            comparison = cls.with_each(candidate, expected, words)
        return comparison

    @classmethod
    def with_each(
        cls, candidate: Array, expected: Sequence[ErrorArray] | Formulas, tried: str = ""
    ) -> Comparison:
        """Compare the candidate's tensor with these formulas alone."""
        largest_apart, largest_ratio, unbounded = 0.0, 0.0, 0
        norms: list[tuple[float, float]] = []
        for part in parts(candidate):
            reference, apart, bound, ratio = closest(
                candidate[part], (e.rows(part) for e in expected), bool(tried)
            )
            largest_apart = max(largest_apart, apart.max())
            largest_ratio = max(largest_ratio, ratio.max())
            if not bound.max() < np.inf:
                unbounded += int(np.isinf(bound).sum())
            norms.append((norm(bound), norm(reference)))
        bounds, references = zip(*norms, strict=True)
        return cls(
            candidate, expected, float(largest_apart), float(largest_ratio), unbounded,
            math.hypot(*bounds), math.hypot(*references), tried,
        )  # fmt: skip

    @classmethod
    def equal(cls, candidate: Array, reference: Array) -> Comparison:
        """Compare with a tensor from which nothing may differ."""
        return cls.of(candidate, [ErrorArray(reference)])

    @property
    def less_accurate(self) -> str:
        """The formulas that have the tensor within their bounds where the accurate have not."""
        return self.tried if self.ratio <= 1 else ""

    def elements(self) -> tuple[Array, ...]:
        """Return (reference, apart, bound, ratio) of each element by its closest formula."""
        return closest(self.candidate, self.expected, bool(self.tried))

    def tensor(self, name: str) -> Tensor:
        """Return the tensor as a report lists it."""
        n = math.sqrt(self.candidate.size)
        return Tensor(
            name, self.candidate.shape, self.apart, self.ratio, self.unbounded,
            bound=self.norm_bound / n, expected=self.norm_reference / n,
            less_accurate=self.less_accurate,
        )  # fmt: skip

    def findings(
        self, name: str, dtype: str, kind: str, reason: str, **facts: Any
    ) -> list[Finding]:
        """Return one finding with the worst element; none where all are within their bounds.

        Args:
            name: of the tensor.
            dtype: that of the candidate's tensor.
            kind: that of the finding.
            reason: the code of its sentence.
            facts: of the sentence.
        """
        if self.ratio <= 1:
            return []
        reference, _, bound, ratio = self.elements()
        index = tuple(int(i) for i in np.unravel_index(np.argmax(ratio), ratio.shape))
        finding = make_finding(
            name, kind, reason, shape=ratio.shape, dtype=dtype, facts=facts,
            wrong=int((ratio > 1).sum()),
            size=ratio.size,
            index=index,
            candidate=float(self.candidate[index]),
            reference=float(reference[index]),
            bound=float(bound[index]),
            ratio=float(ratio[index]),
            rows=few_places(ratio > 1, 0),
            columns=few_places(ratio > 1, 1),
        )  # fmt: skip
        return [finding]


FEW = 5  # rows or columns that a sentence can hold


def few_places(off: Array, axis: int) -> tuple[int, ...]:
    """Return the places along an axis at which something is off; none where most of them are."""
    if off.ndim < 2:
        return ()
    places = np.flatnonzero(off.any(axis=tuple(k for k in range(off.ndim) if k != axis)))
    few = len(places) <= FEW and len(places) < off.shape[axis]
    return tuple(map(int, places)) if few else ()


def gives(formula: ErrorArray | None, candidate: Array, p: Precision) -> bool:
    """Return whether every element of the candidate is within the bound of a formula's result.

    Args:
        formula: value ± error, in the arithmetic of what is stored, or inside a step.
        candidate: the candidate's tensor.
        p: its arithmetic.
    """
    if formula is None or formula.shape != candidate.shape:
        return False
    with np.errstate(all="ignore"):
        c = Comparison.of(candidate, [stored(formula).rounded(p.output_rounding)])
    return c.ratio <= 1 and not c.unbounded


def p_value(formula: ErrorArray, candidate: Array, right: Formulas, fitted: int = 0) -> float:
    """Return the probability that a formula gives by chance a tensor that is wrong.

    An element that is off by D is within a of a given number with a probability of about a/D. Of a
    wrong shape, whose elements have no right ones, D is the element's own size.

    Args:
        formula: its value ± error.
        candidate: the candidate's tensor.
        right: the right values.
        fitted: how many elements fix the formula's constants, and so are within the bound by
            construction.
    """
    if candidate.shape == right[0].shape:
        _, apart, _, ratio = closest(candidate, right)
        off = ratio > 1
    else:
        apart, off = np.abs(candidate), np.ones(candidate.shape, bool)
    with np.errstate(all="ignore"):
        a = np.broadcast_to(formula.error, candidate.shape)[off] / apart[off]
    logs = np.sort(np.log(np.clip(a, np.finfo(np.float64).tiny, 1)))[fitted:]
    return math.exp(max(float(logs.sum()), -700.0))  # a formula may be exact


def norm(x: Array) -> float:
    """Return √Σ x², also where the squares overflow or underflow."""
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


def closest(
    candidate: Array, expected: Iterable[ErrorArray], may_have_none: bool = False
) -> tuple[Array, ...]:
    """Return (reference, apart, bound, ratio) of each element by its closest formula.

    That is the formula with the smallest error ÷ bound, as far as another one is needed; one
    without a bound counts only where all are.

    Args:
        candidate: the candidate's tensor.
        expected: value ± error by each formula.
        may_have_none: whether an element that is wrong by every bound has none where one of the
            formulas has none: it may be of that one.
    """
    each = iter(expected)
    best = against(candidate, next(each))
    unbounded = may_have_none and np.isinf(best[2])
    # Past a half another formula may be the candidate's: the smallest ratio is reported.
    while not (best[2].max() < np.inf and best[3].max() <= 1 / 2):
        formula = next(each, None)
        if formula is None:
            break
        new = against(candidate, formula)
        better = np.isfinite(new[2]) & ((new[3] < best[3]) | np.isinf(best[2]))
        best = tuple(np.where(better, n, b) for n, b in zip(new, best, strict=True))
        unbounded = may_have_none and (unbounded | np.isinf(new[2]))
    if may_have_none:
        reference, apart, bound, ratio = best
        lost = unbounded & (ratio > 1)
        best = reference, apart, np.where(lost, np.inf, bound), np.where(lost, 0.0, ratio)
    return best


def against(candidate: Array, expected: ErrorArray) -> tuple[Array, ...]:
    """Return (reference, apart, bound, ratio) of each element, ratio = apart / bound.

    The ratio is infinite where nothing may differ and something does, where the reference is not
    finite, and where the candidate is no number; it is 0 where there is no bound.
    """
    reference = expected.value
    if expected.exact and np.array_equal(candidate, reference):
        nothing = np.zeros(reference.shape)
        return reference, nothing, nothing, nothing
    bound = expected.error
    apart = np.asarray(candidate - reference)
    np.abs(apart, out=apart)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = apart / bound
    if not np.isfinite(ratio.max()):
        bound = np.where(np.isnan(bound), np.inf, bound)
        ratio = np.where((apart == 0) | np.isinf(bound), 0.0, ratio)
        ratio = np.where(np.isfinite(reference) & ~np.isnan(candidate), ratio, np.inf)
    return reference, apart, bound, ratio
