"""What each step of a graph is for, in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from parity_tests.kinds.known_kinds import kind_of
from parity_tests.kinds.layer_kind import constants_of
from parity_tests.page.graph.gradient_shares import Share
from parity_tests.page.step_meanings import answer
from ref_numpy import NetworkSpec
from ref_numpy.graphs.step import Step


def meaning_of_result(spec: NetworkSpec, step: Step, name: str) -> str:
    """Say what a result is made of, and that the last is the answer."""
    inputs, layer = listed(step.inputs), step.layer
    meaning = kind_of(layer).meaning or f"what {layer.kind} makes of {{inputs}}"
    text = meaning.format(Z=step.input, inputs=inputs, **constants_of(layer))
    the_answer = f" = ŷ, {answer(spec)}" if name == spec.output else ""
    return f"{name}{the_answer}: {text}."


def meaning_of_gradient(spec: NetworkSpec, name: str, shares: Sequence[Share]) -> str:
    """Say what the gradient of a tensor is for, and of which shares it is the sum."""
    text = f"d{name}: how much J changes with each number of {name}{sum_in_words(name, shares)}"
    if name in spec.inputs:
        return f"{text}. Training does not use it, since the inputs do not change."
    return f"{text}."


def meaning_of_parameter(spec: NetworkSpec, name: str, shares: Sequence[Share]) -> str:
    """Say what the gradient of a parameter is for, and of which shares it is the sum."""
    text = f"d{name}: how much J changes with each number of {name}{sum_in_words(name, shares)}"
    penalised = spec.lambd and name in spec.weights
    return f"{text}{f'; (λ/m) {name} comes from the penalty' if penalised else ''}."


def sum_in_words(name: str, shares: Sequence[Share]) -> str:
    """Return ", the sum of the shares from a and b, which use h", where there are several."""
    if len(shares) < 2:
        return ""
    return (
        f", the sum of the shares from {listed([share.by for share in shares])}, which use {name}"
    )


def meaning_of_update(name: str, learning_rate: float) -> str:
    """Say what θ := θ − α dθ is for."""
    rate = f"α = {learning_rate:g}"
    return (
        f"{name} after the step: each number minus {rate} times its gradient; "
        "where α is small enough, J becomes smaller."
    )


def listed(names: Sequence[str]) -> str:
    """Return "a, b and c"."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
