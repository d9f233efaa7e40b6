"""What functions of single numbers make of value ± error."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from parity_tests.error_model.precisions import FLOAT32, U64, Precision
from parity_tests.error_model.ulp_tables import ULPS
from ref_numpy import Array

if TYPE_CHECKING:
    from parity_tests.error_model.error_array import ErrorArray

# A bound is a float64 number too: a rule adds and multiplies at most 16 numbers, none negative.
OUTWARD = 1 + 16 * U64

Interval = tuple[Array, Any]  # value, and the error that it may have


def together(*relative: float) -> float:
    """Π (1 + r) − 1, from above: 1 + 2⁻⁵³ would be 1."""
    total = sum(relative)
    return total * (1 + total)


def peak(x: Array) -> float:
    """max |x|"""
    return float(max(x.max(), -x.min()))


def rounded(value: Array, carried: Any, p: Precision, relative: float | None = None) -> Interval:
    """A result whose operands' errors became `carried`, rounded once (or off by `relative`)."""
    v = p.u + U64 if relative is None else relative
    error = np.abs(value)
    error *= v * OUTWARD
    error += (1 + v) * OUTWARD * carried + p.underflow
    return value, error


def multiply(a: ErrorArray, b: ErrorArray) -> Interval:
    """|âb̂ − ab| ≤ |a| e_b + e_a |b| + e_a e_b; a factor that underflows may be taken as zero."""
    value, flushed = a.value * b.value, a.p.flush * (a.peak + b.peak)
    if a.scaled and b.scaled:
        return rounded(value, flushed, a.p, together(a.relative, b.relative, a.p.u + U64))
    return rounded(value, flushed + np.abs(a.value) * b.error + a.error * b.largest, a.p)


def divide(a: ErrorArray, b: ErrorArray) -> Interval:
    """|â/b̂ − a/b| ≤ (e_a + |a/b| e_b) / (|b| − e_b)"""
    value = a.value / b.value
    smallest = np.abs(b.value) - b.error
    with np.errstate(divide="ignore", invalid="ignore"):
        carried = (a.error + np.abs(value) * b.error + a.p.flush) / smallest
    return rounded(value, np.where(smallest > 0, carried, np.inf), a.p)


def elementary(ufunc: Any, lowest: float) -> Callable[[ErrorArray], Interval]:
    """An increasing function: its result is off by what it becomes at the interval's two ends."""
    own = 2 * ULPS[ufunc] * U64  # one unit in the last place is at most 2u, relative

    def rule(a: ErrorArray) -> Interval:
        value, ends = ufunc(a.value), np.zeros(())
        if not a.exact:
            high = np.nextafter(a.value + a.error, np.inf)
            low = np.maximum(np.nextafter(a.value - a.error, -np.inf), lowest)
            with np.errstate(divide="ignore", over="ignore"):
                ends = np.maximum(ufunc(high) - value, value - ufunc(low))
            ends = ends + 2 * own * (np.abs(value) + ends)  # the two ends are rounded as well
        # Half precisions compute the function in float32, and round that.
        stored = a.p.u if a.p.u > FLOAT32.u else 0.0
        candidate = stored + (1 + stored) * 2 * ULPS[ufunc] * min(a.p.u, FLOAT32.u)
        return rounded(value, ends, a.p, candidate + own)

    return rule


def largest(ufunc: Any) -> Callable[[ErrorArray, ErrorArray], Interval]:
    """max(a, b) or min(a, b)"""

    def rule(a: ErrorArray, b: ErrorArray) -> Interval:
        error = 0.0 if a.exact and b.exact else np.maximum(a.error, b.error)
        return ufunc(a.value, b.value), error

    return rule


def whole(ufunc: Any, value: Array, error: Any) -> Interval:
    """A function that jumps at whole numbers, at the interval's two ends."""
    result = ufunc(value)
    low, high = ufunc(value - error), ufunc(value + error)
    return result, np.maximum(high - result, result - low)


def floor_divide(a: ErrorArray, b: ErrorArray) -> Interval:
    """a // b = ⌊a/b⌋"""
    return whole(np.floor, *divide(a, b))


def trunc(a: ErrorArray) -> Interval:
    """What is before the point, as a number becomes an integer."""
    return whole(np.trunc, a.value, a.error)


def compare(ufunc: Any) -> Callable[[ErrorArray, ErrorArray], Interval]:
    """1 or 0, ± 1 where the interval straddles. Operands without error compare exactly."""

    def rule(a: ErrorArray, b: ErrorArray) -> Interval:
        value = ufunc(a.value, b.value)
        if a.exact and b.exact:
            return value, 0.0
        error = OUTWARD * (a.error + b.error)
        return value, (error > 0) & (np.abs(a.value - b.value) <= error)

    return rule


def where(condition: ErrorArray, a: ErrorArray, b: ErrorArray) -> Interval:
    value = np.where(condition.value, a.value, b.value)
    if condition.exact and a.exact and b.exact:
        return value, 0.0
    error = np.where(condition.value, a.error, b.error)
    if not condition.exact:
        either = OUTWARD * (np.abs(a.value - b.value) + np.maximum(a.error, b.error))
        error = np.where(condition.error > 0, either, error)
    return value, error
