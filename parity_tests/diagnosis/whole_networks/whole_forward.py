"""One mistake in the forward pass, where a program returns J and gradients of parameters alone.

A wrong Z or A makes J wrong and, with few exceptions, every gradient. The forward pass is computed
with one line wrong, at one layer or at all that have the line: first without errors up to J, and
where J is near, with the whole backward pass and the derived bound of each tensor.

An activation A whose Z the trace does not have may be wrong for a mistake in Z, too:
`A = sigmoid(w.T @ X)` forgets b, and no line of A gives such numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np

from parity_tests.checking.causes import Cause
from parity_tests.checking.comparison import p_value
from parity_tests.diagnosis.cause_wording import in_line
from parity_tests.diagnosis.explanations import Explanation, single_mistakes
from parity_tests.diagnosis.hypotheses import float_value, with_names
from parity_tests.diagnosis.known_causes import without_special_cases
from parity_tests.diagnosis.tensor_context import TensorContext
from parity_tests.diagnosis.whole_networks.planted_run import planted
from parity_tests.diagnosis.whole_networks.whole_network import (
    WholeNetwork,
    exact,
    is_a_mistake,
    is_within,
)
from ref_numpy import Array
from ref_numpy.graphs.step import Step
from ref_numpy.propagation import cost

Planted = tuple[Explanation, tuple[str, ...]]  # a mistake, and the tensors that it gives


@dataclass(frozen=True)
class WholeForward:
    """The forward pass behind a wrong J and wrong gradients.

    Attributes:
        network: the trace, and the reference's run.
    """

    network: WholeNetwork

    @property
    def is_seen(self) -> bool:
        """Whether J is wrong as well, and the trace has no activation to judge it by."""
        trace, right = self.network.trace, self.network.right
        if "J" not in trace or not {*self.contexts}.isdisjoint(trace):
            return False
        return self.network.is_seen and not is_within(right["J"], trace["J"])

    def causes(self) -> list[Cause]:
        """Return the mistakes that give J and all gradients; each alone does."""
        every = [*self.mistakes()]
        network, name = self.network, max(self.network.wrong, key=self.size)
        found: dict[tuple[Any, ...], Explanation] = {}
        for one, at in self.near(every):
            if one.cause.key in found:
                continue
            run = planted(network.reference, network.X, network.Y, one, at)
            tensors = {n: f for n, f in run if n in network.trace}
            is_given = "J" in tensors and is_within(tensors["J"], network.trace["J"])
            if is_given and network.gives_all(tensors) and self.is_wrong(one, at):
                chance = p_value(tensors[name][0], network.trace[name], network.right[name])
                cause = replace(in_line(one.cause, at), p_value=chance, n_hypotheses=len(every))
                found[one.cause.key] = Explanation(cause)
        return [one.cause for one in without_special_cases([*found.values()])]

    def causes_in_unseen_Z(self, name: str) -> list[Cause]:
        """Return the mistakes in Z that give A, computed on through the activation.

        Args:
            name: of a wrong tensor; there are no causes where it is no A, or Z is in the trace.
        """
        network = self.network
        step = network.reference.steps.get(name)
        if step is None or step.output != name or not network.has_listed_forward:
            return []
        if name not in network.trace:  # it is of another shape
            return []
        Z, is_activation = step.input, step.layer.symbol == "A"
        if not is_activation or Z not in self.contexts or Z in network.trace:
            return []
        context, own = self.contexts[Z], network.trace[name]
        every = [*single_mistakes(context)]
        found: list[Explanation] = []
        for one in every:
            value = self.wrong(one, Z, {})
            if value is None or value.shape != context.right[0].shape:
                continue
            A = step.forward({}, network.reference.context, value).outputs[0]
            if np.linalg.norm(own - A) > self.part * np.linalg.norm(A):
                continue
            tensors = dict(planted(network.reference, network.X, network.Y, one, (Z,)))
            if name in tensors and is_within(tensors[name], own) and is_a_mistake(one, context):
                chance = p_value(tensors[name][0], own, network.right[name])
                cause = replace(in_line(one.cause, (Z,)), p_value=chance, n_hypotheses=len(every))
                found.append(Explanation(cause))
        return [one.cause for one in without_special_cases(found)]

    @property
    def part(self) -> float:
        """How far apart numbers may be, relatively, before their bound is computed."""
        return min(1 / 4, 4 * max(self.network.p.u, self.network.p.output_rounding) ** 0.5)

    def size(self, name: str) -> int:
        """Return the number of a gradient's elements."""
        return self.network.trace[name].size

    @cached_property
    def steps(self) -> Sequence[Step]:
        """The steps of the network."""
        return self.network.reference.spec.steps

    @cached_property
    def contexts(self) -> dict[str, TensorContext]:
        """The context of each Z and A, in dataflow order."""
        return {step.output: self.network.context(step.output) for step in self.steps}

    @cached_property
    def params(self) -> dict[str, Array]:
        """The parameters without errors."""
        return {n: np.asarray(x.value) for n, x in self.network.reference.params.items()}

    @cached_property
    def right(self) -> dict[str, Array]:
        """The right tensors without errors."""
        names = (self.network.reference.spec.input, *self.contexts)
        return {n: np.asarray(self.network.right[n][0].value) for n in names}

    def mistakes(self) -> Iterator[Planted]:
        """Yield each mistake of each tensor; and of the first with a line, at all that have it."""
        lines: dict[tuple[str, Any], list[str]] = {}
        for name, context in self.contexts.items():
            of = context.layer if context.kind == "A" else None
            lines.setdefault((context.formulas[0].right, of), []).append(name)
            yield from ((one, (name,)) for one in single_mistakes(context))
        for names in lines.values():
            if len(names) > 1:
                every = single_mistakes(self.contexts[names[0]])
                yield from ((one, tuple(names)) for one in every)

    def near(self, every: Sequence[Planted]) -> Iterator[Planted]:
        """Yield those whose J may be the candidate's, judged by numbers without errors.

        The mistakes in the same tensors are computed together: the columns of one after those of
        the other, since no layer of a chain mixes columns.
        """
        J = float(self.network.trace["J"])
        for at, group in groupby(every, itemgetter(1)):
            costs = self.costs([one for one, _ in group], at)
            yield from ((one, at) for one, its in costs if abs(J - its) <= self.part * abs(its))

    def costs(
        self, mistakes: Sequence[Explanation], at: Sequence[str]
    ) -> Iterator[tuple[Explanation, float]]:
        """Yield J of each mistake that fits, without errors."""
        changed: list[dict[str, Array]] = [{} for _ in mistakes]
        fits = [True] * len(mistakes)
        for step in self.steps:
            name = step.output
            left = [i for i, ok in enumerate(fits) if ok]
            if name in at:
                for i in left:
                    value = self.wrong(mistakes[i], name, changed[i])
                    fits[i] = value is not None and value.shape == self.right[name].shape
                    changed[i] |= {} if value is None else {name: value}
            elif left and step.input in changed[left[0]]:
                given = np.concatenate([changed[i][step.input] for i in left], axis=1)
                own = step.select(self.params)
                results = step.forward(own, self.network.reference.context, given).outputs[0]
                for i, result in zip(left, np.split(results, len(left), axis=1), strict=True):
                    changed[i][name] = result
        spec, w = self.network.reference.spec, self.network.reference.w
        for one, ok, tensors in zip(mistakes, fits, changed, strict=True):
            if ok:
                yield one, float(cost(spec, self.params, self.right | tensors, self.network.Y, w))

    def wrong(self, one: Explanation, name: str, changed: Mapping[str, Array]) -> Array | None:
        """Return the mistake's tensor, of those before it that are changed."""
        context = self.contexts[name]
        step = next(step for step in self.steps if step.output == name)
        if step.input in changed:
            own = {"A_prev" if context.kind == "Z" else "Z": exact(changed[step.input])}
            before = f"Z{context.l - 1}" if context.l and context.kind == "Z" else ""
            own |= {"Z_prev": exact(changed[before])} if before in changed else {}
            context = with_names(context, **own)
        text = one.text or context.formulas[0].right
        value = float_value(context, text)
        c = None if one.factor is None else one.factor_at(context)
        return value if value is None or c is None else c * value

    def is_wrong(self, one: Explanation, at: Sequence[str]) -> bool:
        """Return whether the mistake's numbers are others than the right ones, on paper."""
        return any(is_a_mistake(one, self.contexts[name]) for name in at)
