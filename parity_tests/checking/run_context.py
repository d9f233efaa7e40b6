"""The context of each call of a candidate: whether it trains, and what its random layers draw."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from parity_tests.check_messages import input_error
from parity_tests.checking.expected.recorded_draws import with_own_draws
from parity_tests.checking.trace_structure import as_array
from ref_numpy import Array, Context, NetworkSpec
from ref_numpy.arrays.axes import number_of_examples
from ref_numpy.inputs import named_inputs
from ref_numpy.propagation import Inputs


@dataclass(frozen=True)
class RunContext:
    """The context of a check.

    Attributes:
        spec: the network.
        m: the number of examples of the first call.
        given: the first call's; None is one that does not train.
        is_told: whether the candidate takes an argument `context`.
        draws_its_own: whether its random numbers are read off its results.
    """

    spec: NetworkSpec
    m: int
    given: Context | None
    is_told: bool
    draws_its_own: bool

    @classmethod
    def of(
        cls,
        spec: NetworkSpec,
        context: Context | None,
        m: int,
        candidate: Any,
        own_draws: bool | None,
    ) -> RunContext:
        """Return the context of a check, with the network's scale.

        Args:
            spec: the network.
            context: that was given.
            m: the number of examples.
            candidate: a function, or a trace.
            own_draws: that was given; None: a function that takes no context draws its own.

        Raises:
            InputError: it is no context, or has not as many examples.
        """
        is_told = context is not None and callable(candidate) and takes_context(candidate)
        if context is None:
            return cls(spec, m, None, False, False)
        if not isinstance(context, Context):
            raise input_error("context.type", type=type(context).__name__)
        if context.examples is not None and np.shape(context.examples) != (m,):
            raise input_error("context.examples", shape=np.shape(context.examples), m=m)
        if own_draws is None:
            own_draws = callable(candidate) and not is_told
        its_own = own_draws and context.training and spec.is_random
        given = context._replace(scale=spec.context(m).scale)
        return cls(spec, m, given, is_told, its_own)

    def of_call(self, m: int, is_first: bool) -> Context | None:
        """Return the context of a call with m examples.

        Args:
            m: their number.
            is_first: whether they are the first call's; others have other numbers.
        """
        if self.given is None or is_first:
            return self.given
        numbers = self.given.examples
        after = self.m if numbers is None else int(np.max(numbers, initial=-1)) + 1
        scale = self.spec.context(m).scale
        return self.given._replace(scale=scale, examples=after + np.arange(m))

    def argument(self, context: Context | None) -> dict[str, Context]:
        """Return the argument that a candidate is called with, by its name."""
        return {"context": context} if self.is_told and context is not None else {}

    def of_trace(self, X: Inputs, trace: Any, context: Context | None) -> Context | None:
        """Return the context of a trace: with its own random numbers, if it draws its own.

        Args:
            X: the inputs.
            trace: what the candidate returned.
            context: of the call.

        Raises:
            InputError: its random numbers cannot be read.
        """
        if context is None or not self.draws_its_own or not isinstance(trace, Mapping):
            return context
        shapes = self.spec.trace_shapes(
            number_of_examples(named_inputs(self.spec, X)[self.spec.input])
        )
        return with_own_draws(self.spec, X, arrays_of(trace, shapes), context)

    @property
    def condition(self) -> str:
        """The condition under which the candidate is judged, in words; "" where it makes none."""
        if self.given is None or not self.given.training or not self.spec.acts_in_training:
            return ""
        return "in training, with its own random numbers" if self.draws_its_own else "in training"


def takes_context(candidate: Any) -> bool:
    """Return whether a function has an argument `context`."""
    try:
        parameters = inspect.signature(candidate).parameters.values()
    except (TypeError, ValueError):
        return False
    return any(q.name == "context" or q.kind is q.VAR_KEYWORD for q in parameters)


def arrays_of(trace: Mapping[str, Any], shapes: Mapping[str, Any]) -> dict[str, Array]:
    """Return those of the tensors that are numbers, and have the right shape."""
    every = {name: as_array(trace[name]) for name in shapes if name in trace}
    return {n: x for n, x in every.items() if x.dtype.kind in "fiub" and x.shape == shapes[n]}


def bound(explain: Any, context: Context | None) -> Any:
    """Return the explainer of a run in this context."""
    return explain if explain is None or context is None else partial(explain, context=context)
