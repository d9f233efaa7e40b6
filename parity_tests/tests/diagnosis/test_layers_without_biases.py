"""Networks without biases: dW alone shows a mistake in dZ, and the mistake is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from parity_tests import check
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.hand_written.loss_and_gradients import LossAndGradients
from parity_tests.tests.support.named_causes import codes
from ref_numpy import NetworkSpec
from ref_numpy.layers.dense import Dense

WITH = NetworkSpec.dense([6, 5, 4, 2], "relu", "sigmoid")
NO_BIASES = NetworkSpec.chain(
    [replace(x, bias=False) if isinstance(x, Dense) else x for x in WITH.layers], WITH.loss
)


def without_biases(program: LossAndGradients) -> Callable[..., Any]:
    """The program without b and db."""
    program = replace(program, Z=lambda t, l, m: t[f"W{l}"] @ t[f"A{l - 1}"])
    return lambda *problem: {n: x for n, x in program(*problem).items() if n[:2] != "db"}


WITHOUT_BIASES: dict[str, tuple[LossAndGradients, str, str]] = {
    "the mask of dA in the first layer": (
        LossAndGradients(
            dZ=lambda t, l, m: t[f"dA{l}"] * ((t[f"Z{l}"] if l > 1 else t["dA1"]) > 0)
        ),
        "dZ.mask-of-dA",
        "dW1",
    ),
    "no mask": (
        LossAndGradients(dZ=lambda t, l, m: t[f"dA{l}"]), "dZ.missing-derivative", "dW2",
    ),
    "1/m is missing in one dW": (
        LossAndGradients(
            dW=lambda t, l, m: t[f"dZ{l}"] @ t[f"A{l - 1}"].T / (m if l > 1 else 1)
        ),
        "dW.missing-1/m",
        "dW1",
    ),
    "1/m is missing": (
        LossAndGradients(dW=lambda t, l, m: t[f"dZ{l}"] @ t[f"A{l - 1}"].T),
        "dW.missing-1/m",
        "dW3",
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", WITHOUT_BIASES)
def test_a_mistake_in_a_layer_without_biases_is_named(name: str) -> None:
    """Its dZ is seen in dW alone."""
    program, code, first = WITHOUT_BIASES[name]
    found = check(
        without_biases(program), NO_BIASES, *random_problem(NO_BIASES, 11, 3), calls=1
    ).findings
    assert [(f.tensor, codes(f)) for f in found] == [(first, [code])], [str(f) for f in found]
