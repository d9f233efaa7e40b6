"""A mistake in a step of a graph that the trace lacks, named at the next tensor that it has.

A program may show the probabilities of an attention and not its scores, or what goes into a dense
layer and not the heads before. Where a tensor is wrong and no line of its own step gives it, the
lines of the tensors are tried from which it is computed, as far as the trace lacks them: first
without errors, and where the tensor is near, by the whole run with that mistake and its bounds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from parity_tests.checking.causes import Cause
from parity_tests.checking.comparison import p_value
from parity_tests.diagnosis.cause_wording import in_line
from parity_tests.diagnosis.explanations import Explanation, single_mistakes
from parity_tests.diagnosis.graph_contexts import context_in_graph
from parity_tests.diagnosis.hypotheses import float_value
from parity_tests.diagnosis.known_causes import without_special_cases
from parity_tests.diagnosis.tensor_context import TensorContext
from parity_tests.diagnosis.whole_networks.planted_run import planted_each
from parity_tests.diagnosis.whole_networks.whole_network import (
    WholeNetwork,
    is_a_mistake,
    is_within,
)
from ref_numpy import Array
from ref_numpy.context import Cache
from ref_numpy.graphs.step import Step

MOST = 24  # tensors whose lines are tried: those of an attention, forward and backward


@dataclass(frozen=True)
class UnseenSteps:
    """The tensors of a graph that its trace lacks.

    Attributes:
        network: the trace, and the reference's run.
    """

    network: WholeNetwork

    def causes(self, name: str) -> list[Cause]:
        """Return the mistakes in what the trace lacks that give a wrong tensor.

        Args:
            name: of the tensor.
        """
        network = self.network
        if network.reference.spec.is_chain or name not in network.trace or name == "J":
            return []
        own, region = network.trace[name], [*self.unseen_before(name)]
        if len(region) > MOST or own.shape != network.right[name][0].shape:
            return []
        if not all(is_listed(step) for step in network.reference.spec.steps):
            return []
        contexts = {at: self.context(at) for at in region}
        found: dict[tuple[Any, ...], Explanation] = {}
        tried = 0
        for mistakes in places(contexts):
            tried += 1
            one = next(iter(mistakes.values()))
            if one.cause.key in found or not self.is_near(
                mistakes, contexts, name, {*region, name}
            ):
                continue
            run = planted_each(network.reference, network.X, network.Y, mistakes)
            formulas = next((each for n, each in run if n == name), None)
            if formulas is None or not is_within(formulas, own):
                continue
            if all(is_a_mistake(each, contexts[at]) for at, each in mistakes.items()):
                chance = p_value(formulas[0], own, network.right[name])
                cause = replace(in_line(one.cause, [*mistakes]), p_value=chance)
                found[one.cause.key] = replace(one, cause=cause)
        every = [
            replace(one, cause=replace(one.cause, n_hypotheses=tried)) for one in found.values()
        ]
        return [one.cause for one in without_special_cases(every)]

    def unseen_before(self, name: str) -> Iterator[str]:
        """Yield the tensors that the trace lacks, and from which a tensor is computed through such.

        The nearest come first.
        """
        todo, known = [name], {name}
        while todo:
            for source in self.sources(todo.pop(0)):
                if source not in self.network.trace and source not in known:
                    known.add(source)
                    todo.append(source)
                    yield source

    def sources(self, name: str) -> Iterator[str]:
        """Yield the tensors from which a tensor is computed, forward or backward."""
        spec, right = self.network.reference.spec, self.network.right
        for step in spec.steps:
            if name in step.outputs:
                yield from (n for n in step.inputs if n in right and n not in spec.inputs)
            if name[0] == "d" and name[1:] in (*step.inputs, *step.parameters.values()):
                others = [n for n in (*step.inputs, *step.outputs) if n not in spec.inputs]
                yield from (n for n in (*(f"d{n}" for n in step.outputs), *others) if n in right)

    def context(self, name: str) -> TensorContext:
        """Return the context in which a tensor is computed."""
        reference, right = self.network.reference, self.network.right[name]
        return context_in_graph(reference, name, right, np.asarray(right[0].value))

    def is_near(
        self,
        mistakes: Mapping[str, Explanation],
        contexts: Mapping[str, TensorContext],
        name: str,
        region: set[str],
    ) -> bool:
        """Return whether mistakes in some tensors may give another, judged without errors.

        Args:
            mistakes: by the name of the tensor that each is in.
            contexts: of these tensors.
            name: of the other.
            region: the tensors on the way, and all these.
        """
        if len({contexts[at].formulas[0].text for at in mistakes}) > 1:
            return True  # one is computed from what another gives: there are few such
        wrong = {}
        for at, one in mistakes.items():
            right = np.asarray(self.network.right[at][0].value)
            value = right if one.text is None else float_value(contexts[at], one.text)
            c = None if one.factor is None else one.factor_at(contexts[at])
            if value is None or value.shape != right.shape or not np.isfinite(value).all():
                return False
            wrong[at] = value if c is None else c * value
        given = self.followed(wrong, region).get(name)
        if given is None or not np.isfinite(given).all():
            return False
        p = self.network.p
        part = min(1 / 4, 4 * max(p.u, p.output_rounding) ** 0.5)
        distance = np.linalg.norm(self.network.trace[name] - given)
        return bool(distance <= part * np.linalg.norm(given))

    def followed(self, wrong: Mapping[str, Array], region: set[str]) -> dict[str, Array]:
        """Return the tensors of a region that follow from wrong ones, without errors.

        A gradient gains what its step's backward pass gives more than with the right tensors.
        """
        changed, spec = dict(wrong), self.network.reference.spec
        for step in spec.steps:
            if changed.keys() & {*step.inputs} and region & {*step.outputs}:
                results = self.cache_of(step, changed).outputs
                new = zip(step.outputs, results, strict=True)
                changed |= {n: x for n, x in new if n in region and n not in wrong}
        for step in spec.backward_steps:
            used = {*step.inputs, *step.outputs, *(f"d{n}" for n in step.outputs)}
            into = {f"d{n}" for n in (*step.inputs, *step.parameters.values())} & region
            if changed.keys() & used and into - wrong.keys():
                if step.output not in self.right_gradients:
                    self.right_gradients[step.output] = self.gradients(step, {})
                new, old = self.gradients(step, changed), self.right_gradients[step.output]
                for n in into - wrong.keys():
                    right = np.asarray(self.network.right[n][0].value)
                    changed[n] = changed.get(n, right) + new[n] - old[n]
        return changed

    @cached_property
    def right_gradients(self) -> dict[str, dict[str, Array]]:
        """What the backward pass of some steps gives with the right tensors."""
        return {}

    def gradients(self, step: Step, changed: Mapping[str, Array]) -> dict[str, Array]:
        """Return what a step's backward pass gives, with some tensors changed."""
        d = []
        for n in step.outputs:
            known = changed.get(f"d{n}", self.numbers.get(f"d{n}"))
            d.append(np.zeros(self.network.right[n][0].shape) if known is None else known)
        cache = self.cache_of(step, changed)
        d_inputs, gradients = step.backward(step.select(self.params), cache, *d)
        every = {f"d{n}": x for n, x in zip(step.inputs, d_inputs, strict=True)}
        return every | {f"d{full}": gradients[own] for own, full in step.parameters.items()}

    def cache_of(self, step: Step, changed: Mapping[str, Array]) -> Cache:
        """Return what a step gives, and keeps for its backward pass, with some tensors changed."""
        given = [changed.get(n, self.numbers[n]) for n in step.inputs]
        cache = step.forward(step.select(self.params), self.network.reference.context, *given)
        if changed.keys() & {*step.inputs}:
            return cache
        results = zip(step.outputs, cache.outputs, strict=True)
        return cache._replace(outputs=tuple(self.network.trace.get(n, x) for n, x in results))

    @cached_property
    def params(self) -> dict[str, Array]:
        """The parameters without errors."""
        return {n: np.asarray(x.value) for n, x in self.network.reference.params.items()}

    @cached_property
    def numbers(self) -> dict[str, Array]:
        """The tensors of the trace, and the right ones of those that it lacks, without errors."""
        right = {n: np.asarray(each[0].value) for n, each in self.network.right.items()}
        whole = {n: x for n, x in self.network.reference.known.items() if isinstance(x, np.ndarray)}
        return {**whole, **right, **self.network.trace}


def is_listed(step: Step) -> bool:
    """Return whether a step's layer is one of this package, and draws no random numbers.

    One of a user's own may raise for any other number.
    """
    return step.layer.built_in and not step.layer.is_random


def places(contexts: Mapping[str, TensorContext]) -> Iterator[dict[str, Explanation]]:
    """Yield each mistake in each tensor alone, and in all those together that may have the same.

    They have it where the code is the same, as the forward and the backward pass of a program that
    is differentiated have.
    """
    same: dict[str, dict[str, Explanation]] = {}
    for name, context in contexts.items():
        for one in single_mistakes(context):
            yield {name: one}
            if one.text is not None:
                same.setdefault(one.cause.code.partition(".")[2], {}).setdefault(name, one)
    for mistakes in same.values():
        of_lines: dict[Any, dict[str, Explanation]] = {}
        for name, one in mistakes.items():
            line = (contexts[name].formulas[0].text, type(contexts[name].layer))
            of_lines.setdefault(line, {})[name] = one
        groups = [*of_lines.values(), mistakes] if len(of_lines) > 1 else [mistakes]
        yield from (group for group in groups if len(group) > 1)
