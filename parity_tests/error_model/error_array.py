"""Arrays of value ± error: the reference's own code computes the bound of its rounding error.

`ErrorArray` goes through the *unchanged* code of `ref_numpy` by NumPy's protocols. It is ball
arithmetic (midpoint-radius): the value is the reference's float64 result, the error a bound of how
far from the value a correct computation in an arithmetic `p` may end, the reference's own rounding
included: v = u + 2⁻⁵³.

| operation | error of the result |
|---|---|
| a·b, a/b, a^r | the operands' errors, propagated, + v·|result| |
| A B, Σ, a ± b, and sums of those | the terms' errors, propagated, + v·Σ|terms| for the products, |
| | + γ_(K−2)·(Σ|terms| + |result|)/2 + v·|result| for the K − 1 additions |
| variance | as Σ (a − mean)², but that the mean's own error counts in second order alone |
| exp, expm1, log, log1p, tanh, erf, √ | that at the interval's ends, + its ulps (ulp_tables.py) |
| abs, negation; transposition, slices, gather, … | the operand's; nothing is rounded |
| np.add.at | as of a sum, of the terms that stand there |
| max, min along axes | the largest error of those that may be the maximum |
| softmax over keys that count | as far as the scores' errors may move log p (softmax_bound.py) |
| a > b, a == b, where, argmax | where the interval has the point of change, every outcome |
| a // b, trunc, sign | the result at the interval's two ends |
| +a | the operand's, of which a sum is stored |

A sum stays pending (summation.py): Σ_k w_k a_k + b may begin with b, and (Σ_i t_i)/m may divide
each term. A NumPy function without a rule here raises TypeError: it is never taken to be exact.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from parity_tests.error_model import along_axes, arithmetic, elementwise, linear_maps
from parity_tests.error_model.array_functions import FUNCTIONS, REFUSED, indices
from parity_tests.error_model.balls import Ball
from parity_tests.error_model.intervals import Interval
from parity_tests.error_model.matrix_products import matmul
from parity_tests.error_model.powers import power
from ref_numpy import Array


class ErrorArray(Ball, np.lib.mixins.NDArrayOperatorsMixin):
    """value ± error, which NumPy's functions and operators take as an array."""

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self.value.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self.value.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the value."""
        return self.value.dtype

    @property
    def T(self) -> ErrorArray:
        """The transpose."""
        return linear_maps.move(self, np.transpose)

    def transpose(self, *axes: Any) -> ErrorArray:
        """Return the array with its axes in another order."""
        return linear_maps.move(self, lambda x: x.transpose(*axes))

    def swapaxes(self, one: int, other: int) -> ErrorArray:
        """Return the array with two axes exchanged."""
        return linear_maps.move(self, lambda x: x.swapaxes(one, other))

    def reshape(self, *shape: Any) -> ErrorArray:
        """Return the array in another shape."""
        return linear_maps.move(self, lambda x: x.reshape(*shape))

    def ravel(self) -> ErrorArray:
        """Return all elements along one axis."""
        return self.reshape(-1)

    def repeat(self, repeats: Any, axis: int | None = None) -> ErrorArray:
        """Return the array with each element repeated."""
        return linear_maps.move(self, lambda x: x.repeat(repeats, axis))

    def __getitem__(self, part: Any) -> ErrorArray:
        return linear_maps.move(self, lambda x: x[indices(part)])

    def __setitem__(self, part: Any, x: Any) -> None:
        self.become(linear_maps.put(self, indices(part), self.lift(x)))

    def rows(self, part: Any) -> ErrorArray:
        """Return a slice of the first axis; of `...`, the whole."""
        return self if part is ... else self[part]

    def examples(self, part: slice) -> ErrorArray:
        """Return a slice of axis 1, which is that of the examples."""
        return self[:, part]

    def sum(self, axis: along_axes.Axes = None, keepdims: bool = False) -> ErrorArray:
        """Sum over axes; the sum stays pending."""
        return along_axes.sum_along(self, axis, keepdims)

    def mean(self, axis: along_axes.Axes = None, keepdims: bool = False) -> ErrorArray:
        """Return the mean over axes, stored."""
        return along_axes.mean_along(self, axis, keepdims)

    def var(
        self, axis: along_axes.Axes = None, keepdims: bool = False, ddof: int = 0
    ) -> ErrorArray:
        """Return the variance over axes, stored."""
        return along_axes.variance_along(self, axis, keepdims, ddof)

    def max(self, axis: along_axes.Axes = None, keepdims: bool = False) -> ErrorArray:
        """Take the maximum over axes."""
        return along_axes.max_along(self, axis, keepdims)

    def min(self, axis: along_axes.Axes = None, keepdims: bool = False) -> ErrorArray:
        """Take the minimum over axes."""
        return along_axes.min_along(self, axis, keepdims)

    def argmax(self, axis: int | None = None, keepdims: bool = False) -> ErrorArray:
        """Return the index of the maximum, which is uncertain where several may be it."""
        return along_axes.argmax_along(self, axis, keepdims)

    def __array__(self, *args: Any, **kwargs: Any) -> Array:
        raise TypeError(f"an array without error has no rounding rule in {__name__}")

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if ufunc is np.add and method == "at" and isinstance(inputs[0], ErrorArray):
            return inputs[0].add_at(indices(inputs[1]), self.lift(inputs[2]))
        first = inputs[0] if isinstance(inputs[0], ErrorArray) else self
        in_place = kwargs.keys() == {"out"} and kwargs["out"][0] is first is inputs[0]
        if method != "__call__" or (kwargs and not in_place) or ufunc not in RULES:
            raise TypeError(f"np.{ufunc.__name__} ({method}) has no rounding rule in {__name__}")
        operands = [self.lift(x) for x in inputs]
        if in_place and ufunc is np.add and first.is_empty and operands[1].shape == first.shape:
            return first.become(linear_maps.begin(operands[1]))
        result = RULES[ufunc](*operands)
        if in_place and result.shape != first.shape:
            raise ValueError(f"{result.shape} does not fit into {first.shape}")
        return first.become(result) if in_place else result

    @property
    def is_empty(self) -> bool:
        """Whether all elements are 0 without error, as before the first term of a sum."""
        return self.exact and not self.value.any()

    def become(self, other: ErrorArray) -> ErrorArray:
        """Hold another's numbers from now on, as an array that is changed in place does."""
        if other is not self:
            vars(self).clear()
            vars(self).update(vars(other))
        return self

    def add_at(self, index: Any, x: ErrorArray) -> None:
        """Add x at an index in place, as np.add.at does: where it occurs k times, k terms.

        Args:
            index: any index of an array.
            x: broadcasts to this array at the index.
        """

        def add(terms: Array) -> Array:
            sums = np.zeros(self.shape)
            np.add.at(sums, index, terms)
            return sums

        shape = self.value[index].shape
        x = linear_maps.move(x, lambda terms: np.broadcast_to(terms, shape))
        total = linear_maps.add_into(x, add, lambda sums: sums[index])
        self.become(total if self.is_empty else arithmetic.add(self, total))

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function not in FUNCTIONS or REFUSED & kwargs.keys():
            raise TypeError(f"np.{function.__name__} has no rounding rule in {__name__}")
        return FUNCTIONS[function](self.lift, *args, **kwargs)


def as_error_array(rule: Callable[..., Interval]) -> Callable[..., ErrorArray]:
    """Return the rule with its interval as an `ErrorArray`."""
    return lambda *operands: operands[0].made(*rule(*operands))


RULES: dict[Any, Callable[..., Any]] = {
    np.add: arithmetic.add,
    np.subtract: arithmetic.subtract,
    np.multiply: as_error_array(elementwise.multiply),
    np.divide: arithmetic.divide,
    np.matmul: matmul,
    np.power: power,
    np.square: lambda a: power(a, ErrorArray(2)),
    np.positive: arithmetic.positive,
    np.negative: arithmetic.negative,
    np.absolute: arithmetic.absolute,
    np.maximum: as_error_array(elementwise.larger_or_smaller(np.maximum)),
    np.minimum: as_error_array(elementwise.larger_or_smaller(np.minimum)),
    np.floor_divide: as_error_array(elementwise.floor_divide),
    np.sign: as_error_array(elementwise.sign),
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
    np.equal: as_error_array(elementwise.compare(np.equal)),
    np.not_equal: as_error_array(elementwise.compare(np.not_equal)),
}
