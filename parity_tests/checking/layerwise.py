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

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain, pairwise, starmap
from typing import Any

from parity_tests.checking.received_tensors import ReceivedTensors, working_in
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
from parity_tests.kinds.own_kinds import (
    compute_forward,
    examples_of,
    on_errors,
    with_error,
    with_items,
)
from ref_numpy import Array, NetworkSpec
from ref_numpy.layer import Cache
from ref_numpy.network import Step
from ref_numpy.propagation import mean_cost, parameter_gradients, weighted

Expected = tuple[str, Formulas]


def expectations(
    spec: NetworkSpec,
    params: Mapping[str, Array],
    X: Array,
    Y: Array,
    trace: Mapping[str, Array],
    precision: Precision,
    w: Array | None = None,
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
    """
    reference = LayerwiseReference.from_trace(spec, params, X, trace, precision, w=w)
    yield from reference.expected_tensors(X, Y)


class LayerwiseReference(ReceivedTensors):
    """The equations of one run, each computed from what its step received."""

    def expected_tensors(self, X: Array, Y: Array) -> Iterator[Expected]:
        """Yield every tensor, in dataflow order."""
        yield from self.forward(ErrorArray(X, p=self.p))
        yield from self.cost(ErrorArray(Y, p=self.p))
        yield from self.backward(ErrorArray(Y, p=self.p))

    def every_tensor(self, X: Array, Y: Array) -> dict[str, Formulas]:
        """Return every tensor, and dA[L] where a program may go through it all the same."""
        tensors = dict(self.expected_tensors(X, Y))
        if gradient := self.output_gradient(ErrorArray(Y, p=self.p)):
            tensors.setdefault(f"d{self.spec.output}", gradient)
        return tensors

    def forward(self, X: ErrorArray) -> Iterator[Expected]:
        """Yield A0, Z1, A1, …, A[L]."""
        yield "A0", (formulas := Formulas([X]))
        self.fix_value("A0", formulas)
        for step in self.spec.steps:
            A_prev = self.input_as_seen_by(step.output, step.input, self.known[step.input])
            params = self.parameters(step, step.output)
            ours, cache = compute_forward(step, params, A_prev)
            others = results(formulas_of(step.layer), A_prev)
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
        direct = map(by_autograd, self.first_gradients(Y))
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
            d_outputs = self.gradients_received(by)
            cache = self.cache(step, by)
            every = [self.parameter_gradients(step, cache, d_output) for d_output in d_outputs]
            for name in every[0]:
                yield name, Formulas([gradients[name] for gradients in every])
            through = partial(self.backward_through, step)
            formulas = Formulas(chain.from_iterable(map(through, d_outputs)))
            yield into, formulas
            if into in self.trace or into != "dA0":  # from which nothing follows
                self.fix_value(into, formulas)
                if self.may_compute_again:
                    self.computed_again[into] = [*self.backward_again(step, d_outputs[0])]

    def gradients_received(self, by: str) -> list[Any]:
        """Return the gradients that the steps from `by` may have received, the trace's own first.

        A fused kernel may compute one again, from activations that were not stored.
        """
        return [self.input_as_seen_by(by, by, self.known[by]), *self.computed_again.get(by, ())]

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
        formulas = kind_of(self.spec.loss).output_gradients
        ways = map(by_autograd, self.by_formulas(formulas, Y))
        return Formulas(ways) if formulas else None

    def backward_through(self, step: Step, d_output: Any) -> Iterator[ErrorArray]:
        """Yield the gradient of the step's input by each formula, with the trace's A and Z."""
        by = f"d{step.output}"
        Z, A = (self.input_as_seen_by(by, n, self.known[n]) for n in (step.input, step.output))
        yield from self.derivatives(step, self.cache(step, by), Z, A, d_output)
        yield from self.backward_again(step, d_output)

    def backward_again(self, step: Step, d_output: Any) -> Iterator[ErrorArray]:
        """Yield the gradient of the step's input by each formula, with A computed from Z again."""
        if step.output in self.recomputed_caches:
            by = f"d{step.output}"
            Z = self.input_as_seen_by(by, step.input, self.known[step.input])
            again = self.recomputed_caches[step.output], Z, self.recomputed_outputs[step.output]
            yield from self.derivatives(step, *again, d_output)

    def derivatives(
        self, step: Step, cache: Cache, Z: Any, A: Any, d_output: Any
    ) -> Iterator[ErrorArray]:
        """Yield the gradient of the step's input by the layer, and by formulas equal on paper.

        Autograd's gradient is multiplied by m, which rounds once more.
        """
        by = f"d{step.output}"
        given = (self.parameters(step, by), cache, d_output)
        given = [working_in(self.p_gradients, x) for x in given]
        own = on_errors(step.layer, "backward", step.backward, *given)
        terms = (working_in(self.p_gradients, x) for x in (Z, A, d_output))
        others = results(derivatives_of(step.layer), *terms)
        rounding = self.rounding_by_m(f"d{step.input}")
        for d_input in chain([own], others):
            yield with_error(d_input, self.p).rounded(rounding)
