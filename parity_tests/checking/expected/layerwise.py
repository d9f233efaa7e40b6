"""The expected value of every tensor of a trace, computed from the trace itself layer by layer.

Forward of layer l is computed from the candidate's own A[l−1]; its backward from the candidate's
own dA[l], Z[l], A[l−1]. So errors do not accumulate, a wrong layer is one finding, and ReLU's mask
is the candidate's own. A tensor that the trace lacks is computed here, with its error: from an
empty trace the whole network is, end to end.

A trace may also hold, under the name `A1@Z2`, the A1 that the step to Z2 received; under `W2@dZ2`,
the W2 that the backward step from dZ2 received. Layers are then computed from those. Where the loss
is computed from Z[L], it may hold dA[L] all the same, if the program computed that.

In a graph a tensor may be used several times. Its gradient is expected once the share of the last
of its uses is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, partial
from itertools import chain, pairwise, product, starmap
from operator import itemgetter
from typing import Any

import numpy as np

from parity_tests.checking.expected.received_tensors import ReceivedTensors, working_in
from parity_tests.checking.expected.shares import Shares, total
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.equivalent_formulas import (
    Formulas,
    by_autograd,
    derivatives_of,
    formulas_of,
    gradients_of,
    losses_of,
    mean,
    results,
)
from parity_tests.kinds.known_kinds import kind_of
from parity_tests.kinds.loss_kind import Formula
from parity_tests.kinds.own_kinds import compute_forward, examples_of, on_errors, with_error
from ref_numpy import Array, NetworkSpec
from ref_numpy.context import Cache
from ref_numpy.graphs.step import Step
from ref_numpy.inputs import named_inputs
from ref_numpy.propagation import Inputs, mean_cost, weighted

Expected = tuple[str, Formulas]
Backward = Callable[..., Any]  # (params, cache, *d_outputs) → (gradients of inputs, of parameters)


def expectations(
    spec: NetworkSpec,
    params: Mapping[str, Array],
    X: Inputs,
    Y: Array,
    trace: Mapping[str, Array],
    precision: Precision,
    w: Array | None = None,
    not_finite: Mapping[str, Array] | None = None,
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
        w: the weights of its examples, (1, m), if they have any.
        not_finite: which elements of its other tensors are infinite or NaN.
    """
    reference = LayerwiseReference.from_trace(
        spec, params, X, trace, precision, w=w, not_finite=not_finite
    )
    yield from reference.expected_tensors(X, Y)


class LayerwiseReference(ReceivedTensors):
    """The equations of one run, each computed from what its step received."""

    def expected_tensors(self, X: Inputs, Y: Array) -> Iterator[Expected]:
        """Yield every tensor, in dataflow order."""
        yield from self.forward(self.inputs_of(X))
        yield from self.cost(ErrorArray(Y, p=self.p))
        yield from self.backward(ErrorArray(Y, p=self.p))

    def inputs_of(self, X: Inputs) -> dict[str, Any]:
        """Return each input by name, floats as error arrays."""
        inputs = named_inputs(self.spec, X)
        return {
            n: x if x.dtype.kind in "iu" else ErrorArray(x, p=self.p) for n, x in inputs.items()
        }

    def every_tensor(self, X: Inputs, Y: Array) -> dict[str, Formulas]:
        """Return every tensor, and dA[L] where a program may go through it all the same."""
        tensors = dict(self.expected_tensors(X, Y))
        if gradient := self.output_gradient(ErrorArray(Y, p=self.p)):
            tensors.setdefault(f"d{self.spec.output}", gradient)
        return tensors

    def forward(self, inputs: Mapping[str, Any]) -> Iterator[Expected]:
        """Yield the inputs, and every result: A0, Z1, A1, …, A[L]."""
        for name, x in inputs.items():
            if is_whole(x):
                self.known[name] = x
            else:
                yield name, (formulas := Formulas([x]))
                self.fix_value(name, formulas)
        for step in self.spec.steps:
            given = [self.input_as_seen_by(step.output, n, self.known[n]) for n in step.inputs]
            params = self.parameters(step, step.output)
            cache = compute_forward(step, params, self.context, *given)
            self.caches[step.output] = cache
            others = Formulas(other_results(step, cache, params))
            for k, (name, ours) in enumerate(zip(step.outputs, cache.outputs, strict=True)):
                its_others = map(itemgetter(k), others)
                formulas = Formulas(chain([with_error(ours, self.p)], its_others))
                yield name, formulas
                self.fix_value(name, formulas)
            if step.output in self.trace and not step.parameters:
                self.recomputed[step.output] = cache

    def by_formulas(self, formulas: tuple[Formula, ...], Y: Any) -> Iterator[Any]:
        """Yield w times each formula's result, from the candidate's own Z[L] and A[L]."""
        yield from (weighted(L, self.w) for L in results(formulas, *self.of_loss(Y)))

    def first_gradients(self, Y: Any) -> Iterator[Any]:
        """Yield the first gradient by each formula."""
        yield from self.by_formulas(gradients_of(self.spec.loss), Y)
        if self.w is not None:
            more = kind_of(self.spec.loss).weighted_gradients
            yield from results(more, *self.of_loss(Y), self.w)

    def of_loss(self, Y: Any) -> tuple[Any, ...]:
        """Return (loss, Z[L], A[L], Y)."""
        last = self.spec.steps[-1]
        return self.spec.loss, self.known[last.input], self.known[last.output], Y

    def cost(self, Y: ErrorArray) -> Iterator[Expected]:
        """Yield J."""
        losses = self.by_formulas(losses_of(self.spec.loss), Y)
        yield "J", Formulas(map(self.mean_cost, losses))

    def mean_cost(self, L: Any) -> Any:
        """Return J, or the mean of the J of each part of the batch."""
        if self.p.parts == 1:
            return mean_cost(self.spec, self.params, L)
        return mean(
            [mean_cost(self.spec_of_part, self.params, L.examples(part)) for part in self.parts]
        )

    @cached_property
    def parts(self) -> list[slice]:
        """The examples of each part of the batch."""
        N, m = self.p.parts, self.m
        bounds = [m * k // N for k in range(N + 1)]
        return [*starmap(slice, pairwise(bounds))]

    @cached_property
    def spec_of_part(self) -> NetworkSpec:
        """The network with λ of a part, whose λ/m is that of the whole batch."""
        return replace(self.spec, lambd=self.spec.lambd / self.p.parts)

    def backward(self, Y: ErrorArray) -> Iterator[Expected]:
        """Yield dA[L] if the trace has it, dZ[L], dW[L], db[L], dA[L−1] and so on."""
        first, last = f"d{self.spec.loss_reads}", self.spec.steps[-1]
        output = f"d{last.output}"
        direct = map(self.by_autograd, self.first_gradients(Y))
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
        self.shares = Shares(self.spec)
        for name in self.shares.shared:
            yield from self.add_share(name, [self.spec.lambd / self.m * self.params[name]])
        yield from self.add_share(self.spec.loss_reads, Formulas(ways))
        for step in self.spec.backward_steps:
            yield from self.backward_of(step)

    def backward_of(self, step: Step) -> Iterator[Expected]:
        """Yield the gradients of which this step has the last share: dW, db, dA_prev."""
        by = f"d{step.output}"
        received = [self.gradients_received(f"d{name}") for name in step.outputs]
        every = [*product(*received)]  # a fused kernel may have passed on other numbers
        if step.parameters:
            ways = ways_backward(step)
            cache = self.cache(step, by)
            each = [self.parameter_gradients(step, w, cache, d) for w, d in product(ways, every)]
            for own, full in step.parameters.items():
                yield from self.add_share(full, [gradients[own] for gradients in each])
        for k, name in enumerate(step.inputs):
            if is_whole(self.known[name]):
                continue
            through = [self.backward_through(step, *d, k=k) for d in every]  # of this k, if later
            yield from self.add_share(name, chain.from_iterable(through))
            if self.may_compute_again and len(step.inputs) == 1:
                self.computed_again[f"d{name}"] = [*self.backward_again(step, *every[0])]

    def add_share(self, name: str, share: Iterable[Any]) -> Iterator[Expected]:
        """Add a use's share in the gradient of `name`, and yield the gradient after the last."""
        formulas = self.shares.add(name, share)
        if formulas is None:
            return
        into = f"d{name}"
        yield into, formulas
        follows = name not in self.params and name not in self.spec.inputs
        if follows or (into in self.trace and name in self.spec.inputs):
            self.fix_value(into, formulas)

    def gradients_received(self, by: str) -> list[Any]:
        """Return the gradients that the steps from `by` may have received, the trace's own first.

        A fused kernel may compute one again, from activations that were not stored.
        """
        if by not in self.known:  # a result that no step uses
            return [with_error(np.zeros(self.known[by[1:]].shape), self.p)]
        return [self.input_as_seen_by(by, by, self.known[by]), *self.computed_again.get(by, ())]

    def parameter_gradients(
        self, step: Step, way: Backward, cache: Cache, d_outputs: tuple[Any, ...]
    ) -> dict[str, Any]:
        """Return dW and db, or the mean of those of each part of the batch."""
        if self.p.parts == 1:
            return self.gradients(self.spec, step, way, cache, d_outputs)
        params, m = self.params.values(), self.m
        each = []
        for part in self.parts:
            cut = examples_of(cache, part, m, params)
            scale = len(range(m)[part]) if self.spec.per_example else 1
            cut = cut._replace(context=cut.context._replace(scale=scale))
            of_part = tuple(d.examples(part) for d in d_outputs)
            each.append(self.gradients(self.spec_of_part, step, way, cut, of_part))
        combine = mean if self.spec.per_example else total
        return {n: combine([gradients[n] for gradients in each]) for n in each[0]}

    def gradients(
        self,
        spec: NetworkSpec,
        step: Step,
        way: Backward,
        cache: Cache,
        d_outputs: tuple[Any, ...],
    ) -> dict[str, Any]:
        """Return value ± error of a step's parameter gradients, with the L2 term."""
        # A result has the size of autograd's, but the factors of its terms do not.
        p = replace(self.p_gradients, underflow=self.p.underflow)
        params = working_in(p, step.select(self.params))
        cache = working_in(p, cache._replace(to_inputs=False))
        d_outputs = working_in(p, d_outputs)
        _, each = on_errors(step.layer, "backward", way, params, cache, *d_outputs)
        m = cache.context.scale if spec.per_example else self.m
        for own, full in step.parameters.items():
            if spec.lambd and own in step.layer.weights and full not in self.shares.shared:
                each[own] = each[own] + spec.lambd / m * params[own]
        return {n: with_error(x, self.p) for n, x in each.items()}

    def by_autograd(self, d: ErrorArray) -> ErrorArray:
        """Return scale · ∂J/∂z from the gradient of each L(i), as autograd computes it."""
        return by_autograd(d, self.context.scale)

    def output_gradient(self, Y: ErrorArray) -> Formulas | None:
        """Return dA[L] of a loss that is computed from Z[L], for a program that computes it.

        None for a user-defined loss, whose formula is not known.
        """
        formulas = kind_of(self.spec.loss).output_gradients
        ways = map(self.by_autograd, self.by_formulas(formulas, Y))
        return Formulas(ways) if formulas else None

    def backward_through(self, step: Step, *d_outputs: Any, k: int = 0) -> Iterator[ErrorArray]:
        """Yield the gradient of the step's input k by each formula, with the trace's tensors."""
        by = f"d{step.output}"
        yield from self.derivatives(step, self.cache(step, by), d_outputs, k)
        yield from self.backward_again(step, *d_outputs, k=k)

    def backward_again(self, step: Step, *d_outputs: Any, k: int = 0) -> Iterator[ErrorArray]:
        """Yield the gradient of the step's input k by each formula, its results computed again."""
        if step.output in self.recomputed:
            seen, again = self.cache(step, f"d{step.output}"), self.recomputed[step.output]
            yield from self.derivatives(step, again._replace(inputs=seen.inputs), d_outputs, k)

    def derivatives(
        self, step: Step, cache: Cache, d_outputs: tuple[Any, ...], k: int
    ) -> Iterator[ErrorArray]:
        """Yield the gradient of the step's input k by the layer, and by formulas equal on paper.

        Autograd's gradient is multiplied by the scale, which rounds once more.
        """
        params = working_in(self.p_gradients, self.parameters(step, f"d{step.output}"))
        cache = working_in(self.p_gradients, cache._replace(to_parameters=False))
        d_outputs = working_in(self.p_gradients, d_outputs)
        rounding = self.rounding_by_m(f"d{step.inputs[k]}")
        own, _ = on_errors(step.layer, "backward", step.backward, params, cache, *d_outputs)
        kind = kind_of(step.layer)
        others = results(derivatives_of(step.layer), *cache.inputs, *cache.outputs, *d_outputs)
        more = (b(step.layer, params, cache, *d_outputs)[0] for b in kind.backwards)
        for d_input in chain([own[k]], others, (d_inputs[k] for d_inputs in more)):
            yield with_error(d_input, self.p).rounded(rounding)


def other_results(step: Step, cache: Cache, params: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the step's results by each formula that is equal on paper to the layer's own."""
    kind = kind_of(step.layer)
    each = chain(
        results(formulas_of(step.layer), *cache.inputs),
        results(kind.forwards, step.layer, params, *cache.inputs),
    )
    yield from (x if isinstance(x, tuple) else (x,) for x in each)


def ways_backward(step: Step) -> list[Backward]:
    """Return the layer's own `backward`, and those that are equal to it on paper."""
    return [step.backward, *(partial(way, step.layer) for way in kind_of(step.layer).backwards)]


def is_whole(x: Any) -> bool:
    """Return whether x is an array of whole numbers, which are exact and have no gradient."""
    return isinstance(x, np.ndarray)
