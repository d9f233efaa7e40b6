"""One mistake in the backward pass, where a program returns gradients of parameters alone.

A wrong dZ is not seen there: it makes the gradients of its layer wrong, and all that follow. So the
whole backward pass is computed with one line wrong, at one layer or at all that have the line, and
each gradient of the program is compared with its result, within its derived bound. A mistake that
gives all of them is one finding.

Where the gradients of one layer are wrong and those of all later layers are right, the mistake is
in that layer's dZ or dA: few formulas are tried, first without errors on that layer's dW and db.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np

from parity_tests.checking.causes import Cause
from parity_tests.checking.comparison import Comparison, p_value
from parity_tests.checking.expected.layerwise import LayerwiseReference
from parity_tests.diagnosis.cause_wording import in_line
from parity_tests.diagnosis.explanations import Explanation, single_mistakes, two_mistakes
from parity_tests.diagnosis.fitted_constants import fitted_through
from parity_tests.diagnosis.hypotheses import float_value, with_names
from parity_tests.diagnosis.known_causes import known_causes, without_special_cases
from parity_tests.diagnosis.tensor_context import TensorContext, context_of
from parity_tests.diagnosis.whole_networks.planted_run import planted
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT64, Precision
from parity_tests.kinds.equivalent_formulas import Formulas
from ref_numpy import Array
from ref_numpy.propagation import Inputs

PLAIN = "-before-L2"  # the end of codes of mistakes in what stands before an L2 term


class Place(NamedTuple):
    """Where a mistake may be.

    Attributes:
        name: of the tensor, dZ or dA.
        l: its number.
        context: of it.
        dZ: returns dZ of the layer for a value of the tensor.
    """

    name: str
    l: int
    context: TensorContext
    dZ: Callable[[Array], Array | None]


@dataclass(frozen=True)
class WholeNetwork:
    """A trace with gradients of parameters alone, and the reference's run of it.

    Attributes:
        reference: with every tensor fixed.
        right: each tensor's value ± error.
        X: the inputs.
        Y: the labels.
        labels: the same as the loss takes them.
        trace: the candidate's tensors, float64, of right shapes.
        p: its arithmetic.
    """

    reference: LayerwiseReference
    right: Mapping[str, Formulas]
    X: Inputs
    Y: Array
    labels: Any
    trace: Mapping[str, Array]
    p: Precision

    @cached_property
    def gradients(self) -> list[str]:
        """The gradients of parameters that the trace has, in dataflow order."""
        of_parameters = {f"d{name}" for name in self.reference.spec.parameter_shapes}
        return [n for n in self.right if n in of_parameters and n in self.trace]

    @cached_property
    def wrong(self) -> list[str]:
        """Those that are not within the bound."""
        return [n for n in self.gradients if not is_within(self.right[n], self.trace[n])]

    @property
    def is_seen(self) -> bool:
        """Whether several are wrong, and the trace has no other gradients to judge them by.

        Of layers that the catalogue lists: one of a user's own may raise for any other number.
        """
        return len(self.wrong) > 1 and self.has_listed_layers

    @property
    def is_one_without_bias(self) -> bool:
        """Whether one is wrong, of a layer without b: its dZ may be, and nothing else shows it."""
        return (
            len(self.wrong) == 1
            and f"db{self.layer_of(self.wrong[0])}" not in self.right
            and self.has_listed_layers
        )

    @property
    def has_listed_layers(self) -> bool:
        """Whether the catalogue lists all layers, and the trace has no gradients of activations."""
        steps = self.reference.spec.steps
        others = {f"d{name}" for step in steps for name in step.outputs}
        return self.has_listed_forward and not others & self.trace.keys()

    @property
    def has_listed_forward(self) -> bool:
        """Whether the network is a chain, and the catalogue lists all layers."""
        spec = self.reference.spec
        if not spec.is_chain:
            return False
        is_listed = all(step.layer.built_in for step in spec.steps)
        is_of_graph = any(map(self.reference.is_of_graph_kind, self.right))
        return is_listed and spec.loss.built_in and not is_of_graph

    def causes(self) -> list[Cause]:
        """Return the mistakes that give all gradients; each alone does.

        A wrong dW alone may be the mistake of its own line, which is tried first. It has two
        mistakes at once only where it has them there.
        """
        l = max(self.layer_of(n) for n in self.wrong)
        if not {*self.of_layer(l)} <= {*self.wrong}:
            return []
        if len(self.wrong) == 1 and self.causes_of(self.wrong[0]):
            return []
        found: list[Explanation] = []
        ways = self.single, self.pairs, self.with_constants
        for some in ways if len(self.wrong) > 1 else ways[:1]:
            found = found or [*self.fitting([*some(l)], l)]
        if l == self.reference.spec.steps[-1].number and is_scaled(found):
            found = [Explanation(one) for one in self.causes_of_every_gradient(l)] or found
        return [one.cause for one in without_special_cases(found)]

    def layer_of(self, name: str) -> int:
        """Return the number of a gradient's layer."""
        return self.reference.steps[name].number

    def of_layer(self, l: int) -> list[str]:
        """Return the gradients of a layer's parameters: dW, and db where it has biases."""
        return [n for n in (f"dW{l}", f"db{l}") if n in self.right]

    def context(self, name: str) -> TensorContext:
        """Return the context in which a tensor is computed."""
        return context_of(self.reference, name, self.right[name], self.labels)

    def places(self, l: int) -> Iterator[Place]:
        """Yield dZ and dA of a layer."""
        dZ = self.context(f"dZ{l}")
        yield Place(f"dZ{l}", l, dZ, lambda value: value)
        is_last = l == self.reference.spec.steps[-1].number
        if f"dA{l}" in self.right and not (is_last and self.reference.spec.loss.reads == "Z"):
            line = dZ.formulas[0].right

            def through(value: Array) -> Array | None:
                return float_value(with_names(dZ, dA=exact(value)), line)

            yield Place(f"dA{l}", l, self.context(f"dA{l}"), through)

    def single(self, l: int) -> Iterator[tuple[Place, Explanation]]:
        """Yield each mistake in a layer's dZ or dA."""
        return ((place, one) for place in self.places(l) for one in single_mistakes(place.context))

    def pairs(self, l: int) -> Iterator[tuple[Place, Explanation]]:
        """Yield each two mistakes in a layer's dZ or dA."""
        return ((place, one) for place in self.places(l) for one in two_mistakes(place.context))

    def with_constants(self, l: int) -> Iterator[tuple[Place, Explanation]]:
        """Yield each mistake with a constant, which dW determines."""
        there = self.context(f"dW{l}")

        def dW(place: Place, value: Array) -> Array | None:
            dZ = place.dZ(value)
            return None if dZ is None else gradient(there, dZ)

        for place in self.places(l):
            each = fitted_through(place.context, partial(dW, place), self.trace[f"dW{l}"])
            yield from ((place, one) for one in each)

    def fitting(self, every: Sequence[tuple[Place, Explanation]], l: int) -> Iterator[Explanation]:
        """Yield those mistakes that give all gradients.

        Args:
            every: the mistakes.
            l: the layer whose dZ or dA has one.
        """
        dW = f"dW{l}"
        near = [(self.trace[n], self.context(n)) for n in self.of_layer(l)]
        seen: set[tuple[Any, ...]] = set()
        for place, one in every:
            is_repeated = one.text is None and place.context.kind != "dZ"  # a factor of dZ as well
            if one.cause.key in seen or is_repeated or not self.is_near(place, one, near):
                continue
            seen.add(one.cause.key)
            for at in self.layers_with_line(place):
                tensors = {n: f for n, f in planted(self.reference, self.X, self.Y, one, at)
                           if n in self.trace}  # fmt: skip
                if self.gives_all(tensors) and is_a_mistake(one, place.context):
                    chance = p_value(tensors[dW][0], self.trace[dW], self.right[dW])
                    cause = replace(in_line(one.cause, at), p_value=chance, n_hypotheses=len(every))
                    yield Explanation(cause)
                    break

    def layers_with_line(self, place: Place) -> Iterator[tuple[str, ...]]:
        """Yield the tensor alone, and with those of earlier layers that have the same line."""
        yield (place.name,)
        kind = place.context.kind
        lower = [f"{kind}{k}" for k in range(place.l - 1, 0, -1)]
        if kind == "dZ":
            layer = place.context.layer
            lower = [n for n in lower if self.context(n).layer == layer]
        if lower:
            yield (place.name, *lower)

    def is_near(
        self, place: Place, one: Explanation, near: Iterable[tuple[Array, TensorContext]]
    ) -> bool:
        """Return whether dW and db may be the mistake's, judged by numbers without errors."""
        context = place.context
        value = context.right[0].value if one.text is None else float_value(context, one.text)
        c = None if one.factor is None else one.factor_at(context)
        if value is None or value.shape != context.right[0].shape:
            return False
        dZ = place.dZ(value if c is None else c * value)
        if dZ is None or not np.isfinite(dZ).all():
            return False
        part = min(1 / 4, 4 * max(self.p.u, self.p.output_rounding) ** 0.5)
        for candidate, there in near:
            numbers = gradient(there, dZ)
            if numbers is None or numbers.shape != candidate.shape:
                return False
            if np.linalg.norm(candidate - numbers) > part * np.linalg.norm(numbers):
                return False
        return True

    def gives_all(self, tensors: Mapping[str, Formulas]) -> bool:
        """Return whether every gradient of the trace is within the bound of these."""
        return all(n in tensors and is_within(tensors[n], self.trace[n]) for n in self.gradients)

    def causes_of_every_gradient(self, l: int) -> list[Cause]:
        """Return the mistakes that each gradient has by itself, such as the missing 1/m.

        Args:
            l: the last layer.
        """
        if len(self.wrong) < len(self.gradients):
            return []
        first, *others = (self.causes_of(name) for name in self.of_layer(l))
        common = {n: cause for n, cause in first.items() if all(n in each for each in others)}
        for name in self.wrong:
            if common and self.layer_of(name) < l:
                kind = name.rstrip("0123456789")
                only = {f"{kind}.{code}{end}" for code, _ in common for end in ("", PLAIN)}
                there = self.causes_of(name, only)
                common = {n: cause for n, cause in common.items() if n in there}
        return [*common.values()]

    def causes_of(self, name: str, only: set[str] | None = None) -> dict[tuple[str, Any], Cause]:
        """Return the mistakes that give a gradient by itself, by code and constant."""
        found = known_causes(self.context(name), self.trace[name], self.p, only)
        return {
            (one.cause.code.partition(".")[2].removesuffix(PLAIN), one.cause.facts.get("c")):
                one.cause
            for one in found
        }  # fmt: skip


def gradient(context: TensorContext, dZ: Array) -> Array | None:
    """Return dW or db of another dZ, without errors."""
    return float_value(with_names(context, dZ=exact(dZ)), context.formulas[0].right)


def is_within(formulas: Formulas, candidate: Array) -> bool:
    """Return whether every element is within the bound of some formula, and has one."""
    comparison = Comparison.of(candidate, formulas)
    return comparison.ratio <= 1 and not comparison.unbounded


def is_scaled(found: Iterable[Explanation]) -> bool:
    """Return whether some mistake is a factor of the first gradient, and so of every one."""
    return any(one.cause.code.partition(".")[2] in SCALES for one in found)


SCALES = {
    "sign-flipped", "twice", "half", "times-m", "divided-by-m", "sign-flipped-times-m",
    "sign-flipped-divided-by-m", "times-2/m",
}  # fmt: skip


def is_a_mistake(one: Explanation, context: TensorContext) -> bool:
    """Return whether a mistake's numbers are others than the right ones, on paper."""
    value = next(one.assigned_values(context), None)
    return value is not None and one.is_a_mistake(context, value)


def exact(x: Array) -> ErrorArray:
    """Return numbers without an error."""
    return ErrorArray(x, p=FLOAT64)
