"""Everything that a candidate computed at one iteration, beside what it should be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, NamedTuple

import numpy as np

import ref_numpy
from parity_tests.adapters.load import Candidate
from parity_tests.checking.comparison import closest
from parity_tests.checking.layerwise import comparable, expectations
from parity_tests.checking.trace_structure import as_array, sound
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from parity_tests.page.step import AFTER
from ref_numpy import Array, NetworkSpec
from ref_numpy.optimisers import Optimiser

GRID = 48  # points of the decision boundary each way

Arrays = dict[str, Array]


class Element(NamedTuple):
    """own: the candidate's tensor, None where it gave none.   reference: what it should be, from
    the candidate's own inputs.   allowed: how far from that it may be; None where that says nothing
    of own, which has another shape or is not finite."""

    own: Array | None
    reference: Array
    allowed: Array | None

    @property
    def right(self) -> bool:
        """Nothing is wrong, as far as there is something."""
        if self.own is None:
            return True
        if self.allowed is None:
            return False
        return bool((np.abs(self.own - self.reference) <= self.allowed).all())


class Moment(NamedTuple):
    """J: before the iteration, of the reference's training, whose params these are.   boundary:
    A[L] over a grid of the two inputs."""

    iteration: int
    J: float
    params: Arrays
    elements: dict[str, Element]
    boundary: Array | None


def moment(
    candidate: Candidate, t: int, J: float, params: Arrays, X: Array, Y: Array, optimiser: Optimiser
) -> Moment:
    """params, X, Y: rounded to the candidate's precision first."""
    spec, p = candidate.spec, candidate.p
    rounded = {n: p.round(a) for n, a in params.items()}, p.round(X), p.round(Y)
    trace = candidate.trace(*deepcopy(rounded))  # it may change what it is given
    params = {n: a.astype(np.float64) for n, a in rounded[0].items()}
    X, Y = (a.astype(np.float64) for a in rounded[1:])
    with np.errstate(all="ignore"):  # what overflows is a finding
        elements = dict(compared(spec, params, X, Y, trace, p))
        elements |= updated(params, elements, optimiser, p, candidate.batch_first)
    return Moment(t, J, params, elements, boundary(spec, params, X))


def compared(
    spec: NetworkSpec, params: Arrays, X: Array, Y: Array, trace: Mapping[str, Any], p: Precision
) -> Iterator[tuple[str, Element]]:
    own, _ = sound(trace, comparable(spec, X.shape[-1]), spec.parameter_shapes, p)
    for name, formulas in expectations(spec, params, X, Y, own, p):
        if name in own:
            reference, _, allowed, _ = closest(own[name], formulas)
            yield name, Element(own[name], reference, allowed)
        else:
            yield name, Element(numeric(trace.get(name)), formulas[0].value, None)


def numeric(given: Any) -> Array | None:
    """What can be shown of what cannot be compared: one or two dimensions of numbers."""
    array = as_array(given)
    shown = array.dtype.kind in "fiub" and array.ndim <= 2 and array.size
    return array.astype(np.float64) if shown else None


def updated(
    params: Arrays, elements: Mapping[str, Element], optimiser: Optimiser, p: Precision, torch: bool
) -> Iterator[tuple[str, Element]]:
    """The parameters after the update by the candidate's own gradients; of a candidate of torch
    also by torch.optim."""
    for name, theta in params.items():
        gradient = elements[f"d{name}"]
        sound = gradient.own is not None and gradient.allowed is not None
        dtheta = gradient.own if sound else gradient.reference
        before: Any = ErrorArray(theta, p=p)
        by: Any = ErrorArray(dtheta, p=p)
        after: Any = optimiser.rule(before, by, (), 1)[0]
        own = by_torch(optimiser, theta, np.asarray(dtheta), p) if torch else None
        yield name + AFTER, Element(own, after.value, after.error)


def by_torch(optimiser: Optimiser, theta: Array, dtheta: Array, p: Precision) -> Array:
    import torch

    from parity_tests.adapters.torch_twin import MODES
    from torch_impl.conventions import array
    from torch_impl.torch_optimisers import build

    dtype = getattr(torch, MODES[p.name]["dtype"])
    parameter = torch.nn.Parameter(torch.tensor(theta, dtype=dtype))  # a copy, which it changes
    parameter.grad = torch.tensor(dtheta, dtype=dtype)
    build(optimiser, [parameter]).step()
    return array(parameter).astype(np.float64)


def boundary(spec: NetworkSpec, params: Arrays, X: Array) -> Array | None:
    """The probability of the last class over a grid that holds the examples, (GRID, GRID), the
    first row at the top; None where it cannot be drawn."""
    if spec.input_shape != (2,) or spec.loss.reads != "Z" or spec.output_shape[0] > 2:
        return None
    (left, right), (bottom, top) = extent(X)
    x, y = np.meshgrid(np.linspace(left, right, GRID), np.linspace(top, bottom, GRID))
    A, _ = ref_numpy.forward(spec, params, np.stack([x.ravel(), y.ravel()]))
    return A[spec.output][-1].reshape(GRID, GRID)


def extent(X: Array) -> list[tuple[float, float]]:
    """The least and the largest of each input, with a margin of a tenth."""
    low, high = X.min(axis=1), X.max(axis=1)
    margin = (high - low) / 10
    return [*zip((low - margin).tolist(), (high + margin).tolist(), strict=True)]
