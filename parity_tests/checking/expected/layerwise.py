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

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain, product, tee
from operator import itemgetter
from typing import Any

import numpy as np

from parity_tests.checking.expected.loss_tensors import LossTensors
from parity_tests.checking.expected.shares import L2_TERM, Shares
from parity_tests.checking.expected.stored_results import stored
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.equivalent_formulas import Formulas, LessAccurate, labels_of, results
from parity_tests.kinds.layer_kind import with_constants
from parity_tests.kinds.own_kinds import compute_forward, on_errors, with_error
from ref_numpy import Array, NetworkSpec
from ref_numpy.context import Cache, Context
from ref_numpy.graphs.step import Step, next_name
from ref_numpy.inputs import named_inputs
from ref_numpy.loss import count_labels
from ref_numpy.propagation import Inputs

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

    Where formulas that are equal on paper round differently, there is one value ± error for each
    of the accurate ones, in the narrowest arithmetic that the declared one includes. Wider ones,
    and formulas that are less accurate, in the step itself or in one before it whose results the
    trace lacks, are tried where a tensor is outside the bounds of these.

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

    def reference(p: Precision, tries_every_formula: bool = False) -> LayerwiseReference:
        r = LayerwiseReference.from_trace(
            spec, params, X, trace, p, w=w, not_finite=not_finite, context=context
        )
        r.tries_every_formula = tries_every_formula
        return r

    def computed(*given: Any) -> Callable[[], dict[str, Formulas]]:
        return cache(lambda: dict(reference(*given).expected_tensors(X, Y)))

    narrowest, *wider = (*precision.narrower, precision)
    accurate = reference(narrowest)
    levels = [(p.words, computed(p)) for p in wider]
    if formulas_in_words := accurate.less_accurate_formulas:
        words = "; ".join([p.words for p in wider[-1:]] + [formulas_in_words])
        levels.append((words, computed(precision, True)))
    for name, formulas in accurate.expected_tensors(X, Y):
        yield name, with_levels(name, formulas, levels)


def with_levels(
    name: str, formulas: Formulas, levels: Sequence[tuple[str, Callable[[], dict[str, Formulas]]]]
) -> Formulas:
    """Add what else a tensor may be: in words, and every tensor by that, from the most accurate."""
    if levels:
        (words, tensors), *rest = levels
        formulas.less_accurate = LessAccurate(
            words, lambda: with_levels(name, tensors()[name], rest)
        )
    return formulas


class LayerwiseReference(LossTensors):
    """The equations of one run, each computed from what its step received."""

    def expected_tensors(self, X: Inputs, Y: Array) -> Iterator[Expected]:
        """Yield every tensor, in dataflow order."""
        self.check_parts()
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
            others = Formulas(self.other_results(step, cache, params))
            for k, name in enumerate(step.outputs):
                ours = [with_error(c.outputs[k], self.inside) for c in self.right_caches(step)]
                every = chain(ours, map(itemgetter(k), others))
                formulas = Formulas(map(stored, every))
                yield name, formulas
                self.fix_value(name, formulas)
            if step.output in self.trace and not step.parameters:
                self.recomputed[step.output] = cache
        yield from self.next_state()

    def other_results(self, step: Step, cache: Cache, params: Any) -> Iterator[tuple[Any, ...]]:
        """Yield the step's results by each formula that is equal on paper to the layer's own."""
        kind = self.kind_of(step)
        each = chain(
            results(with_constants(kind.formulas, step.layer), *cache.inputs),
            results(kind.forwards, step.layer, params, *cache.inputs),
        )
        yield from (x if isinstance(x, tuple) else (x,) for x in each)

    def next_state(self) -> Iterator[Expected]:
        """Yield the state after the forward pass: norm.mean.next and so on."""
        for step in self.spec.steps_with_state:
            params, cache = self.parameters(step, step.output), self.caches[step.output]
            ours = on_errors(step.layer, "next_state", step.next_state, params, cache)
            ways = self.kind_of(step).next_states
            every = Formulas(chain([ours], (way(step.layer, params, cache) for way in ways)))
            for own, full in step.state.items():
                yield next_name(full), Formulas(map(self.stored_state, map(itemgetter(own), every)))

    def stored_state(self, x: Any) -> ErrorArray:
        """Return a tensor of the state as it is stored."""
        return stored(with_error(x, self.inside))

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
            ways = self.ways_backward(step)
            cache = self.cache(step, by)
            each = (self.parameter_gradients(step, w, cache, d) for w, d in product(ways, every))
            copies = tee(each, len(step.parameters))  # each way is computed when it is needed
            for (own, full), copy in zip(step.parameters.items(), copies, strict=True):
                yield from self.add_share(full, step.output, map(itemgetter(own), copy))
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


def is_whole(x: Any) -> bool:
    """Return whether x is an array of whole numbers, which are exact and have no gradient."""
    return isinstance(x, np.ndarray)
