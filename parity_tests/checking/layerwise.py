"""The expected value of every tensor of a trace, computed from the trace itself layer by layer.

Forward of layer l is computed from the candidate's own A[l−1]; its backward from the candidate's
own dA[l], Z[l], A[l−1]. So errors do not accumulate, a wrong layer is one finding, and ReLU's mask
is the candidate's own. A tensor that the trace lacks is computed here, with its error: from an
empty trace the whole network is, end to end.

A trace may also hold, under the name `A1@Z2`, the A1 that the step to Z2 received; under `W2@dZ2`,
the W2 that the backward step from dZ2 received. Layers are then computed from those. Where the loss
is computed from Z[L], it may hold dA[L] all the same, if the program computed that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import chain, pairwise, starmap
from typing import Any

import numpy as np

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.intervals import compose_relative_errors
from parity_tests.error_model.precisions import FLOAT32, Precision
from parity_tests.kinds.equivalent_derivatives import (
    DERIVATIVES,
    OUTPUT_GRADIENTS,
    gradients_of,
)
from parity_tests.kinds.equivalent_formulas import (
    ACTIVATIONS,
    Formula,
    Formulas,
    by_autograd,
    losses_of,
    mean,
    results,
)
from parity_tests.kinds.own_kinds import examples_of, on_errors, with_error, with_items
from ref_numpy import Array, NetworkSpec
from ref_numpy.layer import Cache
from ref_numpy.network import Shape, Step
from ref_numpy.propagation import mean_cost, parameter_gradients

Expected = tuple[str, Formulas]


def expectations(
    spec: NetworkSpec,
    params: Mapping[str, Array],
    X: Array,
    Y: Array,
    trace: Mapping[str, Array],
    precision: Precision,
) -> Iterator[Expected]:
    """Yield (name, value ± error) of every tensor in dataflow order.

    Where formulas that are equal on paper round differently, there is one value ± error for each.

    Args:
        spec: the network.
        params: the candidate's parameters.
        X: its inputs, (n_x, m).
        Y: its labels, (n_y, m).
        trace: its tensors, float64, finite.
        precision: its arithmetic.
    """
    reference = LayerwiseReference.from_trace(spec, params, X, trace, precision)
    yield from reference.expected_tensors(X, Y)


def comparable(spec: NetworkSpec, m: int) -> dict[str, Shape]:
    """Return name and shape of every tensor that a trace may hold, dA[L] included."""
    shapes = spec.trace_shapes(m)
    place = list(shapes).index("J") + 1
    names = [*list(shapes)[:place], f"d{spec.output}", *list(shapes)[place:]]
    return {name: shapes[name.removeprefix("d")] if name not in shapes else shapes[name]
            for name in names}  # fmt: skip


def roundings(spec: NetworkSpec, m: int) -> int:
    """Return how many additions a run has: three products with each weight, for each example."""
    return 3 * m * sum(int(np.prod(shape)) for shape in spec.parameter_shapes.values())


class LayerwiseReference:
    """The dataflow of one run, with the candidate's tensors where the trace has them.

    Attributes:
        p: the arithmetic of forward and cost.
        p_gradients: that of the gradients of activations, which are m times smaller in autograd,
            and so underflow m times sooner.
        known: value ± error of each tensor: the candidate's, or the reference's.
        caches: of each step, made of the known tensors.
        recomputed_caches: those that follow from the candidate's own inputs alone.
        recomputed_outputs: the activations in them.
        elementwise: the names of the tensors that are not inner products.
    """

    def __init__(
        self,
        spec: NetworkSpec,
        params: Mapping[str, Any],
        trace: Mapping[str, Array],
        p: Precision,
        before: Mapping[str, Any],
        m: int,
    ) -> None:
        self.spec, self.params, self.trace, self.p, self.before = spec, params, trace, p, before
        self.p_gradients = replace(p, underflow=m * p.underflow, flush=m * p.flush)
        self.known: dict[str, Any] = {}  # error arrays, which are used as arrays
        self.caches: dict[str, Cache] = {}
        self.recomputed_caches: dict[str, Cache] = {}
        self.recomputed_outputs: dict[str, Any] = {}
        ends = [(step.input, step.output) for step in spec.steps if not step.parameters]
        self.elementwise = {f"d{spec.loss_reads}", *(n for i, o in ends for n in (o, f"d{i}"))}

    @classmethod
    def from_trace(
        cls,
        spec: NetworkSpec,
        params: Mapping[str, Array],
        X: Array,
        trace: Mapping[str, Array],
        precision: Precision,
        before: Mapping[str, Array] | None = None,
    ) -> LayerwiseReference:
        """Return the dataflow of a run.

        Args:
            spec: the network.
            params: the candidate's parameters.
            X: its inputs, (n_x, m).
            trace: its tensors, float64, finite.
            precision: its arithmetic.
            before: the trace of the batch before this one.
        """
        m = X.shape[-1]
        p = precision.with_union_bound(roundings(spec, m))
        known, earlier = (
            {n: ErrorArray(x, p=p) for n, x in arrays.items()} for arrays in (params, before or {})
        )
        return cls(spec, known, trace, p, earlier, m)

    def expected_tensors(self, X: Array, Y: Array) -> Iterator[Expected]:
        """Yield every tensor, in dataflow order."""
        yield from self.forward(ErrorArray(X, p=self.p))
        yield from self.cost(ErrorArray(Y, p=self.p))
        yield from self.backward(ErrorArray(Y, p=self.p))

    def fix_value(self, name: str, formulas: Formulas) -> ErrorArray:
        """Set `name` to the candidate's tensor, or to the hull of the formulas if it has none.

        The next step may have received another number than the trace has: a gradient before it was
        multiplied by m; or, in a fused kernel, before it was stored as a half, or as computed again
        in another way, of which both are within the bound of the right one.

        Args:
            name: of the tensor.
            formulas: its value ± error by each.
        """
        if name in self.trace:
            relative = self.rounding_by_m(name) if name.startswith("d") else 0.0
            again: Any = 0.0
            if self.p.fused and name != "A0":
                if self.p.u > FLOAT32.u:
                    relative = compose_relative_errors(relative, self.p.u)
                elif name in self.elementwise:
                    again = 2 * formulas.hull().error
            known = ErrorArray(self.trace[name], again, self.p, relative)
        else:
            known = formulas.hull()
        self.known[name] = known
        return known

    def rounding_by_m(self, name: str) -> float:
        """Return the unit roundoff in which autograd's gradient was multiplied by m.

        That is the trace's dtype; or the candidate's arithmetic, where its numbers are all of that.
        A power of two does not round, but for the gradients that underflow.
        """
        p, x = self.p, self.trace.get(name)
        if x is None or p.u <= p.output_rounding or is_power_of_two(x.shape[-1]):
            return p.output_rounding
        return p.u if p.holds(x) else p.output_rounding

    def input_as_seen_by(self, step: str, name: str, known: Any) -> Any:
        """Return the tensor `name` as the step that computes the tensor `step` received it."""
        other = self.trace.get(f"{name}@{step}")
        return known if other is None else ErrorArray(other, p=self.p, relative=known.relative)

    def parameters(self, step: Step, seen_by: str) -> dict[str, Any]:
        """Return the step's parameters as it received them, by the layer's own names."""
        return {
            name: self.input_as_seen_by(seen_by, full, self.params[full])
            for name, full in step.parameters.items()
        }

    @cached_property
    def steps(self) -> dict[str, Step]:
        """The step that computes each tensor, forward or backward."""
        every = self.spec.steps
        gradients = {f"d{full}": s for s in every for full in s.parameters.values()}
        return gradients | {f"d{s.input}": s for s in every} | {s.output: s for s in every}

    @cached_property
    def tensors(self) -> dict[str, Any]:
        """Value ± error of each parameter and tensor, once all are fixed.

        A gradient of a parameter comes from the trace: none is fixed.
        """
        taken = {n: ErrorArray(x, p=self.p) for n, x in self.trace.items() if n not in self.known}
        every = {**self.params, **self.known, **taken}
        return {n: x for n, x in every.items() if "@" not in n}

    @cached_property
    def tensors_for_gradients(self) -> dict[str, Any]:
        """The same, in the arithmetic of gradients."""
        return working_in(self.p_gradients, self.tensors)

    @cached_property
    def names_by_layer(self) -> dict[int | None, dict[str, int]]:
        """The names in `tensors` by layer, each with its place among all; J has no layer."""
        layers = {name: step.number for step in self.spec.steps
                  for name in (step.output, *step.parameters.values())}  # fmt: skip
        layers[self.spec.steps[0].input] = 0
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

    def forward(self, X: ErrorArray) -> Iterator[Expected]:
        """Yield A0, Z1, A1, …, A[L]."""
        yield "A0", (formulas := Formulas([X]))
        self.fix_value("A0", formulas)
        for step in self.spec.steps:
            A_prev = self.input_as_seen_by(step.output, step.input, self.known[step.input])
            params = self.parameters(step, step.output)
            ours, cache = on_errors(step.layer, "forward", step.forward, params, A_prev)
            others = results(ACTIVATIONS.get(type(step.layer), ()), A_prev)
            formulas = Formulas(chain([with_error(ours, self.p)], others))
            yield step.output, formulas
            own = self.fix_value(step.output, formulas)
            if step.output in self.trace and any(item is ours for item in cache):
                self.recomputed_caches[step.output] = cache
                self.recomputed_outputs[step.output] = ours
            self.caches[step.output] = with_items(
                cache, lambda item, ours=ours, own=own: own if item is ours else item
            )

    def by_formulas(self, formulas: tuple[Formula, ...], Y: Any) -> Iterator[Any]:
        """Yield each formula's result from the candidate's own Z[L] and A[L]."""
        last = self.spec.steps[-1]
        return results(formulas, self.spec.loss, self.known[last.input], self.known[last.output], Y)

    def cost(self, Y: ErrorArray) -> Iterator[Expected]:
        """Yield J."""
        losses = self.by_formulas(losses_of(self.spec.loss), Y)
        yield "J", Formulas(map(self.mean_cost, losses))

    def mean_cost(self, L: Any) -> Any:
        """Return J, or the mean of the J of each part of the batch."""
        if self.p.parts == 1:
            return mean_cost(self.spec, self.params, L)
        parts, spec = self.parts(L)
        return mean([mean_cost(spec, self.params, L.examples(part)) for part in parts])

    def parts(self, x: Any) -> tuple[list[slice], NetworkSpec]:
        """Return the examples of each part of the batch, and the network with λ of a part.

        Its λ/m is that of the whole batch.
        """
        N, m = self.p.parts, x.shape[-1]
        bounds = [m * k // N for k in range(N + 1)]
        return [*starmap(slice, pairwise(bounds))], replace(self.spec, lambd=self.spec.lambd / N)

    def backward(self, Y: ErrorArray) -> Iterator[Expected]:
        """Yield dA[L] if the trace has it, dZ[L], dW[L], db[L], dA[L−1] and so on."""
        first, last = f"d{self.spec.loss_reads}", self.spec.steps[-1]
        output = f"d{last.output}"
        direct = map(by_autograd, self.by_formulas(gradients_of(self.spec.loss), Y))
        each = None if output == first else self.output_gradient(Y)
        if each is None:
            ways = direct
        else:
            if output in self.trace:
                yield output, each
                ways = chain(self.backward_through(last, self.fix_value(output, each)), direct)
            else:
                through = (self.backward_through(last, dA) for dA in each)
                ways = chain(direct, chain.from_iterable(through))
        formulas = Formulas(ways)
        yield first, formulas
        self.fix_value(first, formulas)
        for step in self.spec.backward_steps:
            by, into = f"d{step.output}", f"d{step.input}"
            d_output, cache = self.input_as_seen_by(by, by, self.known[by]), self.cache(step, by)
            for name, gradient in self.parameter_gradients(step, cache, d_output).items():
                yield name, Formulas([gradient])
            formulas = Formulas(self.backward_through(step, d_output))
            yield into, formulas
            if into in self.trace or into != "dA0":  # from which nothing follows
                self.fix_value(into, formulas)

    def parameter_gradients(self, step: Step, cache: Cache, d_output: Any) -> dict[str, Any]:
        """Return dW and db, or the mean of those of each part of the batch."""
        if self.p.parts == 1:
            return self.gradients(self.spec, step, cache, d_output)
        parts, spec = self.parts(d_output)
        each = [
            self.gradients(
                spec, step, examples_of(cache, part, d_output.shape[-1], self.params.values()),
                d_output.examples(part),
            )
            for part in parts
        ]  # fmt: skip
        return {n: mean([gradients[n] for gradients in each]) for n in each[0]}

    def gradients(self, spec: NetworkSpec, step: Step, *given: Any) -> dict[str, Any]:
        """Return value ± error of a step's parameter gradients."""
        # A result has the size of autograd's, but the factors of its terms do not.
        p = replace(self.p_gradients, underflow=self.p.underflow)
        params = {name: self.params[name] for name in step.parameters.values()}
        given = (spec, step, *(working_in(p, x) for x in (params, *given)))
        each = on_errors(step.layer, "gradients", parameter_gradients, *given)
        return {n: with_error(x, self.p) for n, x in each.items()}

    def output_gradient(self, Y: ErrorArray) -> Formulas | None:
        """Return dA[L] of a loss that is computed from Z[L], for a program that computes it.

        None for a user-defined loss, whose formula is not known.
        """
        formulas = OUTPUT_GRADIENTS.get(type(self.spec.loss))
        ways = map(by_autograd, self.by_formulas(formulas or (), Y))
        return Formulas(ways) if formulas else None

    def backward_through(self, step: Step, d_output: Any) -> Iterator[ErrorArray]:
        """Yield the gradient of the step's input, by each formula.

        Autograd's gradient is multiplied by m, which rounds once more.
        """
        rounding = self.rounding_by_m(f"d{step.input}")
        ways = self.own_derivatives(step, d_output), self.other_derivatives(step, d_output)
        for d_input in chain.from_iterable(ways):
            yield with_error(d_input, self.p).rounded(rounding)

    def own_derivatives(self, step: Step, d_output: Any) -> Iterator[Any]:
        """Yield the gradient by the layer, from the trace's cache and the recomputed one."""
        by = f"d{step.output}"
        for cache in (self.cache(step, by), self.recomputed_caches.get(step.output)):
            if cache is not None:
                given = (self.parameters(step, by), cache, d_output)
                given = [working_in(self.p_gradients, x) for x in given]
                yield on_errors(step.layer, "backward", step.backward, *given)

    def other_derivatives(self, step: Step, d_output: Any) -> Iterator[Any]:
        """Yield the gradient by formulas equal on paper, with the trace's A and the recomputed."""
        by, formulas = f"d{step.output}", DERIVATIVES.get(type(step.layer), ())
        Z, A = (self.input_as_seen_by(by, n, self.known[n]) for n in (step.input, step.output))
        recomputed = self.recomputed_outputs.get(step.output)
        for output in (A,) if recomputed is None else (A, recomputed):
            given = (working_in(self.p_gradients, x) for x in (Z, output, d_output))
            yield from results(formulas, *given)

    def cache(self, step: Step, by: str) -> Cache:
        """Return the step's cache for its backward, with the tensors that it received there."""
        own = (name for name in (step.input, step.output) if name in self.known)
        names = {id(self.known[name]): name for name in own}
        return with_items(
            self.caches[step.output],
            lambda item: (
                self.input_as_seen_by(by, names[id(item)], item) if id(item) in names else item
            ),
        )


def is_power_of_two(m: int) -> bool:
    """Return whether m is 1, 2, 4, 8 and so on."""
    return m & (m - 1) == 0


def working_in(p: Precision, x: Any) -> Any:
    """Return the error arrays of a cache, or of parameters by name, in another arithmetic."""
    if isinstance(x, Mapping):
        return {name: working_in(p, item) for name, item in x.items()}
    if isinstance(x, tuple):
        return with_items(x, lambda item: working_in(p, item))
    return x.working_in(p) if isinstance(x, ErrorArray) else x
