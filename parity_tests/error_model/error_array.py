"""Arrays of value ± error: the reference's own code computes the bound of its rounding error.

`ErrorArray` goes through the *unchanged* code of `ref_numpy` by NumPy's protocols. It is ball
arithmetic (midpoint-radius): the value is the reference's float64 result, the error a bound of how
far from the value a correct computation in an arithmetic `p` may end, the reference's own rounding
included: v = u + 2⁻⁵³.

| operation | error of the result |
|---|---|
| a·b, a/b, a², a³ | the operands' errors, propagated, + v·|result| |
| A B, Σ, a ± b, and sums of those | the terms' errors, propagated, + v·Σ|terms| for the products, |
| | + γ_(K−2)·(Σ|terms| + |result|)/2 + v·|result| for the K − 1 additions |
| exp, expm1, log, log1p, tanh, erf, √ | that at the interval's ends, + its ulps (ulp_tables.py) |
| max, min, abs, negation, transposition | the operand's; nothing is rounded |
| a > b, where | where the interval has the point of change, both outcomes are within the error |
| a // b, trunc | the result at the interval's two ends |

A sum stays pending (summation.py): Σ_k w_k a_k + b may begin with b, and (Σ_i t_i)/m may divide
each term. A NumPy function without a rule here raises TypeError: it is never taken to be exact.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from parity_tests.error_model import elementwise
from parity_tests.error_model.alike_terms import products_alike, share_alike
from parity_tests.error_model.intervals import OUTWARD, Interval, compose_relative_errors, peak
from parity_tests.error_model.precisions import FLOAT64, U64, Precision, worst_case
from parity_tests.error_model.summation import Terms, product_magnitudes, summation_error
from ref_numpy import Array
from ref_numpy.error_function import erf


class ErrorArray(np.lib.mixins.NDArrayOperatorsMixin):
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
    def T(self) -> ErrorArray:
        """The transpose."""
        if self.scaled:
            return ErrorArray(self.value.T, p=self.p, relative=self.relative)
        return ErrorArray(self.value.T, self.error.T, self.p)

    @property
    def largest(self) -> Array:
        """The largest magnitude within the interval."""
        return np.abs(self.value) + self.error

    @cached_property
    def peak(self) -> float:
        """The largest |value| of all elements."""
        return peak(self.value)

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

    def rows(self, part: Any) -> ErrorArray:
        """Return a slice of the first axis; of `...`, the whole."""
        return self if part is ... else self.slice_axis(0, part)

    def examples(self, part: slice) -> ErrorArray:
        """Return a slice of the last axis."""
        return self.slice_axis(self.value.ndim - 1, part)

    def slice_axis(self, axis: int, part: slice) -> ErrorArray:
        """Return a slice of an axis; a sum stays pending."""
        index = (slice(None),) * axis + (part,)

        def cut(x: Any) -> Any:
            whole = np.ndim(x) == self.value.ndim and x.shape[axis] == self.value.shape[axis]
            return x[index] if whole else x

        terms = self.pending_sum and self.pending_sum._replace(
            size=cut(self.pending_sum.size),
            absolute=cut(self.pending_sum.absolute),
            alike=cut(self.pending_sum.alike),
        )
        return ErrorArray(self.value[index], cut(self.absolute), self.p, self.relative, terms)

    def __array__(self, *args: Any, **kwargs: Any) -> Array:
        raise TypeError(f"an array without error has no rounding rule in {__name__}")

    def __getitem__(self, part: Any) -> ErrorArray:
        return ErrorArray(self.value[part], self.error[part], self.p)

    def working_in(self, p: Precision) -> ErrorArray:
        """Return the same numbers, with which another arithmetic computes."""
        return ErrorArray(self.value, self.absolute, p, self.relative, self.pending_sum)

    def rounded(self, relative: float) -> ErrorArray:
        """Return the same, rounded once more with this relative error."""
        if self.pending_sum is not None:
            again = compose_relative_errors(self.relative, relative)
            return ErrorArray(self.value, self.absolute, self.p, again, self.pending_sum)
        error = np.abs(self.value)
        error *= OUTWARD * relative
        error += OUTWARD * (1 + relative) * self.error
        return ErrorArray(self.value, error, self.p)

    def sum(self, axis: int | None = None, keepdims: bool = False) -> ErrorArray:
        """Sum over an axis; the sum stays pending."""
        value = self.value.sum(axis=axis, keepdims=keepdims)
        n = self.value.size // value.size
        terms = self.terms(whole=True)
        absolute = np.broadcast_to(terms.absolute, self.shape).sum(axis, keepdims=keepdims)
        size = np.broadcast_to(terms.size, self.shape).sum(axis, np.float64, keepdims=keepdims)
        alike = terms.K * self.count_alike(n, axis, keepdims)
        longer = Terms(n * terms.K, size, terms.relative, absolute, terms.scale, alike)
        return ErrorArray(value, p=self.p, pending_sum=longer)

    def count_alike(self, n: int, axis: int | None, keepdims: bool) -> Any:
        """Return how many of the n elements along an axis are alike; 0 where it matters not."""
        u = self.p.accumulate
        if self.p.gamma_cancelling(n, u) >= worst_case(n, u):
            return 0.0
        along = self.value.reshape(1, -1) if axis is None else np.moveaxis(self.value, axis, -1)
        alike = n * share_alike(along.reshape(-1, n), u, n)
        if not alike.any():
            return 0.0
        alike = alike.reshape(along.shape[:-1]) if axis is not None else alike[0]
        return np.expand_dims(alike, axis) if keepdims and axis is not None else alike

    def max(self, axis: int | None = None, keepdims: bool = False) -> ErrorArray:
        """Take the maximum over an axis, with the largest error along it."""
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
        """Return x ± its error: a plain array is exact, a constant is rounded to the arithmetic."""
        if isinstance(x, ErrorArray):
            return x
        rounds = isinstance(x, int | float) and float(self.p.round(np.asarray(x))) != x
        return ErrorArray(x, p=self.p, relative=self.p.u if rounds else 0.0)


def add(a: ErrorArray, b: ErrorArray) -> ErrorArray:
    """Add; the sum stays pending."""
    return ErrorArray(a.value + b.value, p=a.p, pending_sum=terms_of_both(a, b))


def subtract(a: ErrorArray, b: ErrorArray) -> ErrorArray:
    """Subtract; the sum stays pending."""
    return ErrorArray(a.value - b.value, p=a.p, pending_sum=terms_of_both(a, b))


def terms_of_both(a: ErrorArray, b: ErrorArray) -> Terms:
    """Return the terms of a + b or a − b."""
    whole = a.operands + b.operands <= 2
    return a.terms(whole) + b.terms(whole)


def negative(a: ErrorArray) -> ErrorArray:
    """Negate, which is exact."""
    return ErrorArray(-a.value, a.absolute, a.p, a.relative, a.pending_sum)


def absolute(a: ErrorArray) -> ErrorArray:
    """Take |a|, which is exact."""
    error = 0.0 if a.scaled else a.error
    return ErrorArray(np.abs(a.value), error, a.p, a.relative if a.scaled else 0.0)


def divide(a: ErrorArray, b: ErrorArray) -> ErrorArray:
    """Divide; a pending sum by m may be divided after its addition, or term by term."""
    if a.pending_sum is None or not b.exact or b.shape != ():
        return ErrorArray(*elementwise.divide(a, b), a.p)
    m = float(np.abs(b.value))
    # (Σ t)/m or Σ (t·(1/m)): 1/m is rounded, and so is each product, or else their sum's. Halves
    # may store t·(1/m); a power of two rounds nothing.
    is_exact = math.frexp(m)[0] == 1 / 2
    each = 0.0 if is_exact else 2 * (a.p.accumulate + U64)
    terms = a.terms(whole=is_exact)
    terms = terms._replace(
        relative=compose_relative_errors(terms.relative, each), scale=(1 + each) * terms.scale / m
    )
    return ErrorArray(a.value / b.value, p=a.p, pending_sum=terms)


def power(a: ErrorArray, n: ErrorArray) -> ErrorArray:
    """Square a, or a·a·a; there is no other power."""
    if n.shape != () or n.value not in (2, 3):
        raise TypeError(f"np.power has a rounding rule in {__name__} for square and cube alone")
    square = ErrorArray(*elementwise.multiply(a, a), a.p)
    return square if n.value == 2 else ErrorArray(*elementwise.multiply(square, a), a.p)


def matmul(a: ErrorArray, b: ErrorArray) -> ErrorArray:
    """Multiply matrices: products, then their sum over K. Some arithmetics round factors first."""
    p, K = a.p, a.shape[-1]
    factors = (p.operand, p.operand, p.accumulate + U64)
    size, scale = product_magnitudes(a, b)
    # A factor that underflows may be taken as zero.
    absolute: Any = p.flush * K * (a.peak + b.peak + 1) / scale
    if a.scaled and b.scaled:
        relative = compose_relative_errors(a.relative, b.relative, *factors)
    else:
        relative = compose_relative_errors(*factors)
        outward = (1 + relative) * (1 + worst_case(K, U64)) / scale
        for x, y in ((ErrorArray(a.error), ErrorArray(b.largest)), (a, ErrorArray(b.error))):
            if x.peak and y.peak:
                carried, by = product_magnitudes(x, y)
                absolute = np.multiply(carried, outward * by, dtype=np.float64) + absolute
    averages = p.gamma_cancelling(K, p.accumulate) < worst_case(K, p.accumulate)
    alike = K * products_alike(a.value, b.value, p.accumulate) if averages else 0.0
    terms = Terms(K, size, relative, absolute, scale, alike)
    return ErrorArray(a.value @ b.value, p=p, pending_sum=terms)


def as_error_array(rule: Callable[..., Interval]) -> Callable[..., ErrorArray]:
    """Return the rule with its interval as an `ErrorArray`."""
    return lambda *operands: ErrorArray(*rule(*operands), operands[0].p)


RULES: dict[Any, Callable[..., ErrorArray]] = {
    np.add: add,
    np.subtract: subtract,
    np.multiply: as_error_array(elementwise.multiply),
    np.divide: divide,
    np.matmul: matmul,
    np.power: power,
    np.square: lambda a: power(a, ErrorArray(2)),
    np.negative: negative,
    np.absolute: absolute,
    np.maximum: as_error_array(elementwise.larger_or_smaller(np.maximum)),
    np.minimum: as_error_array(elementwise.larger_or_smaller(np.minimum)),
    np.floor_divide: as_error_array(elementwise.floor_divide),
    np.trunc: as_error_array(elementwise.trunc),
    np.exp: as_error_array(elementwise.elementary(np.exp, -np.inf)),
    np.log: as_error_array(elementwise.elementary(np.log, 0.0)),
    np.expm1: as_error_array(elementwise.elementary(np.expm1, -np.inf)),
    np.log1p: as_error_array(elementwise.elementary(np.log1p, -1.0)),
    np.tanh: as_error_array(elementwise.elementary(np.tanh, -np.inf)),
    np.sqrt: as_error_array(elementwise.elementary(np.sqrt, 0.0)),
    np.greater: as_error_array(elementwise.compare(np.greater)),
    np.greater_equal: as_error_array(elementwise.compare(np.greater_equal)),
    np.less: as_error_array(elementwise.compare(np.less)),
    np.less_equal: as_error_array(elementwise.compare(np.less_equal)),
}

FUNCTIONS: dict[Any, Callable[..., ErrorArray]] = {
    np.where: as_error_array(elementwise.where),
    erf: as_error_array(elementwise.elementary(erf, -np.inf)),
    np.ones_like: lambda a: ErrorArray(np.ones_like(a.value), p=a.p),
    np.zeros_like: lambda a: ErrorArray(np.zeros_like(a.value), p=a.p),
}
