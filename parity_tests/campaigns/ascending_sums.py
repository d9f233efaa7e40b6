"""The reference on arrays that add in an unfavourable, correct order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import ref_numpy
from ref_numpy import Array, NetworkSpec


class Ascending(np.ndarray):
    """An array whose sums are added one term after the other, the lowest first.

    That is a correct order, in which partial sums grow far beyond the result.
    """

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        a, *rest = (np.asarray(x) if isinstance(x, np.ndarray) else x for x in inputs)
        if ufunc is np.matmul:
            result = in_turn(a[:, :, None] * rest[0][None], axis=1)
        elif ufunc is np.add and method == "reduce" and kwargs["axis"] is not None:
            axis = kwargs["axis"]
            result = in_turn(a, axis)
            result = np.expand_dims(result, axis) if kwargs.get("keepdims") else result
        else:
            result = getattr(ufunc, method)(a, *rest, **kwargs)
        return np.asarray(result).view(Ascending)


def in_turn(terms: Array, axis: int) -> Array:
    """Add the terms one after the other, the lowest first."""
    return np.add.accumulate(np.sort(terms, axis), axis).take(-1, axis)


def ascending(spec: NetworkSpec, params: Mapping[str, Array], X: Array, Y: Array) -> Any:
    """Run the reference on such arrays."""
    arrays = {n: a.view(Ascending) for n, a in params.items()}
    trace = ref_numpy.run(spec, arrays, X.view(Ascending), Y.view(Ascending))
    return {n: np.asarray(tensor) for n, tensor in trace.items()}
