"""A ball: value ± error, as every rule of the error model takes and returns it."""

from __future__ import annotations

from copy import copy
from functools import cached_property
from typing import Any, Self

import numpy as np

from parity_tests.error_model.intervals import OUTWARD, compose_relative_errors, peak
from parity_tests.error_model.precisions import FLOAT64, Precision
from parity_tests.error_model.summation import Terms, summation_error
from ref_numpy import Array


class Ball:
    """value ± error, where error = relative·|value| + absolute, or that of a pending sum.

    Args:
        value: float64.
        absolute: the absolute part of the error, from 0 up; broadcasts to the value's shape.
        p: the arithmetic of the candidate.
        relative: the relative part; of a pending sum, of roundings after it.
        pending_sum: the terms, where the value is a sum to which more may be added.
    """

    def __init__(
        self,
        value: Any,
        absolute: Any = 0.0,
        p: Precision = FLOAT64,
        relative: float = 0.0,
        pending_sum: Terms | None = None,
    ) -> None:
        self.value = np.asarray(value, dtype=np.float64)
        self.absolute = np.asarray(absolute, dtype=np.float64)
        self.p = p
        self.relative = relative
        self.pending_sum = pending_sum

    def made(
        self,
        value: Any,
        absolute: Any = 0.0,
        *,
        relative: float = 0.0,
        pending_sum: Terms | None = None,
    ) -> Self:
        """Return another ball of the same arithmetic."""
        return type(self)(value, absolute, self.p, relative, pending_sum)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""
        return self.value.shape

    @property
    def scaled(self) -> bool:
        """Whether the error is relative·|value|."""
        return self.pending_sum is None and self.absolute.ndim == 0 and self.absolute == 0

    @property
    def exact(self) -> bool:
        """Whether the error is zero."""
        return self.scaled and not self.relative

    @cached_property
    def error(self) -> Array:
        """The bound, in the shape of the value."""
        if self.pending_sum is not None:
            return summation_error(self.value, self.pending_sum, self.p, self.relative)
        if not self.relative:
            return np.broadcast_to(self.absolute, self.shape)
        error = np.abs(self.value)
        error *= self.relative
        error += self.absolute
        return error

    @property
    def largest(self) -> Array:
        """The largest magnitude within the interval."""
        return np.abs(self.value) + self.error

    @cached_property
    def peak(self) -> float:
        """The largest |value| of all elements."""
        return peak(self.value)

    @property
    def certain_infinities(self) -> Array:
        """Where the value is an infinity whatever was rounded, such as that of a mask."""
        return np.isinf(self.value) & (self.scaled or self.error == 0)

    def terms(self, whole: bool) -> Terms:
        """Return the terms that this array adds to a longer sum: those of its own sum, or itself.

        A pending sum may be stored, and so rounded, before it is added to another. Where nothing
        but the whole sum s ± e is stored, that is an error of u (|s| + e). That is so of W A + b:
        of two operands nothing else can be added first. Of three or more, any two can, and each
        term takes u as if it was part of a stored sum.

        Args:
            whole: whether nothing but the whole sum may be stored.
        """
        if self.pending_sum is not None:
            terms, stored = self.pending_sum, self.p.u if self.p.u > self.p.accumulate else 0.0
            if whole and stored:
                v = compose_relative_errors(stored, self.relative)
                of_value = v * OUTWARD * self.largest / terms.scale
                return terms._replace(absolute=terms.absolute + of_value)
            return terms._replace(
                relative=compose_relative_errors(terms.relative, stored, self.relative)
            )
        if self.scaled:
            return Terms(1, np.abs(self.value), self.relative)
        return Terms(1, np.abs(self.value), absolute=self.error)

    @property
    def operands(self) -> int:
        """The number of operands that were added: 1 of a sum along an axis, 2 of W A + b."""
        return 1 if self.pending_sum is None else self.pending_sum.operands

    @cached_property
    def statistics(self) -> dict[tuple[Any, ...], Self]:
        """Its means and variances that were taken so far, by name and axes."""
        return {}

    def working_in(self, p: Precision) -> Self:
        """Return the same numbers, with which another arithmetic computes."""
        if p == self.p:
            return copy(self)  # with its error and its statistics, where they are known
        return type(self)(self.value, self.absolute, p, self.relative, self.pending_sum)

    def rounded(self, relative: float) -> Self:
        """Return the same, rounded once more with this relative error."""
        if self.pending_sum is not None:
            again = compose_relative_errors(self.relative, relative)
            return self.made(
                self.value, self.absolute, relative=again, pending_sum=self.pending_sum
            )
        error = np.abs(self.value)
        error *= OUTWARD * relative
        error += OUTWARD * (1 + relative) * self.error
        return self.made(self.value, error)

    def lift(self, x: Any) -> Self:
        """Return x ± its error: a plain array is exact, a constant is rounded to the arithmetic."""
        if isinstance(x, type(self)):
            return x
        rounds = isinstance(x, int | float) and float(self.p.round(np.asarray(x))) != x
        return self.made(x, relative=self.p.u if rounds else 0.0)
