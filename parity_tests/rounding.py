"""Arrays that carry value ± error, so that the reference itself says what rounding may do.

`ErrorArray` goes through the *unchanged* code of `ref_numpy` by NumPy's protocols. Its value is
what the reference computes at float64. Its error bounds how far from that a correct computation in
an arithmetic of unit roundoff u may end, in whatever order it sums; v = u + 2⁻⁵³ counts both sides,
the candidate's rounding and the reference's own:

| operation | error of the result |
|---|---|
| a ± b, a·b, a/b, a² | what the operands' errors become, + v·|result| |
| A B, Σ over K terms | what the operands' errors become, + (γ_K(u) + γ_K(2⁻⁵³))·(|A||B|) |
| exp, log, log1p, tanh, √ | what the interval's ends become, + its ulps (below) · 2v·|result| |
| max, abs, negation, transposition | the operand's; nothing is rounded |
| a > b, where | where the interval straddles, both outcomes are within the error |

with γ_K(u) = K u / (1 − K u).
Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed., SIAM 2002, §2.2 and §3.1.
A NumPy function without a rule here raises TypeError: it is never taken to be exact.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ref_numpy import Array

U64 = 2.0**-53
UNDERFLOW = 2.0**-1074

# A bound is a float64 number too: a rule adds and multiplies at most 16 numbers, none negative.
OUTWARD = 1 + 16 * U64

# The largest error of a result in units in its last place, over the libraries a candidate may
# call: NumPy's SIMD loops (at most 4, numpy/numpy NEP 38 and its test suite's ULP limits) and
# SLEEF's u10 functions, which torch uses on a CPU (1.0; sleef.org, "Purecfma").
ULPS = {np.exp: 4, np.log: 4, np.log1p: 4, np.tanh: 4, np.sqrt: 0.5}


class ErrorArray(np.lib.mixins.NDArrayOperatorsMixin):
    """value: float64.   error ≥ 0, the same shape.   u: unit roundoff of the arithmetic judged."""

    def __init__(self, value: Any, error: Any = 0.0, u: float = U64) -> None:
        self.value = np.asarray(value, dtype=np.float64)
        self.error = np.broadcast_to(np.asarray(error, dtype=np.float64), self.value.shape)
        self.u = u

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    @property
    def T(self) -> ErrorArray:
        return ErrorArray(self.value.T, self.error.T, self.u)

    @property
    def largest(self) -> Array:
        """The largest magnitude within the interval."""
        return np.abs(self.value) + self.error

    def rounded(self, value: Array, propagated: Array, units: float = 1.0) -> ErrorArray:
        """A result whose operands' errors became `propagated`, rounded by `units` of u."""
        rounding = units * (self.u + U64) * (np.abs(value) + propagated) + UNDERFLOW
        return ErrorArray(value, OUTWARD * (propagated + rounding), self.u)

    def accumulated(self, value: Array, propagated: Array, size: Array, K: int) -> ErrorArray:
        """A result that sums K terms of total magnitude `size`, in any order."""
        rounding = (gamma(K, self.u) + gamma(K, U64)) * size + K * UNDERFLOW
        outward = OUTWARD * (1 + gamma(K, U64))
        return ErrorArray(value, outward * (propagated + rounding), self.u)

    def sum(self, axis: int | None = None, keepdims: bool = False) -> ErrorArray:
        value = self.value.sum(axis=axis, keepdims=keepdims)
        terms = self.value.size // max(value.size, 1)
        error = self.error.sum(axis=axis, keepdims=keepdims)
        size = self.largest.sum(axis=axis, keepdims=keepdims)
        return self.accumulated(value, error, size, terms)

    def max(self, axis: int | None = None, keepdims: bool = False) -> ErrorArray:
        value = self.value.max(axis=axis, keepdims=keepdims)
        return ErrorArray(value, self.error.max(axis=axis, keepdims=keepdims), self.u)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or kwargs or ufunc not in RULES:
            raise TypeError(f"np.{ufunc.__name__} ({method}) has no rounding rule in {__name__}")
        return RULES[ufunc](*(self.lift(x) for x in inputs))

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function not in FUNCTIONS:
            raise TypeError(f"np.{function.__name__} has no rounding rule in {__name__}")
        return FUNCTIONS[function](*args, **kwargs)

    def lift(self, x: Any) -> ErrorArray:
        """A plain array or whole number is exact; any other constant is known to one rounding."""
        if isinstance(x, ErrorArray):
            return x
        inexact = isinstance(x, float) and not x.is_integer()
        return ErrorArray(x, self.u * abs(x) if inexact else 0.0, self.u)


def gamma(K: int, u: float) -> float:
    """γ_K = K u / (1 − K u): the relative error of K roundings in any order."""
    return K * u / (1 - K * u) if K * u < 1 else float("inf")


def add(a: ErrorArray, b: ErrorArray) -> ErrorArray:
    return a.rounded(a.value + b.value, a.error + b.error)


def subtract(a: ErrorArray, b: ErrorArray) -> ErrorArray:
    return a.rounded(a.value - b.value, a.error + b.error)


def multiply(a: ErrorArray, b: ErrorArray) -> ErrorArray:
    """|âb̂ − ab| ≤ |a| e_b + e_a |b| + e_a e_b"""
    propagated = np.abs(a.value) * b.error + a.error * b.largest
    return a.rounded(a.value * b.value, propagated)


def divide(a: ErrorArray, b: ErrorArray) -> ErrorArray:
    """|â/b̂ − a/b| ≤ (e_a + |a/b| e_b) / (|b| − e_b)"""
    value = a.value / b.value
    smallest = np.abs(b.value) - b.error
    with np.errstate(divide="ignore", invalid="ignore"):
        propagated = (a.error + np.abs(value) * b.error) / smallest
    return a.rounded(value, np.where(smallest > 0, propagated, np.inf))


def matmul(a: ErrorArray, b: ErrorArray) -> ErrorArray:
    """As `multiply`, summed over K, and γ_K |A||B| for the K products and K − 1 sums."""
    K = a.shape[-1]
    propagated = np.abs(a.value) @ b.error + a.error @ b.largest
    return a.accumulated(a.value @ b.value, propagated, a.largest @ b.largest, K)


def power(a: ErrorArray, n: ErrorArray) -> ErrorArray:
    if n.value.shape != () or n.value != 2:
        raise TypeError(f"np.power has a rounding rule in {__name__} for the square alone")
    return multiply(a, a)


def elementary(ufunc: Any, lowest: float) -> Callable[[ErrorArray], ErrorArray]:
    """An increasing function: its result is off by what it becomes at the interval's two ends."""

    def rule(a: ErrorArray) -> ErrorArray:
        value = ufunc(a.value)
        high = np.nextafter(a.value + a.error, np.inf)
        low = np.maximum(np.nextafter(a.value - a.error, -np.inf), lowest)
        with np.errstate(divide="ignore", over="ignore"):
            ends = np.maximum(ufunc(high) - value, value - ufunc(low))
        own = 4 * ULPS[ufunc] * U64 * (np.abs(value) + ends)  # the two ends are rounded as well
        return a.rounded(value, np.where(a.error > 0, ends + own, 0), units=2 * ULPS[ufunc])

    return rule


def maximum(a: ErrorArray, b: ErrorArray) -> ErrorArray:
    return ErrorArray(np.maximum(a.value, b.value), np.maximum(a.error, b.error), a.u)


def compare(ufunc: Any) -> Callable[[ErrorArray, ErrorArray], ErrorArray]:
    """1 or 0, ± 1 where the interval straddles. Operands without error compare exactly."""

    def rule(a: ErrorArray, b: ErrorArray) -> ErrorArray:
        error = OUTWARD * (a.error + b.error)
        straddles = (error > 0) & (np.abs(a.value - b.value) <= error)
        return ErrorArray(ufunc(a.value, b.value), straddles, a.u)

    return rule


def where(condition: ErrorArray, a: Any, b: Any) -> ErrorArray:
    a, b = condition.lift(a), condition.lift(b)
    value = np.where(condition.value, a.value, b.value)
    error = np.where(condition.value, a.error, b.error)
    either = OUTWARD * (np.abs(a.value - b.value) + np.maximum(a.error, b.error))
    return ErrorArray(value, np.where(condition.error > 0, either, error), condition.u)


RULES: dict[Any, Callable[..., ErrorArray]] = {
    np.add: add,
    np.subtract: subtract,
    np.multiply: multiply,
    np.divide: divide,
    np.matmul: matmul,
    np.power: power,
    np.square: lambda a: multiply(a, a),
    np.negative: lambda a: ErrorArray(-a.value, a.error, a.u),
    np.absolute: lambda a: ErrorArray(np.abs(a.value), a.error, a.u),
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
    np.ones_like: lambda a: ErrorArray(np.ones_like(a.value), 0.0, a.u),
    np.zeros_like: lambda a: ErrorArray(np.zeros_like(a.value), 0.0, a.u),
}
