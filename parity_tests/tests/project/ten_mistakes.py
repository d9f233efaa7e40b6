"""The findings of ten mistakes as a learner reads them, for the README of `diagnosis`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from parity_tests import check
from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.request import Request
from parity_tests.checking.findings import Finding
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.cases import (
    COST,
    DB,
    TAKES_PARAMETERS,
    TANH,
    WRONG,
    Case,
    week_3,
    week_4,
)
from parity_tests.tests.support.hand_written.loss_and_gradients import LossAndGradients
from ref_numpy import NetworkSpec

BY_DOT = "-(np.dot(Y, np.log(AL).T) + np.dot(1 - Y, np.log(1 - AL).T)) / m"
ASSERTED = f"cost = {BY_DOT}\n    assert(cost.shape == ())\n    return cost"
SPEC = NetworkSpec.dense([5, 4, 3, 1], "relu", "sigmoid")


def of_program(case: Case) -> Finding:
    """Return the first finding on a program of the course's functions."""
    with TemporaryDirectory() as folder:
        path = str(case.written_to(Path(folder)))
        request = Request(path, network=case.networks[-1], hidden=case.hidden, examples=11)
        return examine(request).findings[0]


def of_gradients(program: LossAndGradients) -> Finding:
    """Return the first finding on a program that returns J and the gradients of its parameters."""
    return check(program, SPEC, *random_problem(SPEC, 11, 3), calls=1).findings[0]


MISTAKES: dict[str, Callable[[], Finding]] = {
    "the caches are read in reverse order": lambda: of_program(
        week_4(("caches[l]", "caches[L - 1 - l]"))
    ),
    "dA of the last layer goes into the hidden layers": lambda: of_program(
        WRONG["the last layer's gradient in hidden sigmoid"]
    ),
    "dA is stored by one numbering and read by another": lambda: of_program(
        WRONG["two numberings of dA mixed"]
    ),
    "Adam with two mistakes": lambda: of_program(WRONG["Adam with two mistakes"]),
    "an elementwise product in the forward pass": lambda: of_program(
        week_4(("np.dot(W, A) + b", "W * A + b"))
    ),
    "the sum over the examples is missing in db": lambda: of_program(week_4((DB, "db = dZ / m"))),
    "np.squeeze is missing, and an assertion fails": lambda: of_program(
        week_4((f"return {COST}", ASSERTED))
    ),
    "tanh is written by exponentials": lambda: of_program(
        week_3(TAKES_PARAMETERS, (TANH, "(np.exp(Z1) - np.exp(-Z1)) / np.exp(Z1) + np.exp(-Z1)"))
    ),
    "δ is passed back without the derivative; gradients alone": lambda: of_gradients(
        LossAndGradients(dZ=lambda t, l, m: t[f"dA{l}"])
    ),
    "a sum instead of a mean; gradients alone": lambda: of_gradients(
        LossAndGradients(first=lambda t, L, m: m * (t[f"A{L}"] - t["Y"]))
    ),
}


def ten_mistakes() -> str:
    """Return each mistake with its first finding."""
    every = (f"# {name}\n{found()}\n" for name, found in MISTAKES.items())
    return "\n".join(every)
