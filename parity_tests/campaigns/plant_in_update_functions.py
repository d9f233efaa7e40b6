"""The course's update functions as programs, any one of their lines wrong, for the campaign."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from parity_tests.adapters.candidate_process.in_this_process import course_here
from parity_tests.adapters.course.update_functions import (
    UPDATES,
    Update,
    check_update,
    update_context,
)
from parity_tests.campaigns.plant_in_reference import Key, Planted, make_key
from parity_tests.checking.report import Report
from parity_tests.diagnosis.hypotheses import factors
from parity_tests.error_model.precisions import precision_named
from parity_tests.kinds.formula_text import apply_edits
from ref_numpy import NetworkSpec

SPEC = NetworkSpec.dense([5, 4, 3])

PROGRAM = """
def {name}(parameters, grads, {arguments}):
    alpha = learning_rate
    for k in parameters:
        theta, dtheta = parameters[k], grads["d" + k]
{before}
{lines}
        parameters[k] = theta
{after}
    return {result}
"""


def program(name: str, update: Update, lines: dict[str, str]) -> str:
    """Return the source of an update function with these lines."""
    arguments = [f"all_{x}" if x in update.averages else x for x in update.arguments]
    indent = " " * 8
    return PROGRAM.format(
        name=name,
        arguments=", ".join(arguments),
        before="\n".join(f'{indent}{x}_prev = all_{x}["d" + k]' for x in update.averages),
        lines="\n".join(f"{indent}{left} = {right}" for left, right in lines.items()),
        after="\n".join(f'{indent}all_{x}["d" + k] = {x}' for x in update.averages),
        result=", ".join(("parameters", *(f"all_{x}" for x in update.averages))),
    )


def right_lines(update: Update) -> dict[str, str]:
    """Return the right-hand side of each line, by its left-hand side."""
    return {x: formula.right for x, formula in update.formulas.items()}


@np.errstate(all="ignore")
def report(name: str, update: Update, lines: dict[str, str], precision: str, seed: int) -> Report:
    """Check an update function with these lines."""
    namespace: dict[str, Any] = {"np": np}
    exec(program(name, update, lines), namespace)
    rng = np.random.default_rng(seed)
    return check_update(course_here(namespace), name, update, SPEC, precision_named(precision), rng)


def planted(precision: str, seed: int = 0, step: int = 1) -> Iterator[Planted]:
    """Every mistake in every line of every function; or one of `step`."""
    every: list[tuple[str, Update, str, Key, str]] = []
    for name, update in UPDATES.items():
        for letter, formula in update.formulas.items():
            texts = [(edit.code, apply_edits(formula, edit)) for edit in formula.edits]
            texts += [(f.code, f.form.format(formula.right)) for f in factors(update_context({}))]
            every += [
                (name, update, letter, make_key(f"{letter}.{code}", {}), text)
                for code, text in texts
                if text is not None and ("**t" not in text or "t" in update.arguments)
            ]
    for name, update in UPDATES.items():
        report(name, update, right_lines(update), precision, seed).raise_findings()
    for name, update, letter, key, text in every[::step]:
        lines = right_lines(update)
        found = report(name, update, lines | {letter: text}, precision, seed)
        tensor = f"{name}.W1" if letter == "theta" else f"{name}.{letter}dW1"
        yield Planted.of(f"{letter} = {text}", tensor, key, found)
