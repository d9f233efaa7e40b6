"""The reference's gradients against central differences of its cost: the calculus itself."""

from __future__ import annotations

import numpy as np
import pytest

from parity_tests.kinds.cases import COMBINED, M, network_cases
from parity_tests.tests.support.central_differences import H, judged, smooth_problem

# Wide networks have the same formulas, and forty thousand parameters.
CASES = {n: spec for n, spec in network_cases(lambd=0.7).items() if ".257." not in n}


def is_slow(name: str) -> bool:
    """Seven layers have many parameters; one output and loss for some activations is quick."""
    quick = name.endswith("softmax-cross_entropy") and name.startswith(COMBINED)
    return ".8.9.4." in name and not quick


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow if is_slow(n) else ()) for n in CASES]
)
def test_gradients_equal_central_differences(name: str) -> None:
    for tensor, (g, D, allowed) in judged(CASES[name], smooth_problem(CASES[name])).items():
        assert np.all(np.abs(g - D) <= allowed), tensor
        # Even where seven layers of sigmoids leave next to nothing of J's slope.
        assert M * np.linalg.norm(allowed) <= np.linalg.norm(g), "the comparison says nothing"


FAULTS = {
    "without 1/m": lambda g: M * g,
    "sign": lambda g: -g,
    "one element": lambda g: g + np.where(np.arange(g.size).reshape(g.shape) == 1, H, 0),
    "in the last figures": lambda g: g * (1 + H),
    "units in another order": lambda g: g[::-1],
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize(
    "name",
    [
        "tanh-5.7.2-tanh-squared_error", "relu-5.7.3-softmax-cross_entropy",
        "tanh-5.7.2-identity-absolute_error", "relu-5.7.3-identity-huber",
        "tanh-5.7.2-identity-hinge",
    ],
)  # fmt: skip
def test_a_wrong_gradient_is_rejected(name: str, fault) -> None:
    for tensor, (g, D, allowed) in judged(CASES[name], smooth_problem(CASES[name])).items():
        assert np.any(np.abs(fault(g) - D) > allowed), tensor
