"""The equal formulas of losses and activations: how many there are, and the tiny number in them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.kinds.equivalent_formulas import losses_of
from parity_tests.tests.support.equal_formulas import ACTIVATIONS, LOSSES
from ref_numpy import (
    BinaryCrossEntropy,
    CrossEntropy,
    Elu,
    GeluTanh,
    Sigmoid,
    Silu,
    Softmax,
    Softplus,
    Tanh,
)


def test_every_formula_is_in_its_list() -> None:
    """Each of which is needed (test_equivalent_formulas.py)."""
    counts = {kind.__name__: len(of) for kind, of in (LOSSES | ACTIVATIONS).items()}
    assert counts == {
        "BinaryCrossEntropy": 4, "CrossEntropy": 4, "SquaredError": 1,
        "AbsoluteError": 1, "Huber": 1, "Hinge": 1, "TokenCrossEntropy": 4,
        "MulticlassHinge": 1,
        "Sigmoid": 2, "Tanh": 2, "Softmax": 2, "Silu": 2, "Softplus": 2, "Elu": 1, "GeluTanh": 1,
    }  # fmt: skip


def test_the_values_of_each_formula() -> None:
    """σ(0) = ½, tanh 0 = 0, and a softmax in which e^−2000 is nothing beside 1.

    Softplus of 0 is log 2, and of 30 it is 30 with torch's threshold; the others are 0 at 0.
    """
    others = {kind: [[0.0]] for kind in (Tanh, Silu, Elu, GeluTanh)}
    Z = others | {Sigmoid: [[0.0]], Softmax: [[0.0], [-2000.0]], Softplus: [[0.0]]}
    A = others | {Sigmoid: [[0.5]], Softmax: [[1.0], [0.0]], Softplus: [[math.log(2)]]}
    found = {
        kind: [formula(np.array(Z[kind])).tolist() for formula in of]
        for kind, of in ACTIVATIONS.items()
    }
    assert found == {kind: [wanted] * len(ACTIVATIONS[kind]) for kind, wanted in A.items()}
    assert ACTIVATIONS[Softplus][1](np.array([30.0])).tolist() == [30]


@pytest.mark.parametrize(("loss", "i"), [(BinaryCrossEntropy, 2), (CrossEntropy, 3)])
def test_a_tiny_number_keeps_a_saturated_output_finite(loss: Any, i: int) -> None:
    """log(0 + 1e-15) at either end."""
    A, Y = np.array([[0.0, 1.0], [1.0, 0.0]]), np.eye(2)
    L = LOSSES[loss][i](loss(), np.zeros((2, 2)), ErrorArray(A), ErrorArray(Y)).value
    terms = 2 if loss is BinaryCrossEntropy else 1  # of a label
    wanted = terms * np.log(1e15)
    assert (np.abs(L - wanted) < 2**-7 * wanted).all()


def test_losses_of_classes_are_stored_before_they_are_added() -> None:
    Z, Y = ErrorArray(np.ones((3, 2))), ErrorArray(np.eye(3)[:, :2])
    A = ErrorArray(np.full((3, 2), 1 / 3))
    for loss, stored in ((CrossEntropy(), True), (BinaryCrossEntropy(), False)):
        every = [formula(loss, Z, A, Y).pending_sum is None for formula in losses_of(loss)]
        assert every == [stored] * 4
