"""Rules of elementwise functions: value ± error of the result, from that of the operands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from parity_tests.error_model.intervals import (
    OUTWARD,
    ErrorOperand,
    Interval,
    compose_relative_errors,
)
from parity_tests.error_model.precisions import FLOAT32, FLOAT64, U64, Precision
from parity_tests.error_model.ulp_tables import absolute_error, relative_error
from ref_numpy import Array


def round_once(value: Array, carried: Any, p: Precision, relative: float | None = None) -> Interval:
    """Add the error of one rounding to a result.

    Args:
        value: the result.
        carried: the error that the operands' errors became.
        p: the arithmetic, which rounds to u and may take results below `p.underflow` as zero.
        relative: another relative error than u, such as an elementary function's.
    """
    v = p.u + U64 if relative is None else relative
    error = np.abs(value)
    error *= v * OUTWARD
    error += (1 + v) * OUTWARD * carried + p.underflow
    return value, error


def multiply(a: ErrorOperand, b: ErrorOperand) -> Interval:
    """|âb̂ − ab| ≤ |a| e_b + e_a |b| + e_a e_b; a factor that underflows may be taken as zero."""
    value, flushed = a.value * b.value, a.p.flush * (a.peak + b.peak)
    if a.scaled and b.scaled:
        return round_once(
            value, flushed, a.p, compose_relative_errors(a.relative, b.relative, a.p.u + U64)
        )
    return round_once(value, flushed + np.abs(a.value) * b.error + a.error * b.largest, a.p)


def divide(a: ErrorOperand, b: ErrorOperand) -> Interval:
    """|â/b̂ − a/b| ≤ (e_a + |a/b| e_b) / (|b| − e_b)."""
    value = a.value / b.value
    smallest = np.abs(b.value) - b.error
    with np.errstate(divide="ignore", invalid="ignore"):
        carried = (a.error + np.abs(value) * b.error + a.p.flush) / smallest
    return round_once(value, np.where(smallest > 0, carried, np.inf), a.p)


def elementary(ufunc: Any, lowest: float) -> Callable[[ErrorOperand], Interval]:
    """Return the rule of an increasing function: its error is that at the interval's two ends.

    Args:
        ufunc: the function, which has an entry in `ULPS`.
        lowest: the lower end of its domain.
    """
    own = relative_error(ufunc, FLOAT64)

    def rule(a: ErrorOperand) -> Interval:
        value, ends = ufunc(a.value), np.zeros(())
        if not a.exact:
            high = np.nextafter(a.value + a.error, np.inf)
            low = np.maximum(np.nextafter(a.value - a.error, -np.inf), lowest)
            with np.errstate(divide="ignore", over="ignore"):
                ends = np.maximum(ufunc(high) - value, value - ufunc(low))
            ends = ends + 2 * own * (np.abs(value) + ends)  # the two ends are rounded as well
        # Half precisions compute the function in float32, and round that.
        stored = a.p.u if a.p.u > FLOAT32.u else 0.0
        candidate = stored + (1 + stored) * relative_error(ufunc, a.p)
        return round_once(value, ends + absolute_error(ufunc, a.p), a.p, candidate + own)

    return rule


def larger_or_smaller(ufunc: Any) -> Callable[[ErrorOperand, ErrorOperand], Interval]:
    """Return the rule of max(a, b) or min(a, b): the larger of the two errors."""

    def rule(a: ErrorOperand, b: ErrorOperand) -> Interval:
        error = 0.0 if a.exact and b.exact else np.maximum(a.error, b.error)
        return ufunc(a.value, b.value), error

    return rule


def at_both_ends(ufunc: Any, value: Array, error: Any) -> Interval:
    """Apply an increasing function that jumps to the interval's two ends."""
    result = ufunc(value)
    low, high = ufunc(value - error), ufunc(value + error)
    return result, np.maximum(high - result, result - low)


def floor_divide(a: ErrorOperand, b: ErrorOperand) -> Interval:
    """Compute a // b = ⌊a/b⌋."""
    return at_both_ends(np.floor, *divide(a, b))


def trunc(a: ErrorOperand) -> Interval:
    """Cut off the digits after the point, as where a number becomes an integer."""
    return at_both_ends(np.trunc, a.value, a.error)


def sign(a: ErrorOperand) -> Interval:
    """Compute 1, 0 or −1: exactly, but where the interval has 0."""
    return at_both_ends(np.sign, a.value, a.error)


def compare(ufunc: Any) -> Callable[[ErrorOperand, ErrorOperand], Interval]:
    """Return the rule of a comparison: 1 or 0, and ± 1 where the difference's interval has 0.

    Operands without error compare exactly.
    """

    def rule(a: ErrorOperand, b: ErrorOperand) -> Interval:
        value = ufunc(a.value, b.value)
        if a.exact and b.exact:
            return value, 0.0
        error = OUTWARD * (a.error + b.error)
        return value, (error > 0) & (np.abs(a.value - b.value) <= error)

    return rule


def where(condition: ErrorOperand, a: ErrorOperand, b: ErrorOperand) -> Interval:
    """Choose a or b; where the condition is uncertain, both are within the error."""
    value = np.where(condition.value, a.value, b.value)
    if condition.exact and a.exact and b.exact:
        return value, 0.0
    error = np.where(condition.value, a.error, b.error)
    if not condition.exact:
        either = OUTWARD * (np.abs(a.value - b.value) + np.maximum(a.error, b.error))
        error = np.where(condition.error > 0, either, error)
    return value, error
