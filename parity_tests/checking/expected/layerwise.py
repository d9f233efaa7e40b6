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

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain, product
from operator import itemgetter
from typing import Any

import numpy as np

from parity_tests.checking.expected.shares import L2_TERM, Shares
from parity_tests.checking.expected.step_gradients import StepGradients, ways_backward
from parity_tests.checking.expected.stored_results import stored
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.equivalent_formulas import (
    Formulas,
    by_autograd,
    formulas_of,
    gradients_of,
    labels_of,
    losses_of,
    mean,
    results,
)
from parity_tests.kinds.known_kinds import kind_of
from parity_tests.kinds.loss_kind import Formula
from parity_tests.kinds.own_kinds import compute_forward, with_error
from ref_numpy import Array, NetworkSpec
from ref_numpy.context import Cache, Context
from ref_numpy.graphs.step import Step
from ref_numpy.inputs import named_inputs
from ref_numpy.loss import Counts, count_labels
from ref_numpy.propagation import Inputs, mean_cost, weighted

Expected = tuple[str, Formulas]


def expectations(
    spec: NetworkSpec,
    params: Mapping[str, Array],
    X: Inputs,
    Y: Array,
    trace: Mapping[str, Array],
    precision: Precision,
    w: Array | None = None,
    not_finite: Mapping[str, Array] | None = None,
    context: Context | None = None,
) -> Iterator[Expected]:
    """Yield (name, value ± error) of every tensor in dataflow order.

    Where formulas that are equal on paper round differently, there is one value ± error for each.

    Args:
        spec: the network.
        params: the candidate's parameters.
        X: its inputs, (n_x, m).
        Y: its labels, (n_y, m), or whole numbers, (m, …).
        trace: its tensors, float64, finite.
        precision: its arithmetic.
        w: the weights of its examples, (1, m), if they have any.
        not_finite: which elements of its other tensors are infinite or NaN.
        context: of the run; None is one that does not train.
    """
    reference = LayerwiseReference.from_trace(
        spec, params, X, trace, precision, w=w, not_finite=not_finite, context=context
    )
    yield from reference.expected_tensors(X, Y)


class LayerwiseReference(StepGradients):
    """The equations of one run, each computed from what its step received.

    Attributes:
        counts: N and m; None where each example has one label, which counts.
        labels: those of the run.
    """

    counts: Counts | None = None
    labels: Any = None

    def expected_tensors(self, X: Inputs, Y: Array) -> Iterator[Expected]:
        """Yield every tensor, in dataflow order."""
        labels = labels_of(self.spec.loss, Y, self.inside)
        yield from self.forward(self.inputs_of(X))
        self.labels = labels
        if not self.spec.loss.counts_examples:
            self.counts = count_labels(self.spec.loss, self.known[self.spec.output], Y)
        yield from self.cost(labels)
        yield from self.backward(labels)

    def inputs_of(self, X: Inputs) -> dict[str, Any]:
        """Return each input by name, floats as error arrays."""
        inputs = named_inputs(self.spec, X)
        return {
            n: x if x.dtype.kind in "iu" else ErrorArray(x, p=self.inside)
            for n, x in inputs.items()
        }

    def every_tensor(self, X: Inputs, Y: Array) -> dict[str, Formulas]:
        """Return every tensor, and dA[L] where a program may go through it all the same."""
        tensors = dict(self.expected_tensors(X, Y))
        if gradient := self.output_gradient(labels_of(self.spec.loss, Y, self.inside)):
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
            self.read_own_draws(step, cache, params)
            others = Formulas(other_results(step, cache, params))
            for k, name in enumerate(step.outputs):
                ours = [with_error(c.outputs[k], self.inside) for c in self.right_caches(step)]
                every = chain(ours, map(itemgetter(k), others))
                formulas = Formulas(map(stored, every))
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

    def cost(self, Y: Any) -> Iterator[Expected]:
        """Yield J."""
        losses = self.by_formulas(losses_of(self.spec.loss), Y)
        yield "J", Formulas(map(self.mean_cost, map(self.as_input, map(stored, losses))))

    def mean_cost(self, L: Any) -> Any:
        """Return J, or the mean of the J of each part of the batch."""
        if self.p.parts == 1:
            return stored(mean_cost(self.spec, self.params, L, self.counts))
        return mean([self.cost_of_part(L.examples(part)) for part in self.parts])

    def cost_of_part(self, L: Any) -> Any:
        """Return the J of a part of the batch, of whose J, dW and db the mean is taken."""
        counts = self.counts_of_part(L.shape[1])
        return stored(mean_cost(self.spec_of_part, self.params, L, counts))

    def counts_of_part(self, m: int) -> Counts | None:
        """Return by what the sums of a part of m examples are divided: J is the parts' mean."""
        return self.counts and Counts(self.counts.N / self.p.parts, m)

    def backward(self, Y: Any) -> Iterator[Expected]:
        """Yield dA[L] if the trace has it, dZ[L], dW[L], db[L], dA[L−1] and so on."""
        first, last = f"d{self.spec.loss_reads}", self.spec.steps[-1]
        output = f"d{last.output}"
        direct = (self.by_autograd(first, d) for d in self.first_gradients(Y))
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
            term = stored(self.spec.lambd / self.m * self.params[name])
            yield from self.add_share(name, L2_TERM, [term])
        yield from self.add_share(self.spec.loss_reads, "J", Formulas(ways))
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
                of_parameter = [gradients[own] for gradients in each]
                yield from self.add_share(full, step.output, of_parameter)
        for k, name in enumerate(step.inputs):
            if is_whole(self.known[name]):
                continue
            through = [self.backward_through(step, *d, k=k) for d in every]  # of this k, if later
            yield from self.add_share(name, step.output, chain.from_iterable(through))
            single = len(step.inputs) == 1 and name not in self.shares.met  # not a share of several
            if self.may_compute_again and single:
                self.computed_again[f"d{name}"] = [*self.backward_again(step, *every[0])]

    def add_share(self, name: str, by: str, share: Iterable[Any]) -> Iterator[Expected]:
        """Add a use's share in the gradient of `name`, and yield the gradient after the last."""
        formulas = self.shares.add(name, by, share)
        if formulas is None:
            return
        into = f"d{name}"
        yield into, formulas
        follows = name not in self.params and name not in self.spec.inputs
        if follows or (into in self.trace and name in self.spec.inputs):
            self.fix_value(into, formulas)

    def by_autograd(self, name: str, d: ErrorArray) -> ErrorArray:
        """Return scale · ∂J/∂z from the gradient of each L(i), as autograd computes it.

        What is stored once is the gradient without the scale.
        """
        N = self.counts and self.counts.N
        if not self.p.once:
            return by_autograd(d, self.context.scale, N)
        p = replace(self.inside, stores=self.p_gradients.stores)
        d = stored(by_autograd(d.working_in(p), self.context.scale, N))
        return d.rounded(self.rounding_by_m(name))

    def output_gradient(self, Y: Any) -> Formulas | None:
        """Return dA[L] of a loss that is computed from Z[L], for a program that computes it.

        None for a user-defined loss, whose formula is not known.
        """
        formulas = kind_of(self.spec.loss).output_gradients
        output = f"d{self.spec.output}"
        ways = (self.by_autograd(output, d) for d in self.by_formulas(formulas, Y))
        return Formulas(ways) if formulas else None


def other_results(step: Step, cache: Cache, params: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the step's results by each formula that is equal on paper to the layer's own."""
    kind = kind_of(step.layer)
    each = chain(
        results(formulas_of(step.layer), *cache.inputs),
        results(kind.forwards, step.layer, params, *cache.inputs),
    )
    yield from (x if isinstance(x, tuple) else (x,) for x in each)


def is_whole(x: Any) -> bool:
    """Return whether x is an array of whole numbers, which are exact and have no gradient."""
    return isinstance(x, np.ndarray)
