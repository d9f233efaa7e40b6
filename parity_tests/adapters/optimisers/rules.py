"""The rules of optimisers, and each rule with one line edited, as a mistake is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from parity_tests.kinds.formula_text import Edit, FormulaText, apply_edits
from parity_tests.kinds.named_constants import FITTED, HYPER_PARAMETERS, STEP_TIMES_C
from parity_tests.kinds.update_lines import (
    ADAM,
    COUPLED,
    DECAY_OF_C,
    DECOUPLED,
    DECOUPLED_OF_C,
    GRADIENT_DESCENT,
    MOMENTUM,
    PLAIN,
    RMSPROP,
    TORCH_MOMENTUM,
    moving_average,
)
from ref_numpy.optimisers import Adam, GradientDescent, Momentum, Optimiser, RMSProp

# The formulas of each rule, in the order in which they are computed.
FORMULAS: dict[type[Optimiser], tuple[FormulaText, ...]] = {
    GradientDescent: (GRADIENT_DESCENT,),
    Momentum: (TORCH_MOMENTUM, MOMENTUM),
    RMSProp: (moving_average("s", "beta"), RMSPROP),
    Adam: (moving_average("v", "beta1"), moving_average("s", "beta2"), ADAM),
}
STEP = f"theta.{STEP_TIMES_C}"  # the code of the mistake that the step is c times as large


@dataclass(frozen=True)
class Rule:
    """A rule with a mistake.

    Attributes:
        code: of the mistake.
        sentence: the mistake in words; it may name {c}.
        lines: every right-hand side, by the name of its result.
        wrong: the formula that is edited.
        right: the right one.
    """

    code: str
    sentence: str
    lines: Mapping[str, str]
    wrong: str = ""
    right: str | None = None


def formulas_of(o: Optimiser) -> tuple[FormulaText, ...]:
    """Return the formulas of an optimiser, that of its gradient first."""
    return (COUPLED if o.weight_decay else PLAIN, *FORMULAS[type(o)])


def rules(o: Optimiser) -> Iterator[Rule]:
    """Yield the rule with each formula edited in each way."""
    every = formulas_of(o)
    right = {formula.left: formula.right for formula in every}
    for formula in every:
        yield from edited_rules(formula, formula.edits, right)
    if o.weight_decay:
        yield decoupled(right, DECOUPLED, "lambd")


def edited_rules(
    formula: FormulaText, edits: tuple[Edit, ...], right: Mapping[str, str]
) -> Iterator[Rule]:
    """Yield the rule with one formula edited in each of these ways.

    Args:
        formula: the right one.
        edits: of it.
        right: every right-hand side, by the name of its result.
    """
    for edit in edits:
        text = apply_edits(formula, edit)
        if text is not None:
            lines, wrong = {**right, formula.left: text}, f"{formula.left} = {text}"
            code = f"{formula.left}.{edit.code}"
            yield Rule(code, edit.sentence, lines, wrong, formula.text)


def decoupled(right: Mapping[str, str], edit: Edit, lambd: str) -> Rule:
    """Return the rule with a weight decay that is decoupled from the gradient.

    Args:
        right: every right-hand side, by the name of its result.
        edit: the code and the sentence of the mistake.
        lambd: the name of λ.
    """
    theta = right["theta"].replace("theta - ", f"theta - alpha * {lambd} * theta - ", 1)
    lines = {**right, "dtheta": "gradient", "theta": theta}
    wrong, expected = f"theta = {theta}", f"theta = {right['theta']}"
    return Rule(f"theta.{edit.code}", edit.sentence, lines, wrong, expected)


def with_a_constant(o: Optimiser) -> Iterator[tuple[Rule, float]]:
    """Yield the rule with c for a number that it has, or for a weight decay that it has not.

    Each with a number that may be near c.
    """
    every = formulas_of(o)
    right = {formula.left: formula.right for formula in every}
    for beta, sentence in HYPER_PARAMETERS.items():
        # In an average, and in its correction.
        lines = {left: re.sub(rf"\b{beta}\b", "c", text) for left, text in right.items()}
        if lines != right:
            yield Rule(f"rule.{beta}", sentence, lines, f"{beta} = c"), getattr(o, beta)
    edits = tuple(edit for edit in FITTED["theta"] if edit.code not in HYPER_PARAMETERS)
    for formula in every:
        yield from ((rule, 0.0) for rule in edited_rules(formula, edits, right))
    text = "gradient + c * theta"
    code, lines = f"dtheta.{DECAY_OF_C.code}", {**right, "dtheta": text}
    yield Rule(code, DECAY_OF_C.sentence, lines, f"dtheta = {text}", every[0].text), 0.0
    yield decoupled(right, DECOUPLED_OF_C, "c"), 0.0
