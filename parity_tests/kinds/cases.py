"""The cases that the suite runs over, by name: networks, and changes of their data."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.known_kinds import built_in_layer, built_in_layers, built_in_losses
from parity_tests.kinds.loss_kind import LossKind
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, NetworkSpec, forward

HIDDEN = tuple(kind for kind, of in built_in_layers().items() if of.samples)
COMBINED = tuple(kind for kind in HIDDEN if built_in_layer(kind).combined)


def outputs_of(loss: str, of: LossKind) -> Iterator[tuple[str, str, int]]:
    """Yield (output activation, loss, n_y)."""
    yield from ((output, loss, n_y) for output, n_y in of.outputs)
    if of.ends_with_any:
        yield from ((g, loss, 2) for g in COMBINED)


OUTPUTS = tuple(x for loss, of in built_in_losses().items() for x in outputs_of(loss, of))

CLASSES = ("softmax", "cross_entropy", 3)

# Units of the hidden layers: pairwise distinct, so that a transposition cannot go unseen.
DEPTHS = {
    "logistic": (),
    "shallow": (7,),
    "deep": (7, 6, 8, 9, 4, 10),
    "wide": (257, 130),
    "narrow": (1, 4, 1),
}

N_X, M = 5, 11

Problem = tuple[dict[str, Array], Array, Array]  # params, X, Y


def network_cases(lambd: float = 0.0) -> dict[str, NetworkSpec]:
    """Return {"tanh-5.7.2-sigmoid-binary_cross_entropy": spec, …} of activations, outputs, depths.

    A kind that is not combined with everything stands before softmax at each depth, and as an
    output behind itself.
    """
    cases: dict[str, NetworkSpec] = {}
    for hidden, units, (output, loss, n_y) in combinations():
        dims = (N_X, *units, n_y)
        name = f"{hidden}-{'.'.join(map(str, dims))}-{output}-{loss}"
        of = built_in_losses()[loss].sample or loss
        cases[name] = NetworkSpec.dense(dims, hidden if units else (), output, of, lambd)
    return cases


def combinations() -> Iterator[tuple[str, tuple[int, ...], tuple[str, str, int]]]:
    """Yield (hidden activation, or "none"; units; output) of each network of the table."""
    for output in OUTPUTS:
        for units in DEPTHS.values():
            yield from ((g, units, output) for g in (COMBINED if units else ("none",)))
    for g in HIDDEN:
        if g not in COMBINED:
            yield from ((g, units, CLASSES) for units in DEPTHS.values() if units)
            yield g, DEPTHS["shallow"], (g, "squared_error", 2)


@dataclass(frozen=True)
class Case:
    """A network, and its parameters, inputs and labels at a precision."""

    spec: NetworkSpec
    m: int = M
    change: Callable[[NetworkSpec, Problem, Precision], Problem] | None = None

    def problem(self, p: Precision) -> Problem:
        """Return (params, X, Y) at a precision."""
        problem = random_problem(self.spec, self.m)
        return self.change(self.spec, problem, p) if self.change else problem


def scaled(power: float) -> Callable[[NetworkSpec, Problem, Precision], Problem]:
    """Return the change: inputs and biases times that power of the largest number."""

    def change(spec: NetworkSpec, problem: Problem, p: Precision) -> Problem:
        params, X, Y = problem
        factor = 2.0 ** round(power * math.log2(p.largest))
        biases = {n: a if n in spec.weights else factor * a for n, a in params.items()}
        return biases, factor * X, Y

    return change


def denormal(spec: NetworkSpec, problem: Problem, p: Precision) -> Problem:
    """Make inputs and biases smaller than the smallest normal number."""
    params, X, Y = problem
    factor = float(np.finfo(p.dtype).tiny) / 4
    return {n: a if n in spec.weights else factor * a for n, a in params.items()}, factor * X, Y


def saturated(spec: NetworkSpec, problem: Problem, p: Precision) -> Problem:
    """Make max |Z[l]| = 1000 in every layer, unless its square would overflow."""
    params, X, Y = problem
    squared = spec.loss_reads == spec.output
    largest = min(1000, math.sqrt(p.largest) / 8) if squared else 1000
    for step in spec.steps:
        if step.parameters:
            activations, _ = forward(spec, params, X)
            factor = largest / np.abs(activations[step.output]).max()
            params = params | {n: factor * params[n] for n in step.parameters.values()}
    return params, X, Y


def kink(spec: NetworkSpec, problem: Problem, p: Precision) -> Problem:
    """Make Z[l] = 0 exactly: the first units have no weights, and the first example is 0."""
    params, X, Y = problem
    params = {n: np.where(np.arange(len(a))[:, None] > 0, a, 0) for n, a in params.items()}
    params |= {n: 0 * a for n, a in params.items() if n not in spec.weights}
    return params, np.where(np.arange(X.shape[1]) > 0, X, 0), Y


def one_class(spec: NetworkSpec, problem: Problem, p: Precision) -> Problem:
    """Give every example the same label."""
    params, X, Y = problem
    return params, X, np.repeat(Y[:, :1], Y.shape[1], axis=1)


CHANGES: dict[str, Callable[[NetworkSpec, Problem, Precision], Problem]] = {
    "one_class": one_class,
    "saturated": saturated,
    "kink": kink,
    "tiny": scaled(-0.25),
    "huge": scaled(0.25),
    "denormal": denormal,
}


def cases() -> dict[str, Case]:
    """Return {"tanh-5.7.2-sigmoid-binary_cross_entropy-m11": …, "…-m1": …, "…-kink": …}.

    Every network with an ordinary batch; every shallow one also with L2 regularisation, with one
    example, and with each of the changes.
    """
    table: dict[str, Case] = {}
    regularised = network_cases(lambd=0.7)
    for name, spec in network_cases().items():
        table[f"{name}-m{M}"] = Case(spec)
        if len(spec.weights) == 2:
            table[f"{name}-l2"] = Case(regularised[name])
            table[f"{name}-m1"] = Case(spec, m=1)
            for change, function in CHANGES.items():
                table[f"{name}-{change}"] = Case(spec, change=function)
    return table
