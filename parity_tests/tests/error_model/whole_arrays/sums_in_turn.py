"""An arithmetic that stores every step, and adds the terms of each sum in turn, in a random order.

The formulas of the error model run on these arrays as they run on value ± error, and as on arrays
of exact numbers: `exactly` makes those.
"""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from parity_tests.error_model.precisions import FLOAT32, Precision
from parity_tests.error_model.ulp_tables import ULPS, relative_error
from ref_numpy import Array


class InTurn(np.lib.mixins.NDArrayOperatorsMixin):
    """Numbers of a precision; a partial sum is rounded as well, of halves to float32."""

    def __init__(self, value: Any, p: Precision, rng: np.random.Generator) -> None:
        self.value = p.round(np.asarray(value)).astype(np.float64)
        self.p, self.rng = p, rng

    def stored(self, value: Any) -> InTurn:
        return InTurn(value, self.p, self.rng)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    @property
    def T(self) -> InTurn:
        return self.stored(self.value.T)

    def __getitem__(self, part: Any) -> InTurn:
        return self.stored(self.value[part])

    def __setitem__(self, part: Any, x: Any) -> None:
        self.value[part] = self.plain(x)

    def __array__(self, *args: Any, **kwargs: Any) -> Array:
        raise TypeError("a function that this arithmetic does not know")

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        x = [self.plain(item) for item in inputs]
        if method == "at":
            inputs[0].add_in_turn(*x[1:])
            return None
        if ufunc is np.matmul:
            products = self.added(x[0][..., :, :, np.newaxis] * x[1][..., np.newaxis, :, :])
            return self.total(products, -2)
        exact = ufunc(*x)
        if "out" in kwargs:
            inputs[0].value = self.stored(exact).value
            return inputs[0]
        if ufunc in ULPS:
            # Half a unit of what the table allows is the rounding that follows.
            figure = ULPS[ufunc][self.p.u < FLOAT32.u]
            error = (1 - 2.0**-20 - 1 / (2 * figure)) * relative_error(ufunc, self.p)
            exact = exact * (1 + error * self.rng.uniform(-1, 1, exact.shape))
        return self.stored(exact)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return self.stored(function(*map(self.plain, args), **kwargs))

    def __getattr__(self, name: str) -> Any:
        def method(*args: Any, **kwargs: Any) -> InTurn:
            return self.stored(getattr(self.value, name)(*args, **kwargs))

        return method

    def plain(self, x: Any) -> Any:
        """Return the numbers; a constant as this arithmetic holds it."""
        if isinstance(x, list | tuple):
            return type(x)(map(self.plain, x))
        if isinstance(x, float):
            return float(self.p.round(np.asarray(x)))
        return x.value if isinstance(x, InTurn) else x

    def added(self, x: Any) -> Any:
        """Return what this arithmetic keeps of a partial sum."""
        return x if self.p.u < FLOAT32.u else x.astype(np.float32).astype(np.float64)

    def total(self, x: Array, axis: Any, keepdims: bool = False) -> InTurn:
        """Return the sum over axes."""
        axes = tuple(range(x.ndim)) if axis is None else tuple(np.atleast_1d(axis) % x.ndim)
        last = np.moveaxis(x, axes, range(-len(axes), 0))
        last = last.reshape(*last.shape[: -len(axes)], -1)
        first, *others = self.rng.permutation(last.shape[-1])
        total = last[..., first]
        for k in others:
            total = self.added(total + last[..., k])
        return self.stored(np.expand_dims(total, axes) if keepdims else total)

    def add_in_turn(self, index: Any, x: Array) -> None:
        """Add each x at its index, one after the other."""
        places = np.arange(self.value.size).reshape(self.shape)[index]
        x, total = np.broadcast_to(x, places.shape).ravel(), self.value.ravel()
        for k in self.rng.permutation(x.size):
            at = places.ravel()[k]
            total[at] = self.added(total[at] + x[k])
        self.value = self.stored(total.reshape(self.shape)).value

    def sum(self, axis: Any = None, keepdims: bool = False) -> InTurn:
        return self.total(self.value, axis, keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> InTurn:
        total = self.sum(axis, keepdims)
        return total / (self.value.size // total.value.size)

    def var(self, axis: Any = None, keepdims: bool = False) -> InTurn:
        D = self - self.mean(axis, keepdims=True)
        return (D * D).mean(axis, keepdims)


class Exact(np.ndarray):
    """Numbers of 40 digits."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        x = [np.asarray(item) if isinstance(item, Exact) else item for item in inputs]
        if "out" in kwargs:
            kwargs["out"] = tuple(np.asarray(item) for item in kwargs["out"])
        if ufunc in ULPS:
            ufunc = np.frompyfunc(getattr(mpmath, ufunc.__name__), 1, 1)
        result = getattr(ufunc, method)(*x, **kwargs)
        return np.asarray(result, dtype=object).view(Exact) if method != "at" else None

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        result = super().__array_function__(function, types, args, kwargs)
        return np.asarray(result, dtype=object).view(Exact)


def exactly(x: Any) -> Exact:
    """Return exact numbers of 40 digits; use them within `mpmath.workdps(40)`."""
    return np.vectorize(mpmath.mpf, otypes=[object])(x).view(Exact)
