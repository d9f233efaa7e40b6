"""The gradients of one step by each formula, from what the candidate's step received."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property, partial
from itertools import chain, pairwise, starmap
from typing import Any

import numpy as np

from parity_tests.checking.expected.received_tensors import working_in
from parity_tests.checking.expected.recorded_draws import RecordedDraws
from parity_tests.checking.expected.shares import Shares, total
from parity_tests.checking.expected.stored_results import stored
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.kinds.equivalent_formulas import mean, results
from parity_tests.kinds.known_kinds import kind_of
from parity_tests.kinds.layer_kind import LayerKind, with_constants
from parity_tests.kinds.own_kinds import examples_of, gradients_of_inputs, on_errors, with_error
from ref_numpy import NetworkSpec
from ref_numpy.context import Cache
from ref_numpy.graphs.step import Step

# (params, cache, *d_outputs) → (gradients of inputs, of parameters)
Backward = Callable[..., Any]


class StepGradients(RecordedDraws):
    """What each step of one run gives back: the gradients of its inputs and its parameters.

    Attributes:
        shares: those in each gradient that were met so far.
        tries_every_formula: whether those are tried, too, that are less accurate than others.
    """

    shares: Shares
    tries_every_formula: bool = True

    def kind_of(self, step: Step) -> LayerKind:
        """Return what the step's kind brings in this run: its lines, and the formulas to try."""
        kind = kind_of(step.layer).lines_and_formulas(self.context.training)
        return kind.every_formula if self.tries_every_formula else kind

    @property
    def less_accurate_formulas(self) -> str:
        """The words of those in the network, none where it has none."""
        kinds = (
            kind_of(step.layer).lines_and_formulas(self.context.training)
            for step in self.spec.steps
        )
        return "; ".join(dict.fromkeys(k.less_accurate.words for k in kinds if k.less_accurate))

    def ways_backward(self, step: Step) -> list[Backward]:
        """Return the layer's own `backward`, and those that are equal to it on paper."""
        return [step.backward, *(partial(b, step.layer) for b in self.kind_of(step).backwards)]

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

    def gradients_received(self, by: str) -> list[Any]:
        """Return the gradients that the steps from `by` may have received, the trace's own first.

        A fused kernel may compute one again, from activations that were not stored.
        """
        if by not in self.known:  # a result that no step uses
            return [with_error(np.zeros(self.known[by[1:]].shape), self.inside)]
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
        p = replace(
            self.p_gradients, underflow=self.inside.underflow, stores=self.inside.stores
        )  # fmt: skip
        params = working_in(p, step.select(self.params))
        cache = working_in(p, cache._replace(to_inputs=False))
        d_outputs = working_in(p, d_outputs)
        _, each = on_errors(step.layer, "backward", way, params, cache, *d_outputs)
        m = cache.context.scale if spec.per_example else self.m
        for own, full in step.parameters.items():
            if spec.lambd and own in step.layer.weights and full not in self.shares.shared:
                L2 = spec.lambd / m * params[own]
                stores = self.p.once  # autograd adds two gradients, each of which is stored
                each[own] = total([stored(each[own]), stored(L2)]) if stores else each[own] + L2
        return {n: stored(with_error(x, self.inside)) for n, x in each.items()}

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
        for one in self.caches_by_draws(step, cache):
            yield from self.derivatives_by(step, one, d_outputs, k)

    def derivatives_by(
        self, step: Step, cache: Cache, d_outputs: tuple[Any, ...], k: int
    ) -> Iterator[ErrorArray]:
        """Yield the same, with the random numbers of this cache."""
        params = working_in(self.p_gradients, self.parameters(step, f"d{step.output}"))
        cache = working_in(self.p_gradients, cache._replace(to_parameters=False))
        d_outputs = working_in(self.p_gradients, d_outputs)
        rounding = self.rounding_by_m(f"d{step.inputs[k]}")
        own = gradients_of_inputs(step, params, cache, *d_outputs)
        kind = self.kind_of(step)
        derivatives = with_constants(kind.derivatives, step.layer)
        others = results(derivatives, *cache.inputs, *cache.outputs, *d_outputs)
        more = (b(step.layer, params, cache, *d_outputs)[0] for b in kind.backwards)
        for d_input in chain([own[k]], others, (d_inputs[k] for d_inputs in more)):
            yield stored(with_error(d_input, self.inside)).rounded(rounding)
