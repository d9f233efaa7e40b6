"""Which conventions fit the numbers of a program: those of whose results most are in bounds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import ref_numpy
from parity_tests.adapters.interfaces.conventions import Conventions, Problem
from parity_tests.adapters.interfaces.gradient_places import RETURNED_UPDATED, UPDATED
from parity_tests.adapters.interfaces.scales import NEGATIVE, in_scale, scales
from parity_tests.checking.check_trace import check_layers
from parity_tests.diagnosis.explained_check import check_trace
from parity_tests.error_model.precisions import Precision
from ref_numpy import Array, NetworkSpec


@dataclass(frozen=True)
class Fit:
    """How well conventions fit the results of one run.

    Attributes:
        conventions: of the program.
        agree: the tensors that are within their bounds.
        given: all tensors of the program.
        apart: the relative distance of the output, J and the gradients, which orders conventions.
        others: other conventions in which all results are right, in words.
        held: the tensors that the program only has in variables.
    """

    conventions: Conventions
    agree: frozenset[str]
    given: frozenset[str]
    apart: float
    others: tuple[str, ...] = ()
    held: frozenset[str] = frozenset()

    @property
    def forward_agrees(self) -> bool:
        """Whether the output is within its bound; without one J; without both, every gradient."""
        for name in (self.conventions.output, "J"):
            if name in self.given:
                return name in self.agree
        return self.given <= self.agree

    @property
    def all_forward_agree(self) -> bool:
        """Whether every forward result is in bounds, those that the program keeps included."""
        return self.forward_agrees and all(n[0] == "d" for n in self.given - self.agree)

    @property
    def all_agree(self) -> bool:
        """Whether every gradient is there, and all is in bounds: no other reading fits better."""
        every = {f"d{name}" for name in self.conventions.spec.parameter_shapes}
        return every <= self.given <= self.agree

    @property
    def contradicts_its_cost(self) -> bool:
        """Whether J is right in one scale, and the gradients are taken in another: a mistake."""
        return "J" in self.agree and self.conventions.gradients != self.conventions.cost

    @property
    def is_mean(self) -> bool:
        """Whether the gradients are of a mean over the examples."""
        return "sum" not in self.conventions.gradients

    @property
    def counts(self) -> bool:
        """Whether J, or a gradient of weights, shows that the program divides by m."""
        c = self.conventions
        of_J = "J" in self.agree and c.cost is not None and "sum" not in c.cost
        return of_J or (self.is_mean and any(n.startswith("dW") for n in self.agree))

    @property
    def n_forward(self) -> int:
        """How many of the output and J are results of the program, and agree."""
        return len({self.conventions.output, "J"} & self.agree - self.held)

    @property
    def worth(self) -> tuple[int, int, float]:
        """What orders fits: the forward results that agree, then the gradients."""
        c = self.conventions
        forward = len({c.output, "J"} & self.agree)
        return forward, len(self.agree), -self.apart


# Conventions, and how far the forward results and the gradients are.
Near = tuple[Conventions, float, float]


def fits(
    specs: Iterable[NetworkSpec], result: Mapping[str, Any], problem: Problem, p: Precision,
    stated: Mapping[str, str],
) -> list[Fit]:  # fmt: skip
    """Return the conventions that fit the results of one run best, the best first.

    Args:
        specs: the networks that the program may be of.
        result: the program's "tensors", which are the output, J and gradients, those that it
            "held" in variables, and the activations' names among its "words".
        problem: params, X, Y.
        p: its arithmetic.
        stated: scales that the user stated: "cost" and "gradients".
    """
    tensors, held = result["tensors"], result["held"]
    # An update that ascends is a mistake; gradients that are returned may be added afterwards.
    descends = result["facts"]["gradients"] in (UPDATED, RETURNED_UPDATED)
    near = sorted(
        (each for spec in specs for each in nearest(spec, tensors, problem, stated, descends)),
        key=lambda near: near[1:],
    )  # fmt: skip
    every = [fitted(c, apart, tensors, problem, p) for c, *apart in near[:CLOSEST]]
    # A script's J may be printed alone, and its rate make up for another scale of all gradients.
    is_whole = bool(result["facts"]["loop"])
    every = [
        fit for fit in every
        if "gradients" in stated or not fit.contradicts_its_cost or (is_whole and fit.all_agree)
    ]  # fmt: skip
    if not any(fit.forward_agrees for fit in every):
        every = from_own_inputs(near, tensors, held, problem, p, stated, result["words"])
    every = [replace(fit, conventions=with_scale_of_held(fit.conventions, held, problem))
             for fit in every]  # fmt: skip
    every = sorted(every, key=lambda fit: fit.worth, reverse=True)
    return [replace(fit, others=others_than(fit, every)) for fit in every[:1]]


def others_than(fit: Fit, every: Sequence[Fit]) -> tuple[str, ...]:
    """Return the other conventions in which all results are right."""
    right = [other for other in every if other.given <= other.agree]
    words = [(other.conventions.spec.summary, other.conventions.gradients) for other in right]
    own = fit.conventions.spec.summary, fit.conventions.gradients
    different = [pair for pair in dict.fromkeys(words) if pair != own]
    return tuple(f"{summary}, gradients of a {scale}" for summary, scale in different)


CLOSEST = 6  # conventions that are compared with bounds


def from_own_inputs(
    near: Sequence[Near], tensors: Mapping[str, Any], held: Mapping[str, Any], problem: Problem,
    p: Precision, stated: Mapping[str, str], words: Collection[str],
) -> list[Fit]:  # fmt: skip
    """Return the fits of a program whose forward pass is wrong.

    Each step of the right network that follows from the program's own tensors before it agrees;
    then the scale is that in which most gradients agree.
    """
    forward = {n: x for n, x in tensors.items() if n[0] != "d"}
    own = {n: x for n, x in held.items() if n[0] != "d"}
    named = [each for each in near if is_named(each[0].spec, words)]
    if not named and "softmax" in words:  # whose hidden activation has no name
        named = [each for each in near if activations(each[0].spec)[-1] == "softmax"]
    named = named or near
    firsts = {(c.spec, c.output): (c, *apart) for c, *apart in reversed(named)}.values()
    closest = sorted(firsts, key=lambda near: near[1:])[:CLOSEST]
    every = [
        fitted(c, apart, forward, problem, p, own, may_differ=(c, *apart) in closest)
        for c, *apart in firsts
    ]
    c = max(every, key=lambda fit: fit.worth).conventions
    known = scales(c.spec.loss.kind, len(problem[2]))
    if (
        "J" in tensors and "cost" not in stated
    ):  # the program's output may be far from the right one
        costs = [fitted(replace(c, cost=s), (k,), forward, problem, p, own)
                 for k, s in enumerate(known)]  # fmt: skip
        c = max(costs, key=lambda fit: fit.worth).conventions
    known = [stated["gradients"]] if "gradients" in stated else known
    options = [replace(c, gradients=scale) for scale in known]
    options = [with_scale_of_held(c, held, problem) for c in options]
    each = [
        fitted(c, (k, 0.0), tensors, problem, p, c.held(held, problem[1].shape[1]))
        for k, c in enumerate(options)
    ]
    return sorted(each, key=lambda fit: fit.worth, reverse=True)[:1]


def is_named(spec: NetworkSpec, words: Collection[str]) -> bool:
    """Return whether a program that uses these words may be of a network, by its activations."""
    *hidden, output = activations(spec)
    return {*words} >= {*hidden} and ("softmax" in words) == (output == "softmax")


def activations(spec: NetworkSpec) -> list[str]:
    """Return the kinds of a network's activations."""
    return [step.layer.kind for step in spec.steps if step.output[0] == "A"]


def nearest(
    spec: NetworkSpec, tensors: Mapping[str, Any], problem: Problem, stated: Mapping[str, str],
    descends: bool,
) -> Iterator[Near]:  # fmt: skip
    """Yield the scales of this network that are closest to the results, and how far these are.

    That is how far the forward results are, and the gradients in their best scale.
    """
    params, X, Y = problem
    with np.errstate(all="ignore"):
        right = ref_numpy.run(spec, params, X, Y)
    m, n_y = X.shape[1], len(Y)
    known = scales(spec.loss.kind, n_y)
    cost, of_cost = None, 0.0
    if "J" in tensors:
        options = [stated["cost"]] if "cost" in stated else known
        each = {s: distance(in_scale(tensors["J"], s, m, n_y), right["J"]) for s in options}
        cost = min(each, key=lambda s: each[s])
        of_cost = each[cost]
    own = {n: x for n, x in tensors.items() if n[0] == "d"}
    of_gradients = stated.get("gradients", stated.get("cost"))
    options = [of_gradients] if of_gradients else [*known, *NEGATIVE]
    apart = {
        s: sorted(distance(in_scale(x, s, m, n_y), right[n]) for n, x in own.items())
        for s in options
    }  # the right scale is that in which most gradients are right, and some one is
    best = min(options, key=lambda s: (-n_near(apart[s]), apart[s][0], apart[s][len(own) // 2]))
    off_of_gradients = apart[best][len(own) // 2]
    best = best.removeprefix("negative ") if descends else best
    chosen = [best] if cost is None or "gradients" in stated else dict.fromkeys([cost, best])
    for gradients in chosen:
        names = (spec.output, spec.steps[-1].input) if "output" in tensors else (spec.output,)
        for name in names:
            off = distance(tensors["output"], right[name]) if "output" in tensors else 0.0
            yield (
                Conventions(spec, cost, gradients, name),
                of_cost + off,
                off_of_gradients,
            )


def with_scale_of_held(
    conventions: Conventions, held: Mapping[str, Any], problem: Problem
) -> Conventions:
    """Return the conventions with the scale of dZ and dA, told by the closest of them."""
    own = [n for n in conventions.spec.gradients if n in held]
    if not own:
        return conventions
    with np.errstate(all="ignore"):
        right = ref_numpy.run(conventions.spec, *problem)
    factor = abs(conventions.factor_of_held(problem[1].shape[1]))
    pairs = [(np.abs(held[n]), np.abs(right[n])) for n in own]
    of_J, of_examples = (min(distance(x * k, y) for x, y in pairs) for k in (factor, 1))
    return replace(conventions, of_J=of_J < of_examples)


def n_near(distances: Sequence[float]) -> int:
    """Return how many distances vanish beside 1 in float16: no two scales are as near."""
    return int(np.sum(np.float16(1 + np.asarray(distances)) == 1))


def distance(x: Any, right: Array) -> float:
    """Return max |x − right| ÷ max |right|, at most 2; 2 for another shape or no number."""
    x = np.asarray(x)
    if x.shape != np.shape(right) or x.dtype.kind not in "fiu":
        return 2.0
    with np.errstate(all="ignore"):
        apart = float(np.max(np.abs(x - right)) / np.max(np.abs(right)))
    return min(apart, 2.0) if apart == apart else 2.0


def fitted(
    conventions: Conventions, apart: Sequence[float], tensors: Mapping[str, Any],
    problem: Problem, p: Precision, held: Mapping[str, Any] | None = None,
    may_differ: bool = True,
) -> Fit:  # fmt: skip
    """Return which tensors are within their bounds; with J, if it may differ by a choice."""
    trace = {**(held or {}), **conventions.trace(tensors, problem[1].shape[1])}
    report = check_layers(conventions.spec, *problem, trace, p, "") if trace else None
    agree = report.names_within_bounds if report else frozenset[str]()
    is_J = may_differ and frozenset(trace) - agree == {"J"}
    if is_J and differs_by_a_choice(conventions.spec, problem, trace, p):
        agree |= {"J"}
    only_held = frozenset(trace) - frozenset(conventions.trace(tensors, problem[1].shape[1]))
    return Fit(conventions, agree, frozenset(trace), sum(apart), held=only_held)


def differs_by_a_choice(
    spec: NetworkSpec, problem: Problem, trace: Mapping[str, Any], p: Precision
) -> bool:
    """Return whether J, which alone is outside of its bound, has an ε of the program's own."""
    report = check_trace(spec, *problem, trace, p, "")
    return {(f.tensor, f.kind) for f in report.findings} == {("J", "difference")}
