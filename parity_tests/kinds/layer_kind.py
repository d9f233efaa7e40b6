"""What a kind of layer brings to the proof."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from parity_tests.kinds.formula_text import Edit, FormulaText
from parity_tests.kinds.grown_steps import Grown
from ref_numpy import Graph, Layer


class OverflowingFormula(NamedTuple):
    """A formula of the result that is right on paper and overflows.

    Attributes:
        text: its right-hand side.
        code: of the cause, such as "exp-overflows".
        sentence: the cause in words, with what to write instead.
    """

    text: str
    code: str
    sentence: str


# The parts of a kind that hold formulas equal on paper to those of the layer.
FORMULAS = ("formulas", "forwards", "derivatives", "backwards", "next_states")


@dataclass(frozen=True)
class LayerKind:
    """What a kind of layer brings to the proof. Every part may be missing.

    Attributes:
        place: among the kinds, where they are listed or tried one after the other.
        words: the activation in a sentence, "a leaky ReLU of slope {slope}".
        meaning: what the result is, for the page, "{Z} with each negative number set to 0"; of a
            layer of several inputs, "the sum of {inputs}".
        samples: the activation with the constants that people take. The suite and the campaigns
            have the first as a hidden layer; each may be used by mistake for another activation.
        combined: the table of cases has it with every output, loss and depth, and the random
            networks of the campaigns draw it unless others are asked for. Otherwise the table has
            it with few.
        inputs: the names that its float inputs have in its lines, Q and K; the left side of the
            line of a gradient is "d" and such a name.
        results: the same of its results, "Z" of most.
        line: of the result, of several the first, with the mistakes that people make in it.
        further_results: the same of its further results.
        names: further names of the lines, as a function of (layer, *inputs).
        derivative_line: the same of the gradient of the layer's input, of several the first.
        further_lines: the same of the gradients of its further inputs.
        parameter_lines: the same of the gradient of each parameter, {"dW": …}.
        state_lines: the same of each tensor of the state after a pass, {"mean": …}.
        derivative_at_Z: the derivative line's right-hand side, written in terms of Z alone.
        includes: the kinds whose derivative is a mistake in `derivative_line` already; the kind
            itself, where another constant is one in both lines.
        last_mistakes: further mistakes in dZ[L] = A − Y, where a loss takes in this activation.
        formulas: of the result, equal on paper to the layer's own, as functions of Z, and of those
            of the layer's constants whose names they have: lambda Z, alpha: ….
        forwards: the same, as functions of (layer, params, *inputs).
        derivatives: the same of the gradient of Z, as functions of (Z, A, dA).
        backwards: the same of the layer's `backward`, as functions of (layer, params, cache, dZ).
        next_states: the same of the layer's `next_state`, as functions of (layer, params, cache).
        less_accurate: further formulas, which lose digits where the others do not: each is tried
            where a tensor is outside the bounds of the others. Its `words` name them and say where:
            "the variance as E[a²] − μ², which loses digits where …".
        bound: of the result, as a function of (A, Z), where it is smaller than that of the layer's
            operations one by one: used where Z has an error.
        overflows: formulas of the result that overflow.
        fitted: mistakes with a constant c, by the left of the line: "A" and "dZ" of an activation.
        drawn: of a random layer, what it drew, read off its result: a function of (A, Z), or of the
            gradients (dZ, dA), that returns the draws, and where the two tensors show them. A is
            None where it is not known.
        evaluating: what the kind brings where the network does not train, if that is something
            else: lines and formulas.
        graph: a small graph, whose step "z" is of this kind and whose last step flattens z.
        alone: the layer, and the shape of one example of its input, with which a function of one
            layer is checked; None takes the graph's step "z", or a sample.
        of_features: the layer for a tensor of n features, as a function of (rng, n), with which
            random graphs have it.
        grown: how random graphs have it, where that is not enough.
        redrawn: the layer that a random graph has at last instead of one of the kind, as a function
            of (rng, layer, the shape of an example's result); all else has been drawn before.
        for_layer: what a layer of this kind brings, where its constants change its lines.
    """

    place: float = math.inf
    words: str = ""
    meaning: str = ""
    samples: tuple[Layer, ...] = ()
    combined: bool = False
    inputs: tuple[str, ...] = ("A_prev", "B_prev", "C_prev")
    results: tuple[str, ...] = ("Z",)
    line: FormulaText | None = None
    further_results: tuple[FormulaText, ...] = ()
    names: Callable[..., Mapping[str, Any]] | None = None
    derivative_line: FormulaText | None = None
    further_lines: tuple[FormulaText, ...] = ()
    parameter_lines: Mapping[str, FormulaText] = field(default_factory=dict)
    state_lines: Mapping[str, FormulaText] = field(default_factory=dict)
    derivative_at_Z: str = ""
    includes: tuple[str, ...] = ()
    last_mistakes: tuple[Edit, ...] = ()
    formulas: tuple[Callable[..., Any], ...] = ()
    forwards: tuple[Callable[..., Any], ...] = ()
    derivatives: tuple[Callable[..., Any], ...] = ()
    backwards: tuple[Callable[..., Any], ...] = ()
    next_states: tuple[Callable[..., Any], ...] = ()
    less_accurate: LayerKind | None = None
    bound: Callable[[Any, Any], Any] | None = None
    overflows: tuple[OverflowingFormula, ...] = ()
    fitted: Mapping[str, Edit] = field(default_factory=dict)
    drawn: Callable[[Any, Any], tuple[Any, Any]] | None = None
    evaluating: LayerKind | None = None
    graph: Callable[[], Graph] | None = None
    alone: tuple[Layer, tuple[int, ...]] | None = None
    of_features: Callable[[np.random.Generator, int], Layer] | None = None
    grown: Grown | None = None
    redrawn: Callable[[np.random.Generator, Any, tuple[int, ...]], Layer] | None = None
    for_layer: Callable[[Any], LayerKind] | None = None

    def lines_and_formulas(self, training: bool) -> LayerKind:
        """Return what has the lines and formulas of a pass in training, or in evaluation."""
        return self if training or self.evaluating is None else self.evaluating

    @property
    def lines_of_results(self) -> tuple[FormulaText | None, ...]:
        """The line of each result; None where there is none."""
        return (self.line, *self.further_results)

    @property
    def every_formula(self) -> LayerKind:
        """The kind whose formulas are the accurate ones, and after them the less accurate."""
        more = self.less_accurate
        if more is None:
            return self
        return replace(self, **{n: (*getattr(self, n), *getattr(more, n)) for n in FORMULAS})

    @property
    def has_derivative(self) -> bool:
        """Whether its gradient has a derivative: not that of the identity."""
        return self.derivative_line is not None and self.derivative_line.right != "dA"


def with_constants(
    formulas: tuple[Callable[..., Any], ...], layer: Any
) -> Iterator[Callable[..., Any]]:
    """Yield each formula, to which the layer's constants are given that it has names for."""
    constants = constants_of(layer)
    for formula in formulas:
        code = getattr(formula, "__code__", None)
        names = code.co_varnames[: code.co_argcount] if code else ()
        known = {name: constants[name] for name in names if name in constants}
        yield partial(formula, **known) if known else formula


def constants_of(layer: Any) -> dict[str, Any]:
    """Return the layer's fields by name, such as {"slope": 0.01}."""
    return {f.name: getattr(layer, f.name) for f in fields(layer)} if is_dataclass(layer) else {}
