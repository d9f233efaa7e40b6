"""Which functions a run of a program calls, by their names and their arguments."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from parity_tests.adapters.interfaces.argument_roles import parameters_of, role
from parity_tests.adapters.interfaces.parameter_holders import Holder

FORWARD = re.compile(r"_*(\w*forward\w*|fwd\w*|predict\w*|query|__call__|fprop|propagate|"
                     r"scores|output|inference|model|net\w*|f|activate|run|"
                     r"compute_output)", re.IGNORECASE)  # fmt: skip
COST = re.compile(r"_*(\w*(loss|cost|objective)\w*|mse|cross_?entropy|bce)", re.IGNORECASE)
BACKWARD = re.compile(r"_*(\w*back\w*|bwd\w*|\w*grad\w*|bprop|\w*deriv\w*)", re.IGNORECASE)
TRAIN = re.compile(r"_*(train\w*|fit\w*|step|update\w*|learn\w*|optimi[sz]e\w*|sgd\w*|\w+_step|"
                   r"one round)", re.IGNORECASE)  # fmt: skip
NUMERICAL = re.compile(
    r"\w*(numeric\w*|check|test|plot|prime|accuracy|callback|backup|feedback)\w*", re.IGNORECASE
)


@dataclass(frozen=True)
class Plan:
    """Which functions a run calls, by name; None for none.

    Attributes:
        gradient: computes gradients, or updates the parameters.
        forward: the forward pass before it.
        cost: computes J.
        output: another call of `gradient` without labels, which returns the output alone.
    """

    gradient: str
    forward: str | None = None
    cost: str | None = None
    output: bool = False


def plans(holder: Holder) -> Iterator[Plan]:
    """Yield which functions a run may call, the most likely first."""
    names = [n for n in holder.functions if not NUMERICAL.fullmatch(n)]
    roles = {n: roles_of(holder.functions[n]) for n in names}
    methods = [
        n for n in names if holder.is_made_up or not is_a_class(holder) or is_method(holder, n)
    ]
    forwards = [n for n in methods if FORWARD.fullmatch(n) and "Y" not in roles[n]]
    costs = [
        n for n in names if COST.fullmatch(n) and "Y" in roles[n] and not BACKWARD.fullmatch(n)
    ]
    whole = [n for n in methods if COST.fullmatch(n) and {"X", "Y"} <= roles[n]]
    backwards = [n for n in methods if BACKWARD.fullmatch(n) and n not in whole]
    trains = [n for n in methods if TRAIN.fullmatch(n) and {"X", "Y"} <= roles[n]]
    for n in whole:
        if has_default(holder.functions[n], "Y"):
            yield Plan(n, output=True)
        for f in forwards:
            yield Plan(n, f)
        yield Plan(n)
    for n in (*backwards, *trains):
        for f in (*forwards, None):
            for c in (*[c for c in costs if c != n], None):
                yield Plan(n, f, c)


def is_a_class(holder: Holder) -> bool:
    """Return whether the parameters are those of an object."""
    return not isinstance(holder.held, dict | list | tuple)


def is_method(holder: Holder, name: str) -> bool:
    """Return whether a function is a method of the object."""
    return hasattr(holder.held, name)


def roles_of(function: Any) -> set[str]:
    """Return the roles that the parameters of a function may have."""
    return {r for q in parameters_of(function) or () if (r := role(q.name))}


def has_default(function: Any, wanted: str) -> bool:
    """Return whether a parameter of this role may be left out."""
    every = parameters_of(function) or ()
    return any(q.default is not inspect.Parameter.empty for q in every if role(q.name) == wanted)
