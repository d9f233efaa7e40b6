"""The equal formulas of gradients: how many there are, and the tiny number in them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from parity_tests.tests.support.equal_formulas import DERIVATIVES, GRADIENTS, OUTPUT_GRADIENTS
from ref_numpy import (
    BinaryCrossEntropy,
    CrossEntropy,
    Elu,
    GeluTanh,
    Sigmoid,
    Silu,
    Softplus,
    Tanh,
)


def test_every_formula_is_in_its_list() -> None:
    """Each of which is needed (test_equivalent_formulas.py)."""
    tables = {"first gradient": GRADIENTS, "dA[L]": OUTPUT_GRADIENTS, "dZ": DERIVATIVES}
    counts = {name: {k.__name__: len(of) for k, of in t.items()} for name, t in tables.items()}
    assert counts == {
        "first gradient": {
            "BinaryCrossEntropy": 4,
            "CrossEntropy": 2,
            "SquaredError": 1,
            "AbsoluteError": 1,
            "Huber": 2,
            "Hinge": 1,
            "TokenCrossEntropy": 2,
            "MulticlassHinge": 1,
        },
        "dA[L]": {"BinaryCrossEntropy": 2, "CrossEntropy": 2, "TokenCrossEntropy": 1},
        "dZ": {"Sigmoid": 3, "Tanh": 3, "Silu": 2, "Softplus": 3, "Elu": 1, "GeluTanh": 1},
    }


def test_the_values_of_each_formula_of_a_derivative() -> None:
    """At z = 0, σ' = ¼, tanh' = 1, softplus' = σ = ½, SiLU' = ½, ELU' = α = 1 and GELU' = ½.

    Softplus is log 2 there, and 1 − 1/e^{log 2} = ½.
    """
    given = {
        Sigmoid: (0.0, 0.5, 8.0), Tanh: (0.0, 0.0, 3.0), Silu: (0.0, 0.0, 6.0),
        Softplus: (0.0, np.log(2), 6.0), Elu: (0.0, 0.0, 5.0), GeluTanh: (0.0, 0.0, 6.0),
    }  # z, a, da  # fmt: skip
    found = {
        kind: [formula(*map(np.float64, given[kind])) for formula in of]
        for kind, of in DERIVATIVES.items()
    }
    assert found == {
        Sigmoid: [8 / 4] * 3, Tanh: [3] * 3, Silu: [3] * 2, Softplus: [3] * 3, Elu: [5],
        GeluTanh: [3],
    }  # fmt: skip


@pytest.mark.parametrize("loss", [BinaryCrossEntropy, CrossEntropy])
def test_a_tiny_number_keeps_a_division_by_zero_finite(loss: Any) -> None:
    """1/(0 + 1e-15) at either end."""
    A, Y = np.array([[0.0, 1.0], [1.0, 0.0]]), np.eye(2)
    dA = OUTPUT_GRADIENTS[loss][-1](loss(), np.zeros((2, 2)), A, Y)
    assert (np.abs(dA * Y + 1e15 * Y) < 1e13).all()
    if loss is BinaryCrossEntropy:  # 1 − 1 + 1e-15 has few digits
        assert (np.abs(dA * (1 - Y) - 1e15 * (1 - Y)) < 1.2e14).all()
