"""Sharpness: the smallest error of one element that is always found, beside fixed tolerances.

A change of an element is found for certain where it is larger than what is allowed plus what the
element is off already. The largest of that over all elements, in units of the tensor's root mean
square, is the sharpness of a test: it is what one must move an element by, wherever it stands.

A tolerance is compared end to end, as it is used. It can be sharp by refusing what is correct: so
each is also asked about correct candidates, torch's and one that adds in an unfavourable order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

import ref_numpy
from parity_tests.checking import check
from parity_tests.comparison import closest
from parity_tests.examples import random_problem
from parity_tests.isolation import expectations
from parity_tests.precision import PRECISIONS, Precision
from parity_tests.twin import twin
from ref_numpy import Array, NetworkSpec

# (rtol, atol) of torch.testing.assert_close, from its documentation.
ASSERT_CLOSE = {
    "float64": (1e-7, 1e-7),
    "float32": (1.3e-6, 1e-5),
    "bfloat16": (1.6e-2, 1e-5),
    "float16": (1e-3, 1e-5),
}
FLAT = (1e-2, 1e-2)

SEEDS = 10
PLANTED = 20  # elements of each tensor, each moved up and down


class Ascending(np.ndarray):
    """An array whose sums are added one term after the other, the lowest first: a correct order in
    which partial sums grow far beyond the result."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        a, *rest = (np.asarray(x) for x in inputs)
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
    return np.add.accumulate(np.sort(terms, axis), axis).take(-1, axis)


def ascending(spec: NetworkSpec, params: Mapping[str, Array], X: Array, Y: Array) -> Any:
    """The reference's run on such arrays."""
    arrays = {n: a.view(Ascending) for n, a in params.items()}
    trace = ref_numpy.run(spec, arrays, X.view(Ascending), Y.view(Ascending))
    return {n: np.asarray(tensor) for n, tensor in trace.items()}


@dataclass(frozen=True)
class Sharpness:
    """Of one tensor of one correct candidate, by each of the tests.

    found: from which change on, in root mean squares.   refused: whether it is refused as it is.
    """

    tensor: str
    found: dict[str, float]
    refused: dict[str, bool]


def sharpnesses(
    spec: NetworkSpec, problem: tuple[dict[str, Array], Array, Array], trace: Any, p: Precision
) -> Iterator[Sharpness]:
    """problem, trace: numbers of p."""
    wide = [{n: a.astype(np.float64) for n, a in problem[0].items()}]
    wide += [a.astype(np.float64) for a in problem[1:]]
    own = {n: a.astype(np.float64) for n, a in trace.items()}
    reference = ref_numpy.run(spec, *wide)
    for name, formulas in expectations(spec, *wide, own, p):
        rms = float(np.sqrt(np.mean(own[name] ** 2)))
        _, apart, allowed, used = closest(own[name], formulas)
        found = {"ours": float((apart + allowed).max()) / rms}
        refused = {"ours": bool(used.max() > 1)}
        off = np.abs(own[name] - p.round(reference[name]))
        for test, (rtol, atol) in {"assert_close": ASSERT_CLOSE[p.name], "flat": FLAT}.items():
            tolerated = atol + rtol * np.abs(reference[name])
            found[test] = float((off + tolerated).max()) / rms
            refused[test] = bool((off > tolerated).any())
        yield Sharpness(name, found, refused)
