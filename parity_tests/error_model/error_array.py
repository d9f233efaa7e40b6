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
| max, min, abs, negation, transposition | the operand's; nothing is rounded |
| a > b, where | where the interval straddles, both outcomes are within the error |
| a // b, trunc | the result at the interval's two ends |

A sum stays open (sums.py): Σ_k w_k a_k + b may begin with b, and (Σ_i t_i)/m may divide each term.
A NumPy function without a rule here raises TypeError: it is never taken to be exact.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from parity_tests.error_model import elementwise
from parity_tests.error_model.elementwise import OUTWARD, Interval, peak, together
from parity_tests.error_model.precisions import FLOAT64, U64, Precision
from parity_tests.error_model.summation import Terms, magnitudes, summation_error
from ref_numpy import Array


class ErrorArray(np.lib.mixins.NDArrayOperatorsMixin):
    """value: float64.   error ≥ 0: relative·|value| + absolute, or what the terms of a sum allow;
    what is `relative` was rounded after that sum."""

    def __init__(
        self,
        value: Any,
        absolute: Any = 0.0,
        p: Precision = FLOAT64,
        relative: float = 0.0,
        sum_of: Terms | None = None,
    ) -> None:
        self.value = np.asarray(value, dtype=np.float64)
        self.absolute = np.asarray(absolute, dtype=np.float64)
        self.p = p
        self.relative = relative
        self.sum_of = sum_of

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    @property
    def scaled(self) -> bool:
        """Whether the error is relative·|value|."""
        return self.sum_of is None and self.absolute.ndim == 0 and self.absolute == 0

    @property
    def exact(self) -> bool:
        return self.scaled and not self.relative

    @cached_property
    def error(self) -> Array:
        if self.sum_of is not None:
            return summation_error(self.value, self.sum_of, self.p, self.relative)
        if not self.relative:
            return np.broadcast_to(self.absolute, self.shape)
        error = np.abs(self.value)
        error *= self.relative
        error += self.absolute
        return error

    @property
    def T(self) -> ErrorArray:
        if self.scaled:
            return ErrorArray(self.value.T, p=self.p, relative=self.relative)
        return ErrorArray(self.value.T, self.error.T, self.p)

    @property
    def largest(self) -> Array:
        """The largest magnitude within the interval."""
        return np.abs(self.value) + self.error

    @cached_property
    def peak(self) -> float:
        """max |value|"""
        return peak(self.value)

    @property
    def terms(self) -> Terms:
        """What a longer sum takes: the terms of this one, which may have been stored, or itself."""
        if self.sum_of is not None:
            stored = self.p.u if self.p.u > self.p.accumulate else 0.0
            relative = together(self.sum_of.relative, stored, self.relative)
            return self.sum_of._replace(relative=relative)
        if self.scaled:
            return Terms(1, np.abs(self.value), self.relative)
        return Terms(1, np.abs(self.value), absolute=self.error)

    def rows(self, part: Any) -> ErrorArray:
        """A slice of the first axis; or `...`, all."""
        return self if part is ... else self.along(0, part)

    def examples(self, part: slice) -> ErrorArray:
        """A slice of the last axis."""
        return self.along(self.value.ndim - 1, part)

    def along(self, axis: int, part: slice) -> ErrorArray:
        """A slice of an axis; a sum stays open."""
        index = (slice(None),) * axis + (part,)

        def cut(x: Any) -> Any:
            whole = np.ndim(x) == self.value.ndim and x.shape[axis] == self.value.shape[axis]
            return x[index] if whole else x

        terms = self.sum_of and self.sum_of._replace(
            size=cut(self.sum_of.size), absolute=cut(self.sum_of.absolute)
        )
        return ErrorArray(self.value[index], cut(self.absolute), self.p, self.relative, terms)

    def __array__(self, *args: Any, **kwargs: Any) -> Array:
        raise TypeError(f"an array without error has no rounding rule in {__name__}")

    def __getitem__(self, part: Any) -> ErrorArray:
        return ErrorArray(self.value[part], self.error[part], self.p)

    def rounded(self, relative: float) -> ErrorArray:
        """The same once more rounded."""
        if self.sum_of is not None:
            again = together(self.relative, relative)
            return ErrorArray(self.value, self.absolute, self.p, again, self.sum_of)
        error = np.abs(self.value)
        error *= OUTWARD * relative
        error += OUTWARD * (1 + relative) * self.error
        return ErrorArray(self.value, error, self.p)

    def sum(self, axis: int | None = None, keepdims: bool = False) -> ErrorArray:
        value = self.value.sum(axis=axis, keepdims=keepdims)
        n = self.value.size // value.size
        terms = self.terms
        absolute = np.broadcast_to(terms.absolute, self.shape).sum(axis, keepdims=keepdims)
        size = np.broadcast_to(terms.size, self.shape).sum(axis, np.float64, keepdims=keepdims)
        longer = Terms(n * terms.K, size, terms.relative, absolute, terms.scale)
        return ErrorArray(value, p=self.p, sum_of=longer)

    def max(self, axis: int | None = None, keepdims: bool = False) -> ErrorArray:
        error = 0.0 if self.exact else self.error.max(axis=axis, keepdims=keepdims)
        return ErrorArray(self.value.max(axis=axis, keepdims=keepdims), error, self.p)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or kwargs or ufunc not in RULES:
            raise TypeError(f"np.{ufunc.__name__} ({method}) has no rounding rule in {__name__}")
        return RULES[ufunc](*(self.lift(x) for x in inputs))

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if kwargs or function not in FUNCTIONS:
            raise TypeError(f"np.{function.__name__} has no rounding rule in {__name__}")
        return FUNCTIONS[function](*(self.lift(x) for x in args))

    def lift(self, x: Any) -> ErrorArray:
        """A plain array is exact, and so is a constant that the arithmetic has."""
        if isinstance(x, ErrorArray):
            return x
        rounds = isinstance(x, int | float) and float(self.p.round(np.asarray(x))) != x
        return ErrorArray(x, p=self.p, relative=self.p.u if rounds else 0.0)


def add(a: ErrorArray, b: ErrorArray) -> ErrorArray:
    return ErrorArray(a.value + b.value, p=a.p, sum_of=a.terms + b.terms)


def subtract(a: ErrorArray, b: ErrorArray) -> ErrorArray:
    return ErrorArray(a.value - b.value, p=a.p, sum_of=a.terms + b.terms)


def negative(a: ErrorArray) -> ErrorArray:
    return ErrorArray(-a.value, a.absolute, a.p, a.relative, a.sum_of)


def absolute(a: ErrorArray) -> ErrorArray:
    error = 0.0 if a.scaled else a.error
    return ErrorArray(np.abs(a.value), error, a.p, a.relative if a.scaled else 0.0)


def divide(a: ErrorArray, b: ErrorArray) -> ErrorArray:
    """An open sum by m is divided after it was added, or term by term."""
    if a.sum_of is None or not b.exact or b.shape != ():
        return ErrorArray(*elementwise.divide(a, b), a.p)
    m = float(np.abs(b.value))
    # (Σ t)/m or Σ (t·(1/m)): 1/m is rounded, and so is each product, or else their sum's.
    each = 2 * (a.p.accumulate + U64)
    terms = a.terms
    terms = terms._replace(
        relative=together(terms.relative, each), scale=(1 + each) * terms.scale / m
    )
    return ErrorArray(a.value / b.value, p=a.p, sum_of=terms)


def power(a: ErrorArray, n: ErrorArray) -> ErrorArray:
    if n.shape != () or n.value != 2:
        raise TypeError(f"np.power has a rounding rule in {__name__} for the square alone")
    return ErrorArray(*elementwise.multiply(a, a), a.p)


def matmul(a: ErrorArray, b: ErrorArray) -> ErrorArray:
    """As a product of numbers, then summed over K. Some arithmetics round the factors first."""
    p, K = a.p, a.shape[-1]
    factors = (p.operand, p.operand, p.accumulate + U64)
    size, scale = magnitudes(a, b)
    # A factor that underflows may be taken as zero.
    absolute: Any = p.flush * K * (a.peak + b.peak + 1) / scale
    if a.scaled and b.scaled:
        relative = together(a.relative, b.relative, *factors)
    else:
        relative = together(*factors)
        outward = (1 + relative) * (1 + p.gamma(K, U64)) / scale
        for x, y in ((ErrorArray(a.error), ErrorArray(b.largest)), (a, ErrorArray(b.error))):
            if x.peak and y.peak:
                carried, by = magnitudes(x, y)
                absolute = np.multiply(carried, outward * by, dtype=np.float64) + absolute
    terms = Terms(K, size, relative, absolute, scale)
    return ErrorArray(a.value @ b.value, p=p, sum_of=terms)


def of_numbers(rule: Callable[..., Interval]) -> Callable[..., ErrorArray]:
    return lambda *operands: ErrorArray(*rule(*operands), operands[0].p)


RULES: dict[Any, Callable[..., ErrorArray]] = {
    np.add: add,
    np.subtract: subtract,
    np.multiply: of_numbers(elementwise.multiply),
    np.divide: divide,
    np.matmul: matmul,
    np.power: power,
    np.square: lambda a: power(a, ErrorArray(2)),
    np.negative: negative,
    np.absolute: absolute,
    np.maximum: of_numbers(elementwise.largest(np.maximum)),
    np.minimum: of_numbers(elementwise.largest(np.minimum)),
    np.floor_divide: of_numbers(elementwise.floor_divide),
    np.trunc: of_numbers(elementwise.trunc),
    np.exp: of_numbers(elementwise.elementary(np.exp, -np.inf)),
    np.log: of_numbers(elementwise.elementary(np.log, 0.0)),
    np.log1p: of_numbers(elementwise.elementary(np.log1p, -1.0)),
    np.tanh: of_numbers(elementwise.elementary(np.tanh, -np.inf)),
    np.sqrt: of_numbers(elementwise.elementary(np.sqrt, 0.0)),
    np.greater: of_numbers(elementwise.compare(np.greater)),
    np.greater_equal: of_numbers(elementwise.compare(np.greater_equal)),
    np.less: of_numbers(elementwise.compare(np.less)),
    np.less_equal: of_numbers(elementwise.compare(np.less_equal)),
}

FUNCTIONS: dict[Any, Callable[..., ErrorArray]] = {
    np.where: of_numbers(elementwise.where),
    np.ones_like: lambda a: ErrorArray(np.ones_like(a.value), p=a.p),
    np.zeros_like: lambda a: ErrorArray(np.zeros_like(a.value), p=a.p),
}
