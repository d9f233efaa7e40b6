"""The rules of optimisers, and each rule with one line edited, as a mistake is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from parity_tests.kinds.line import Line, edited
from parity_tests.kinds.named_constants import FITTED
from parity_tests.kinds.update_lines import (
    ADAM,
    COUPLED,
    DECOUPLED,
    GRADIENT_DESCENT,
    MOMENTUM,
    PLAIN,
    RMSPROP,
    TORCH_MOMENTUM,
    average,
)
from ref_numpy.optimisers import Adam, GradientDescent, Momentum, Optimiser, RMSProp

# The lines of each rule, in the order in which they are computed.
LINES: dict[type[Optimiser], tuple[Line, ...]] = {
    GradientDescent: (GRADIENT_DESCENT,),
    Momentum: (TORCH_MOMENTUM, MOMENTUM),
    RMSProp: (average("s", "beta"), RMSPROP),
    Adam: (average("v", "beta1"), average("s", "beta2"), ADAM),
}


@dataclass(frozen=True)
class Rule:
    """said: of it.   lines: by what they compute.   wrong, right: the line that is edited."""

    said: str
    lines: Mapping[str, str]
    wrong: str = ""
    right: str | None = None


def rules(o: Optimiser) -> Iterator[Rule]:
    """The rule with each line edited in each way."""
    gradient = COUPLED if o.weight_decay else PLAIN
    every = (gradient, *LINES[type(o)])
    right = {line.left: line.right for line in every}
    for line in every:
        for edit in line.edits:
            text = edited(line, edit)
            if text is not None:
                lines = right | {line.left: text}
                yield Rule(edit[0], lines, f"{line.left} = {text}", line.shown)
    if o.weight_decay:
        yield decoupled(right, DECOUPLED, "lambd")


def decoupled(right: Mapping[str, str], said: str, lambd: str) -> Rule:
    theta = right["theta"].replace("theta - ", f"theta - alpha * {lambd} * theta - ", 1)
    lines = {**right, "dtheta": "gradient", "theta": theta}
    return Rule(said, lines, f"theta = {theta}", f"theta = {right['theta']}")


def with_a_constant(o: Optimiser) -> Iterator[tuple[Rule, float]]:
    """The rule with c for a number that it has, or a weight decay that it has not; and a number
    that may be near c."""
    gradient = COUPLED if o.weight_decay else PLAIN
    every = (gradient, *LINES[type(o)])
    right = {line.left: line.right for line in every}
    for beta, shown in (("beta", "β"), ("beta1", "β₁"), ("beta2", "β₂")):
        # In an average, and in its correction.
        lines = {left: re.sub(rf"\b{beta}\b", "c", text) for left, text in right.items()}
        if lines != right:
            yield Rule(f"{shown} is {{c}}", lines, f"{beta} = c"), getattr(o, beta)
    for line in every:
        for said, *texts in FITTED["theta"]:
            text = edited(line, (said, *texts))
            if text is not None and "β" not in said:
                lines = right | {line.left: text}
                yield Rule(said, lines, f"{line.left} = {text}", line.shown), 0.0
    text = "gradient + c * theta"
    lines = {**right, "dtheta": text}
    yield Rule("the weight decay λ is {c}", lines, f"dtheta = {text}", gradient.shown), 0.0
    yield decoupled(right, "there is a weight decay λ = {c}, decoupled as AdamW's is", "c"), 0.0


STEP = "the step is {c} times as large"
