"""A snapshot of a training: a candidate's tensors at one iteration, beside the reference's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, NamedTuple

import numpy as np

from parity_tests.adapters.candidate import Candidate
from parity_tests.checking.comparison import Comparison
from parity_tests.checking.expected.layerwise import expectations
from parity_tests.checking.run_context import RunContext
from parity_tests.checking.trace_structure import as_array, comparable, sound
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.random_problem import mapped_floats
from parity_tests.page.plane import boundary, unit_maps
from parity_tests.page.step import AFTER
from ref_numpy import Array, Context, NetworkSpec
from ref_numpy.inputs import named_inputs
from ref_numpy.loss import labelled_examples
from ref_numpy.optimisers import Optimiser
from ref_numpy.propagation import Inputs

Arrays = dict[str, Array]


class Element(NamedTuple):
    """A tensor of the candidate beside the reference's.

    Attributes:
        candidate: the candidate's tensor; None where it gave none.
        reference: the reference's tensor, computed from the candidate's own inputs.
        bound: the error bound of each element; None where the candidate's tensor has another shape,
            or is not finite.
    """

    candidate: Array | None
    reference: Array
    bound: Array | None

    @property
    def right(self) -> bool:
        """Whether the candidate's tensor is within its bound; True where there is no tensor."""
        if self.candidate is None:
            return True
        if self.bound is None:
            return False
        return bool((np.abs(self.candidate - self.reference) <= self.bound).all())


class Snapshot(NamedTuple):
    """The tensors of one iteration.

    Attributes:
        iteration: its number.
        J: the cost before the update, in the reference's training.
        params: the parameters before the update, and the state, in the reference's training.
        elements: every tensor by name, with AFTER for a parameter after the update.
        boundary: A[L] over a grid of the two inputs; None where it cannot be drawn.
        maps: what each unit computes over such a grid; none unless there are two inputs.
    """

    iteration: int
    J: float
    params: Arrays
    elements: dict[str, Element]
    boundary: Array | None
    maps: Arrays


def take_snapshot(
    candidate: Candidate,
    t: int,
    J: float,
    params: Arrays,
    X: Inputs,
    Y: Array,
    optimiser: Optimiser,
    context: Context | None = None,
) -> Snapshot:
    """Run the candidate on all examples, with these parameters.

    Args:
        candidate: the candidate.
        t: the number of the iteration.
        J: the cost before the update, in the reference's training.
        params: the parameters, which are rounded to the candidate's precision, as X and Y are.
        X: (n_x, m), or each input by name.
        Y: (n_y, m).
        optimiser: the rule of the update.
        context: of the run; None is one that does not train.
    """
    spec, p = candidate.spec, candidate.p
    rounded = {n: p.round(a) for n, a in params.items()}, mapped_floats(X, p.round), p.round(Y)
    trace = candidate.trace(*deepcopy(rounded), context=context)  # it may change its arguments
    params = {n: a.astype(np.float64) for n, a in rounded[0].items()}
    X, Y = mapped_floats(rounded[1], as_float64), as_float64(rounded[2])
    with np.errstate(all="ignore"):  # an overflow is a finding
        its = own_context(candidate, X, Y, trace, context)
        elements = dict(compare_tensors(spec, params, X, Y, trace, p, its))
        learnt = dict(spec.parameters_in(params))
        elements |= compare_updates(learnt, elements, optimiser, p, candidate.batch_first)
    plane = named_inputs(spec, X)[spec.input]
    drawn = boundary(spec, params, plane), unit_maps(spec, params, plane)
    return Snapshot(t, J, params, elements, *drawn)


def as_float64(x: Array) -> Array:
    """Return x in float64."""
    return x.astype(np.float64)


def own_context(
    candidate: Candidate, X: Inputs, Y: Array, trace: Mapping[str, Any], context: Context | None
) -> Context | None:
    """Return the context of a trace: with its own random numbers, if the candidate draws such."""
    spec, m = candidate.spec, labelled_examples(candidate.spec.loss, Y)
    run = RunContext.of(spec, context, m, None, candidate.draws_its_own)
    return run.of_trace(X, trace, run.given)


def compare_tensors(
    spec: NetworkSpec,
    params: Arrays,
    X: Inputs,
    Y: Array,
    trace: Mapping[str, Any],
    p: Precision,
    context: Context | None = None,
) -> Iterator[tuple[str, Element]]:
    """Yield every tensor of the candidate's trace beside the reference's."""
    own, _ = sound(trace, comparable(spec, Y.shape[-1]), spec.parameter_shapes, p)
    for name, formulas in expectations(spec, params, X, Y, own, p, context=context):
        if name in own:
            reference, _, allowed, _ = Comparison.of(own[name], formulas).elements()
            yield name, Element(own[name], reference, allowed)
        else:
            yield name, Element(as_numbers(trace.get(name)), formulas[0].value, None)


def as_numbers(given: Any) -> Array | None:
    """Return an array that cannot be compared but shown, of numbers."""
    array = as_array(given)
    shown = array.dtype.kind in "fiub" and array.size
    return array.astype(np.float64) if shown else None


def compare_updates(
    params: Arrays, elements: Mapping[str, Element], optimiser: Optimiser, p: Precision, torch: bool
) -> Iterator[tuple[str, Element]]:
    """Yield the parameters after the update by the candidate's own gradients.

    Args:
        params: before the update.
        elements: of the gradients.
        optimiser: the rule.
        p: the candidate's arithmetic.
        torch: the candidate is torch's: torch.optim updates the candidate's parameters.
    """
    for name, theta in params.items():
        gradient = elements[f"d{name}"]
        sound = gradient.candidate is not None and gradient.bound is not None
        dtheta = gradient.candidate if sound else gradient.reference
        before: Any = ErrorArray(theta, p=p)
        by: Any = ErrorArray(dtheta, p=p)
        after: Any = optimiser.rule(before, by, (), 1)[0]
        own = update_by_torch(optimiser, theta, np.asarray(dtheta), p) if torch else None
        yield name + AFTER, Element(own, after.value, after.error)


def update_by_torch(optimiser: Optimiser, theta: Array, dtheta: Array, p: Precision) -> Array:
    """Return θ after an update by torch.optim."""
    import torch

    from parity_tests.adapters.torch_twin import mode_of
    from torch_impl.conventions import array
    from torch_impl.torch_optimisers import build

    dtype = getattr(torch, mode_of(p.name)["dtype"])
    parameter = torch.nn.Parameter(torch.tensor(theta, dtype=dtype))  # a copy, which it changes
    parameter.grad = torch.tensor(dtheta, dtype=dtype)
    build(optimiser, [parameter]).step()
    return array(parameter).astype(np.float64)
