"""The course's update functions as programs, any one of their lines wrong, for the campaign."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from parity_tests.adapters.course.functions import Course
from parity_tests.adapters.course.update_functions import UPDATES, Update, check_update, plain_site
from parity_tests.campaigns.plant_in_reference import Planted
from parity_tests.checking.report import Report
from parity_tests.diagnosis.hypotheses import factors
from parity_tests.error_model.precisions import precision_named
from parity_tests.kinds.line import edited
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
    return {x: line.right for x, line in update.lines.items()}


@np.errstate(all="ignore")
def report(name: str, update: Update, lines: dict[str, str], precision: str, seed: int) -> Report:
    namespace: dict[str, Any] = {"np": np}
    exec(program(name, update, lines), namespace)
    rng = np.random.default_rng(seed)
    return check_update(Course(namespace), name, update, SPEC, precision_named(precision), rng)


def planted(precision: str, seed: int = 0, step: int = 1) -> Iterator[Planted]:
    """Every mistake in every line of every function; or one of `step`."""
    every: list[tuple[str, Update, str, str, str]] = []
    for name, update in UPDATES.items():
        for letter, line in update.lines.items():
            texts = [(edit[0], edited(line, edit)) for edit in line.edits]
            texts += [(said, how.format(line.right)) for c, how, said in factors(plain_site({}))]
            every += [
                (name, update, letter, said, text)
                for said, text in texts
                if text is not None and ("**t" not in text or "t" in update.arguments)
            ]
    for name, update in UPDATES.items():
        report(name, update, right_lines(update), precision, seed).raise_findings()
    for name, update, letter, said, text in every[::step]:
        lines = right_lines(update)
        found = report(name, update, lines | {letter: text}, precision, seed)
        tensor = f"{name}.W1" if letter == "theta" else f"{name}.{letter}dW1"
        yield Planted.of(f"{letter} = {text}", tensor, said, found)
