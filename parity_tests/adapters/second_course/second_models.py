"""Course 2's `model`, of three layers: its editions of each assignment, step by step.

They begin at random parameters with an initialisation, regularise with λ, or update by one of three
optimisers. A first step with momentum is θ − α (1 − β) dθ, and β is ½ here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from parity_tests.adapters.course.descent_checks import ALPHA
from parity_tests.adapters.course.functions import SECOND_MODEL, Course, argument_names
from parity_tests.adapters.second_course.model_steps import (
    ITERATIONS,
    RATE,
    SEED,
    STEPS,
    M,
    check_steps,
    is_of_second_course,
    meaning_of,
    parameters_in,
)
from parity_tests.checking.report import Report
from parity_tests.checking.trace_structure import as_array
from parity_tests.error_model.precisions import Precision
from ref_numpy import NetworkSpec

N_X, HIDDEN = 5, (4, 3)


class Edition(NamedTuple):
    """Arguments of a call of `model`.

    Attributes:
        given: those that this edition of it has, besides X, Y, the rate and the iterations.
        lambd: λ.
        factor: the first step is this times α dθ.
        steps: how many are checked.
    """

    given: Mapping[str, Any]
    lambd: float = 0.0
    factor: float = 1.0
    steps: int = STEPS


# By the argument that tells them.
EDITIONS = {
    "initialization": (Edition({"initialization": "he"}), Edition({"initialization": "random"})),
    "lambd": (Edition({"lambd": 0}), Edition({"lambd": 0.75}, lambd=0.75)),
    "optimizer": (
        Edition({"optimizer": "gd"}), Edition({"optimizer": "momentum"}, factor=0.5, steps=1),
    ),
}  # fmt: skip
# What the other arguments are in each call: one batch of all examples, no dropout.
OTHERS = {
    "mini_batch_size": M, "beta": 0.5, "beta1": 0.9, "beta2": 0.999, "epsilon": 2.0**-27,
    "keep_prob": 1,
}  # fmt: skip


def check_second_models(course: Course, p: Precision, seed: int) -> Iterator[Report]:
    """Check the steps of course 2's `model`, if the candidate has it, in each edition."""
    name = SECOND_MODEL
    if name not in course.functions or not is_of_second_course(course, name):
        return
    taken = argument_names(course.description.functions[name])
    if not {RATE, ITERATIONS} <= {*map(meaning_of, taken)}:
        return
    rng = np.random.default_rng(seed)
    X = p.round(rng.standard_normal((N_X, M)))
    Y = p.round((rng.random((1, M)) < 1 / 2).astype(float))
    numbers: dict[str, Any] = {"X": X, "Y": Y, RATE: ALPHA, "layers_dims": [N_X, *HIDDEN, 1]}
    numbers |= OTHERS
    editions = [one for n, every in EDITIONS.items() if n in taken for one in every]
    for one in editions or [Edition({})]:
        given = numbers | dict(one.given)
        dims = dims_of(course, given)
        if dims is None:
            return
        spec = NetworkSpec.dense(dims, "relu", "sigmoid", lambd=one.lambd)
        words = "".join(f", {n} = {x}" for n, x in one.given.items())
        alpha = ALPHA * one.factor
        yield check_steps(course, name, given, spec, None, alpha, p, words, one.steps)
    left_out = [n for n, words in NOT_LOOKED_AT.items() if n in taken]
    if left_out:
        others = "; ".join(NOT_LOOKED_AT[n] for n in left_out)
        course.note("note.model-arguments", function=name, others=others)


NOT_LOOKED_AT = {
    "keep_prob": "keep_prob < 1", "optimizer": 'optimizer = "adam"',
    "mini_batch_size": "several batches", "decay": "decay",
}  # fmt: skip


def dims_of(course: Course, numbers: Mapping[str, Any]) -> list[int] | None:
    """Return the sizes of the network that `model` makes; None where a call shows none."""
    name = SECOND_MODEL
    given: dict[str, Any] = {}
    for n in argument_names(course.description.functions[name]):
        what = meaning_of(n)
        fixed = {"print_cost": False, ITERATIONS: 0}
        value = fixed.get(what, numbers.get(what or n))
        if value is None:
            break
        given[n] = value.copy() if isinstance(value, np.ndarray) else value
    result = course.attempt(name, given, parameters_in, [], name, seed=SEED)
    shapes = [as_array(x).shape for n, x in (result or {}).items() if str(n)[:1] == "W"]
    if not shapes or any(len(shape) != 2 for shape in shapes):
        return None
    dims = [shapes[0][1], *(shape[0] for shape in shapes)]
    return dims if dims[0] == N_X and dims[-1] == 1 else None
