"""What each step received: the candidate's own tensors, or those of the reference.

The step after a tensor need not have received the number that the trace has: a gradient may have
been multiplied by m for the trace alone, and a fused kernel takes numbers before they are stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Self

import numpy as np

from parity_tests.check_messages import input_error
from parity_tests.checking.expected.stored_results import of_gradients
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.intervals import compose_relative_errors
from parity_tests.error_model.precisions import FLOAT32, Precision
from parity_tests.kinds.equivalent_formulas import Formulas
from parity_tests.kinds.own_kinds import mapped
from ref_numpy import Array, NetworkSpec
from ref_numpy.arrays.axes import number_of_examples
from ref_numpy.context import Cache, Context
from ref_numpy.graphs.step import Step, next_name
from ref_numpy.inputs import named_inputs
from ref_numpy.propagation import Inputs


class ReceivedTensors:
    """What each step of one run received: the candidate's tensors where the trace has them.

    Attributes:
        w: the weights of the examples, (1, m), which are exact; None counts each once.
        p: the arithmetic of the candidate.
        inside: the arithmetic of forward and cost, inside a step.
        context: of the run.
        p_gradients: that of the gradients of activations, which are `scale` times smaller in
            autograd, m in the course's networks, and so underflow so many times sooner.
        known: value ± error of each tensor: the candidate's, or the reference's.
        caches: of each step, made of the known tensors.
        own_draws: of a random step, its caches by what the candidate drew: where it drew others
            than the context says, or where its tensors do not show it, each way.
        recomputed: those that follow from the candidate's own inputs alone, of steps without
            parameters whose result the trace has.
        computed_again: the gradients that a fused kernel of halves may have passed on instead of
            the trace's, computed from activations that were not stored.
        may_compute_again: whether the arithmetic allows that, a fused one of halves.
        elementwise: the names of the tensors that are not inner products of several terms.
        not_finite: where the candidate's tensors that the trace lacks are infinite or NaN. What a
            step made of such an element has no bound.
    """

    def __init__(
        self,
        spec: NetworkSpec,
        params: Mapping[str, Any],
        trace: Mapping[str, Array],
        p: Precision,
        before: Mapping[str, Any],
        m: int,
        w: Array | None = None,
        not_finite: Mapping[str, Array] | None = None,
        context: Context | None = None,
    ) -> None:
        self.w, self.not_finite = w, not_finite or {}
        self.spec, self.params, self.trace, self.p, self.before = spec, params, trace, p, before
        self.m, self.context = m, context or spec.context(m)
        self.inside = p.inside
        self.p_gradients = of_gradients(self.inside, self.context.scale)
        self.known: dict[str, Any] = {}  # error arrays, which are used as arrays
        self.caches: dict[str, Cache] = {}
        self.own_draws: dict[str, list[Cache]] = {}
        self.recomputed: dict[str, Cache] = {}
        self.computed_again: dict[str, list[ErrorArray]] = {}
        self.may_compute_again = p.fused and p.u > FLOAT32.u
        self.elementwise = {f"d{spec.loss_reads}"}
        for step in spec.steps:
            if not step.parameters or one_term(trace, step.input):
                self.elementwise.update(step.outputs)
            if not step.parameters or one_term(trace, step.output):
                self.elementwise.update(f"d{name}" for name in step.inputs)

    @classmethod
    def from_trace(
        cls,
        spec: NetworkSpec,
        params: Mapping[str, Array],
        X: Inputs,
        trace: Mapping[str, Array],
        precision: Precision,
        before: Mapping[str, Array] | None = None,
        w: Array | None = None,
        not_finite: Mapping[str, Array] | None = None,
        context: Context | None = None,
    ) -> Self:
        """Return what the steps of a run received; nothing is fixed yet.

        The parameters have the state beside them.

        Args:
            spec: the network.
            params: the candidate's parameters.
            X: its inputs, (n_x, m), or each by name.
            trace: its tensors, float64, finite.
            precision: its arithmetic.
            before: the trace of the batch before this one.
            w: the weights of its examples, (1, m), if they have any.
            not_finite: which elements of its other tensors are infinite or NaN.
            context: of the run; None is one that does not train.
        """
        m = number_of_examples(named_inputs(spec, X)[spec.input])
        p = precision.with_union_bound(roundings(spec, m))
        known, earlier = (
            {n: ErrorArray(x, p=p.inside) for n, x in arrays.items()}
            for arrays in (params, before or {})
        )
        return cls(spec, known, trace, p, earlier, m, w, not_finite, context)

    def check_parts(self) -> None:
        """Check that the parts of a batch, if it has several, may be checked as one batch.

        Raises:
            InputError: it is a training step, of which a layer takes statistics of each part.
        """
        for step in self.spec.steps if self.p.parts > 1 and self.context.training else ():
            if step.layer.couples_examples:
                kind = step.layer.kind
                raise input_error(
                    "parts.coupled-examples", parts=self.p.parts, name=step.output, kind=kind
                )

    def fix_value(self, name: str, formulas: Formulas) -> ErrorArray:
        """Set `name` to the candidate's tensor, or to the hull of the formulas if it has none.

        The next step may have received another number than the trace has: a gradient before it was
        multiplied by m; or, in a fused kernel, before it was stored as a half, or as computed again
        in another way, of which both are within the bound of the right one.

        Args:
            name: of the tensor.
            formulas: its value ± error by each.
        """
        is_gradient = name in self.spec.gradients
        if name in self.trace:
            relative = self.rounding_by_m(name) if is_gradient else 0.0
            again: Any = 0.0
            if self.p.fused and name not in self.spec.inputs:
                if self.may_compute_again:
                    p = self.p_gradients if is_gradient else self.p
                    relative, again = compose_relative_errors(relative, p.u), p.underflow
                elif name in self.elementwise:
                    again = 2 * formulas.hull().error
            known = ErrorArray(self.trace[name], again, self.inside, relative)
        else:
            known = formulas.hull()
            if name in self.not_finite:
                error: Any = np.where(self.not_finite[name], np.inf, known.error)
                known = ErrorArray(known.value, error, self.p)
            known = self.as_input(known)
        self.known[name] = known
        return known

    def as_input(self, x: ErrorArray) -> ErrorArray:
        """Return a stored tensor in the arithmetic of the step that receives it."""
        return x.working_in(self.inside) if self.p.once else x

    def rounding_by_m(self, name: str) -> float:
        """Return the unit roundoff in which autograd's gradient was multiplied by the scale, m.

        That is the trace's dtype; or the candidate's arithmetic, where its numbers are all of that.
        A power of two does not round, but for the gradients that underflow; and 1 nothing, which is
        counted where all else is rounded once.
        """
        p, x = self.p, self.trace.get(name)
        if p.once and self.context.scale == 1:
            return 0.0
        if x is None or p.u <= p.output_rounding or is_power_of_two(int(self.context.scale)):
            return p.output_rounding
        return p.u if p.holds(x) else p.output_rounding

    def input_as_seen_by(self, step: str, name: str, known: Any) -> Any:
        """Return the tensor `name` as the step that computes the tensor `step` received it."""
        other = self.trace.get(f"{name}@{step}")
        return known if other is None else ErrorArray(other, p=self.inside, relative=known.relative)

    def parameters(self, step: Step, seen_by: str) -> dict[str, Any]:
        """Return the step's parameters and state as it received them, by the layer's own names."""
        return {
            name: self.input_as_seen_by(seen_by, full, self.params[full])
            for name, full in step.given.items()
        }

    @cached_property
    def steps(self) -> dict[str, Step]:
        """The step that computes each tensor, forward or backward."""
        every = self.spec.steps
        gradients = {f"d{full}": s for s in every for full in s.parameters.values()}
        gradients |= {f"d{name}": s for s in every for name in s.inputs}
        gradients |= {next_name(full): s for s in every for full in s.state.values()}
        return gradients | {name: s for s in every for name in s.outputs}

    @cached_property
    def tensors(self) -> dict[str, Any]:
        """Value ± error of each parameter and tensor; to be read once all are fixed.

        Gradients of parameters are the trace's own, since no step receives them.
        """
        taken = {n: ErrorArray(x, p=self.inside) for n, x in self.trace.items()}
        every = {**dict.fromkeys((*self.params, *self.known)), **taken, **self.params, **self.known}
        return {n: x for n, x in every.items() if "@" not in n}

    @cached_property
    def tensors_for_gradients(self) -> dict[str, Any]:
        """The same, in the arithmetic of gradients."""
        return working_in(self.p_gradients, self.tensors)

    @cached_property
    def names_by_layer(self) -> dict[int | None, dict[str, int]]:
        """The names in `tensors` by layer, each with its place among all; J has no layer."""
        layers = {name: step.number for step in self.spec.steps
                  for name in (*step.outputs, *step.parameters.values())}  # fmt: skip
        layers |= dict.fromkeys(self.spec.inputs, 0)
        result: dict[int | None, dict[str, int]] = {}
        for place, name in enumerate(self.tensors):
            layer = layers.get(name, layers.get(name.removeprefix("d")))
            result.setdefault(layer, {})[name] = place
        return result

    def names_of_layers(self, layers: Iterable[int]) -> list[str]:
        """Return the names of these layers' parameters and tensors, and J, in their order."""
        each = (self.names_by_layer.get(layer, {}) for layer in (None, *layers))
        places = {name: place for names in each for name, place in names.items()}
        return sorted(places, key=places.__getitem__)

    def cache(self, step: Step, by: str) -> Cache:
        """Return the step's cache for its backward, with the tensors that it received there."""
        cache = self.caches[step.output]
        inputs = (
            self.input_as_seen_by(by, *named)
            for named in zip(step.inputs, cache.inputs, strict=True)
        )
        outputs = (self.input_as_seen_by(by, name, self.known[name]) for name in step.outputs)
        return cache._replace(inputs=tuple(inputs), outputs=tuple(outputs))


def one_term(trace: Mapping[str, Array], name: str) -> bool:
    """Return whether an inner product along the rows of `name` has a single term."""
    return name in trace and len(trace[name]) == 1


def roundings(spec: NetworkSpec, m: int) -> int:
    """Return how many additions a run has: three products with each weight, for each example."""
    return 3 * m * sum(int(np.prod(shape)) for shape in spec.parameter_shapes.values())


def is_power_of_two(m: int) -> bool:
    """Return whether m is 1, 2, 4, 8 and so on."""
    return m & (m - 1) == 0


def working_in(p: Precision, x: Any) -> Any:
    """Return the error arrays of a cache, or of parameters by name, in another arithmetic."""
    return mapped(x, lambda item: item.working_in(p))
