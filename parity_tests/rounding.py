"""Arrays that carry value ± error, so that the reference itself says what rounding may do.

`ErrorArray` goes through the *unchanged* code of `ref_numpy` by NumPy's protocols. Its value is
what the reference computes at float64. Its error bounds how far from that a correct computation in
an arithmetic `p` may end, the reference's own rounding included: v = u + 2⁻⁵³.

| operation | error of the result |
|---|---|
| a·b, a/b, a² | what the operands' errors become, + v·|result| |
| A B, Σ, a ± b, and sums of those | what the terms' errors become, + v·Σ|terms| for the products, |
| | + γ_(K−2)·(Σ|terms| + |result|)/2 + v·|result| for the K − 1 additions |
| exp, log, log1p, tanh, √ | what the interval's ends become, + its ulps (accuracy.py)·|result| |
| max, abs, negation, transposition | the operand's; nothing is rounded |
| a > b, where | where the interval straddles, both outcomes are within the error |

The additions: in whatever order K terms are added, each of the first K − 2 results is the sum of
some of the terms, at most the sum of the positive or of the negative ones, (Σ|t| + |Σ t|)/2; the
last is the result. A sum stays open: Σ_k w_k a_k + b may begin with b, and (Σ_i t_i)/m may divide
each term. γ is `Precision.gamma`. A NumPy function without a rule here raises TypeError: it is
never taken to be exact.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from parity_tests.accuracy import ULPS, U64
from parity_tests.precision import FLOAT32, FLOAT64, Precision
from ref_numpy import Array

# A bound is a float64 number too: a rule adds and multiplies at most 16 numbers, none negative.
OUTWARD = 1 + 16 * U64


class Terms(NamedTuple):
    """A sum that may go on: `count` terms of total magnitude `size`, whose own errors come to
    relative·size + absolute."""

    count: int
    size: Array
    relative: float
    absolute: Any

    def __add__(self, other: Terms) -> Terms:  # pyright: ignore[reportIncompatibleMethodOverride]
        return Terms(
            self.count + other.count,
            self.size + other.size,
            max(self.relative, other.relative),
            self.absolute + other.absolute,
        )


class ErrorArray(np.lib.mixins.NDArrayOperatorsMixin):
    """value: float64.   error ≥ 0: an array; or relative·|value|; or what `open` terms allow."""

    def __init__(
        self,
        value: Any,
        error: Any = None,
        p: Precision = FLOAT64,
        relative: float = 0.0,
        terms: Terms | None = None,
    ) -> None:
        self.value = np.asarray(value, dtype=np.float64)
        self.absolute = None if error is None else np.asarray(error, dtype=np.float64)
        self.p = p
        self.relative = relative
        self.open = terms

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    @property
    def exact(self) -> bool:
        return self.absolute is None and self.open is None and not self.relative

    @property
    def scaled(self) -> bool:
        """Whether the error is relative·|value|."""
        return self.absolute is None and self.open is None

    @property
    def error(self) -> Array:
        if self.absolute is None and self.open is not None:
            self.absolute = summation_error(self.value, self.open, self.p)
        if self.absolute is None:
            return self.relative * np.abs(self.value)
        return np.broadcast_to(self.absolute, self.shape)

    @property
    def T(self) -> ErrorArray:
        error = None if self.scaled else self.error.T
        return ErrorArray(self.value.T, error, self.p, self.relative)

    @property
    def largest(self) -> Array:
        """The largest magnitude within the interval."""
        size = np.abs(self.value)
        return size * (1 + self.relative) if self.scaled else size + self.error

    @property
    def terms(self) -> Terms:
        """What a longer sum takes: the terms of this one, which may have been stored, or itself."""
        if self.open is not None:
            stored = self.p.u if self.p.u > self.p.accumulate else 0.0
            return self.open._replace(relative=together(self.open.relative, stored))
        if self.scaled:
            return Terms(1, self.largest, self.relative, 0.0)
        return Terms(1, self.largest, 0.0, self.error)

    def sum(self, axis: int | None = None, keepdims: bool = False) -> ErrorArray:
        value = self.value.sum(axis=axis, keepdims=keepdims)
        count, size, relative, absolute = self.terms
        size = np.broadcast_to(size, self.shape).sum(axis, keepdims=keepdims)
        if np.ndim(absolute):
            absolute = np.broadcast_to(absolute, self.shape).sum(axis, keepdims=keepdims)
        else:
            absolute = absolute * (self.value.size // value.size)
        count *= self.value.size // value.size
        return ErrorArray(value, p=self.p, terms=Terms(count, size, relative, absolute))

    def max(self, axis: int | None = None, keepdims: bool = False) -> ErrorArray:
        value = self.value.max(axis=axis, keepdims=keepdims)
        error = None if self.exact else self.error.max(axis=axis, keepdims=keepdims)
        return ErrorArray(value, error, self.p)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or kwargs or ufunc not in RULES:
            raise TypeError(f"np.{ufunc.__name__} ({method}) has no rounding rule in {__name__}")
        return RULES[ufunc](*(self.lift(x) for x in inputs))

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function not in FUNCTIONS:
            raise TypeError(f"np.{function.__name__} has no rounding rule in {__name__}")
        return FUNCTIONS[function](*args, **kwargs)

    def lift(self, x: Any) -> ErrorArray:
        """A plain array is exact, and so is a constant that the arithmetic has."""
        if isinstance(x, ErrorArray):
            return x
        rounds = isinstance(x, int | float) and float(self.p.round(np.asarray(x))) != x
        return ErrorArray(x, p=self.p, relative=self.p.u if rounds else 0.0)


def rounded(value: Array, carried: Any, p: Precision, relative: float | None = None) -> ErrorArray:
    """A result whose operands' errors became `carried`, rounded once (or off by `relative`)."""
    v = p.u + U64 if relative is None else relative
    error = np.abs(value)
    error *= v * OUTWARD
    error += (1 + v) * OUTWARD * carried + p.underflow
    return ErrorArray(value, error, p)


def summation_error(value: Array, terms: Terms, p: Precision) -> Array:
    """Of the sum of K terms in any order: (s Σ|terms| + r |value| + e absolute) + K underflows.

    The terms' errors, c Σ|t|; then K − 2 additions, γ (Σ|t| (1 + 2γ + c) + |value|)/2; then the
    last one, and the rounding to a narrower format, of the result: v (|value| + what is so far).
    """
    K, size, c, absolute = terms
    inner = max(K - 2, 0)
    g = p.gamma(inner, p.accumulate) + p.gamma(inner, U64)
    s, r, e = c + g * (1 + 2 * g + c) / 2, g / 2, 1 + g / 2
    last = p.accumulate + U64 if K > 1 else 0.0
    stored = p.u if p.u > p.accumulate else 0.0
    for v in (last, stored):
        s, r, e = s * (1 + v), r * (1 + v) + v, e * (1 + v)
    outward = OUTWARD * (1 + p.gamma(K, U64))
    error = np.abs(value)
    error *= outward * r
    error += outward * s * size
    error += outward * e * absolute + K * p.underflow
    return error


def add(a: ErrorArray, b: ErrorArray) -> ErrorArray:
    return ErrorArray(a.value + b.value, p=a.p, terms=a.terms + b.terms)


def subtract(a: ErrorArray, b: ErrorArray) -> ErrorArray:
    return ErrorArray(a.value - b.value, p=a.p, terms=a.terms + b.terms)


def multiply(a: ErrorArray, b: ErrorArray) -> ErrorArray:
    """|âb̂ − ab| ≤ |a| e_b + e_a |b| + e_a e_b; a factor that underflows may be taken as zero."""
    flushed = a.p.underflow * (a.largest + b.largest)
    carried = flushed + np.abs(a.value) * b.error + a.error * b.largest
    return rounded(a.value * b.value, carried, a.p)


def divide(a: ErrorArray, b: ErrorArray) -> ErrorArray:
    """|â/b̂ − a/b| ≤ (e_a + |a/b| e_b) / (|b| − e_b)"""
    value = a.value / b.value
    if a.open is not None and b.exact and b.shape == ():
        return ErrorArray(value, p=a.p, terms=divided(a.terms, float(np.abs(b.value)), a.p))
    smallest = np.abs(b.value) - b.error
    with np.errstate(divide="ignore", invalid="ignore"):
        carried = (a.error + np.abs(value) * b.error + a.p.underflow) / smallest
    return rounded(value, np.where(smallest > 0, carried, np.inf), a.p)


def divided(terms: Terms, m: float, p: Precision) -> Terms:
    """(Σ t)/m or Σ (t·(1/m)): 1/m is rounded, and so is each product, or else their sum's."""
    each = 2 * (p.accumulate + U64)
    absolute = (1 + each) * terms.absolute / m
    return Terms(terms.count, terms.size / m, together(terms.relative, each), absolute)


def matmul(a: ErrorArray, b: ErrorArray) -> ErrorArray:
    """As `multiply`, then summed over K. Factors are rounded first where the arithmetic does so."""
    p, K = a.p, a.shape[-1]
    factors = together(p.operand, p.operand, p.accumulate + U64)
    flushed = p.underflow * (a.largest.sum(axis=-1).max() + b.largest.sum(axis=-2).max() + K)
    if a.scaled and b.scaled:
        relative = together(a.relative, b.relative, factors)
        terms = Terms(K, magnitudes(a.value, b.value, p), relative, flushed)
    else:
        absolute = np.abs(a.value) @ b.error + a.error @ b.largest + flushed
        terms = Terms(K, a.largest @ b.largest, factors, absolute)
    return ErrorArray(a.value @ b.value, p=p, terms=terms)


def together(*relative: float) -> float:
    """Π (1 + r) − 1, from above: 1 + 2⁻⁵³ would be 1."""
    total = sum(relative)
    return total * (1 + total)


def magnitudes(a: Array, b: Array, p: Precision) -> Array:
    """|A||B|, from above: in float32, which is faster, where the candidate has no more either."""
    if p.bits <= FLOAT32.bits:
        narrow = np.abs(a).astype(np.float32) @ np.abs(b).astype(np.float32)
        if np.isfinite(narrow).all():
            return (1 + p.gamma(a.shape[-1] + 3, FLOAT32.u)) * narrow.astype(np.float64)
    return np.abs(a) @ np.abs(b)


def power(a: ErrorArray, n: ErrorArray) -> ErrorArray:
    if n.value.shape != () or n.value != 2:
        raise TypeError(f"np.power has a rounding rule in {__name__} for the square alone")
    return multiply(a, a)


def elementary(ufunc: Any, lowest: float) -> Callable[[ErrorArray], ErrorArray]:
    """An increasing function: its result is off by what it becomes at the interval's two ends."""
    own = 2 * ULPS[ufunc] * U64  # one unit in the last place is at most 2u, relative

    def rule(a: ErrorArray) -> ErrorArray:
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


def maximum(a: ErrorArray, b: ErrorArray) -> ErrorArray:
    error = None if a.exact and b.exact else np.maximum(a.error, b.error)
    return ErrorArray(np.maximum(a.value, b.value), error, a.p)


def compare(ufunc: Any) -> Callable[[ErrorArray, ErrorArray], ErrorArray]:
    """1 or 0, ± 1 where the interval straddles. Operands without error compare exactly."""

    def rule(a: ErrorArray, b: ErrorArray) -> ErrorArray:
        value = ufunc(a.value, b.value)
        if a.exact and b.exact:
            return ErrorArray(value, p=a.p)
        error = OUTWARD * (a.error + b.error)
        return ErrorArray(value, (error > 0) & (np.abs(a.value - b.value) <= error), a.p)

    return rule


def where(condition: ErrorArray, a: Any, b: Any) -> ErrorArray:
    a, b = condition.lift(a), condition.lift(b)
    value = np.where(condition.value, a.value, b.value)
    error = np.where(condition.value, a.error, b.error)
    if not condition.exact:
        either = OUTWARD * (np.abs(a.value - b.value) + np.maximum(a.error, b.error))
        error = np.where(condition.error > 0, either, error)
    return ErrorArray(value, error, condition.p)


RULES: dict[Any, Callable[..., ErrorArray]] = {
    np.add: add,
    np.subtract: subtract,
    np.multiply: multiply,
    np.divide: divide,
    np.matmul: matmul,
    np.power: power,
    np.square: lambda a: multiply(a, a),
    np.negative: lambda a: ErrorArray(-a.value, a.absolute, a.p, a.relative),
    np.absolute: lambda a: ErrorArray(np.abs(a.value), a.absolute, a.p, a.relative),
    np.maximum: maximum,
    np.exp: elementary(np.exp, -np.inf),
    np.log: elementary(np.log, 0.0),
    np.log1p: elementary(np.log1p, -1.0),
    np.tanh: elementary(np.tanh, -np.inf),
    np.sqrt: elementary(np.sqrt, 0.0),
    np.greater: compare(np.greater),
    np.greater_equal: compare(np.greater_equal),
}

FUNCTIONS: dict[Any, Callable[..., ErrorArray]] = {
    np.where: where,
    np.ones_like: lambda a: ErrorArray(np.ones_like(a.value), p=a.p),
    np.zeros_like: lambda a: ErrorArray(np.zeros_like(a.value), p=a.p),
}
