"""What a program's random layers drew, read off its own results: which numbers it set to 0.

Each step is judged from the candidate's own tensors, and so is a random one: its backward pass is
right if it has the random numbers of its own forward pass. Where the trace does not show a draw (of
an input that is 0, a mask changes nothing), either is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from parity_tests.check_messages import input_error
from parity_tests.checking.expected.received_tensors import ReceivedTensors
from parity_tests.kinds.known_kinds import kind_of
from parity_tests.kinds.own_kinds import compute_forward
from ref_numpy import Array, Context, NetworkSpec
from ref_numpy.context import Cache
from ref_numpy.graphs.step import Step
from ref_numpy.inputs import named_inputs
from ref_numpy.propagation import Inputs


class RecordedDraws(ReceivedTensors):
    """What the random steps of one run drew: as the context says, or as the candidate's tensors do.

    A context with `draws` has those of the candidate already, and no others are right.
    """

    def read_own_draws(self, step: Step, cache: Cache, params: Any) -> None:
        """Read what the candidate drew, where it drew others, or where its tensors do not show it.

        Args:
            step: any; of one that is not random, or whose kind does not say how, nothing is read.
            cache: by the context's draws.
            params: of the step, by the layer's own names.
        """
        read, name = kind_of(step.layer).drawn, step.output
        if not self.is_drawing(step) or read is None:
            return
        given, recorded = cache.inputs[0].value, self.context.draws.get(name)
        if name in self.trace:
            drawn, shown = self.read_from_trace(step, given)
        elif recorded is not None:  # end to end, where its input may be 0
            drawn, shown = recorded, np.abs(given) > cache.inputs[0].error
        else:
            return
        is_known = bool(shown.all())
        if recorded is None:
            by_seed, there = read(given, cache.outputs[0].value)
            is_known = not ((drawn != by_seed) & shown & there).any()
        if not is_known:
            self.own_draws[name] = [
                self.drawing(step, draws, cache, params) for draws in either_way(drawn, shown)
            ]

    def read_from_trace(self, step: Step, given: Array) -> tuple[Array, Array]:
        """Return what the trace shows of a step's draws, and where."""
        is_own = step.input in self.trace or step.input in self.spec.inputs
        read: Any = kind_of(step.layer).drawn
        return read(given if is_own else None, self.trace[step.output])

    def is_drawing(self, step: Step) -> bool:
        """Return whether a step draws random numbers in this run."""
        return step.layer.is_random and self.context.training

    def is_of_graph_kind(self, name: str) -> bool:
        """Return whether a step that draws or has state computes the tensor, forward or backward.

        Its mistakes are those of a graph's step, in a chain too.
        """
        step = self.steps.get(name)
        return step is not None and (self.is_drawing(step) or bool(step.state))

    def drawing(self, step: Step, draws: Array, cache: Cache, params: Any) -> Cache:
        """Return the step's cache with other draws."""
        context = self.context._replace(draws={**self.context.draws, step.output: draws})
        return compute_forward(step, params, context, *cache.inputs)

    def right_caches(self, step: Step) -> list[Cache]:
        """Return the caches whose results are right: of own draws each way, if the context has any.

        Where the trace has not the step's input, they differ where a draw is not shown.
        """
        own = self.own_draws.get(step.output) if step.output in self.context.draws else None
        return own or [self.caches[step.output]]

    def caches_by_draws(self, step: Step, cache: Cache) -> list[Cache]:
        """Return the step's cache with the draws by which its backward pass is right.

        After a forward pass with other draws than the context's, which is a finding, it may have
        either.
        """
        own = [cache._replace(kept=one.kept) for one in self.own_draws.get(step.output, ())]
        return own if own and step.output in self.context.draws else [cache, *own]


def either_way(drawn: Array, shown: Array) -> Iterator[Array]:
    """Yield the draws with those that are not shown as 0, and, if there are any, as 1."""
    yield np.where(shown, drawn, False)
    if not shown.all():
        yield np.where(shown, drawn, True)


def with_own_draws(
    spec: NetworkSpec, X: Inputs, trace: Mapping[str, Array], context: Context
) -> Context:
    """Return the context with the random numbers that a program drew by itself.

    A draw that its result does not show is taken from the gradient of its input.

    Args:
        spec: the network.
        X: its inputs, or each by name.
        trace: its tensors, of the right shapes.
        context: of the run, which trains.

    Raises:
        InputError: the trace does not have the result of a random step, or the step's kind does not
            say how to read what was drawn.
    """
    known = {**named_inputs(spec, X), **trace}
    draws: dict[str, Array] = {}
    for step in spec.steps:
        if not step.layer.is_random:
            continue
        read = kind_of(step.layer).drawn
        if read is None:
            raise input_error("draws.no-reader", layer=type(step.layer).__name__)
        if step.output not in trace:
            raise input_error("draws.no-result", tensor=step.output)
        drawn, shown = read(known.get(step.input), trace[step.output])
        gradient = trace.get(f"d{step.input}")
        draws[step.output] = np.where(shown, drawn, True if gradient is None else gradient != 0)
    return context._replace(draws=draws)
