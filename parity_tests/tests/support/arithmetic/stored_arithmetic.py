"""An arithmetic in which every step is stored, and functions are as inaccurate as libraries may be.

The formulas of the error model run on these arrays as they run on value ± error: so a candidate is
made of any formula, at any precision, whose errors are those of no particular library.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_tests.error_model.precisions import Precision
from parity_tests.error_model.ulp_tables import ULPS, absolute_error, relative_error
from ref_numpy import Array


class Stored(np.ndarray):
    """Numbers of a precision; each result is rounded, after a random error of its function."""

    p: Precision
    rng: np.random.Generator

    def __array_finalize__(self, other: Any) -> None:
        if isinstance(other, Stored):
            self.p, self.rng = other.p, other.rng

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        exact = getattr(ufunc, method)(*map(plain, inputs), **kwargs)
        return stored(self.inaccurate(ufunc, exact), self.p, self.rng)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        exact = function(*map(plain, args), **kwargs)
        return stored(self.inaccurate(function, exact), self.p, self.rng)

    def inaccurate(self, function: Any, exact: Any) -> Any:
        """Return the results of an elementary function, each off by what the tables allow."""
        if function not in ULPS:
            return exact
        # Half a unit of what the table allows is the rounding that follows.
        error = (1 - 1 / (2 * max(ULPS[function]))) * relative_error(function, self.p)
        by, absolute = self.rng.uniform(-1, 1, exact.shape), absolute_error(function, self.p)
        return exact * (1 + error * by) + absolute * by

    def mean(self, axis: int | None = None, keepdims: bool = False) -> Any:
        """Return the sum, divided by the number of its terms."""
        total = self.sum(axis=axis, keepdims=keepdims)
        return total / (self.size // total.size)

    def var(self, axis: int | None = None, keepdims: bool = False) -> Any:
        """Return the mean of the squared differences from the mean."""
        D = self - self.mean(axis=axis, keepdims=True)
        return (D * D).mean(axis=axis, keepdims=keepdims)


def plain(x: Any) -> Any:
    """Return the array itself; whole numbers, such as indices, as they are."""
    if not isinstance(x, np.ndarray) or x.dtype.kind in "iu":
        return x
    return np.asarray(x, dtype=np.float64)


def stored(x: Any, p: Precision, rng: np.random.Generator) -> Any:
    """Return numbers of p, whose operations round to numbers of p."""
    array = p.round(np.asarray(x)).astype(np.float64).view(Stored)
    array.p, array.rng = p, rng
    return array


def is_float(x: Any) -> bool:
    """Return whether x is an array of floats, which an arithmetic rounds."""
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def computed(formula: Any, given: tuple[Any, ...], p: Precision, seed: int = 0) -> Array:
    """Return the result of a formula in p."""
    rng = np.random.default_rng(seed)
    arrays = [stored(x, p, rng) if is_float(x) else x for x in given]
    with np.errstate(all="ignore"):
        result = formula(*arrays)
    return np.asarray(getattr(result, "value", result), dtype=np.float64)
