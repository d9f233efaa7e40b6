"""Derivatives that are equal on paper and round differently, where libraries and courses differ.

A candidate may compute the gradient of a loss, and of an activation, by any of these; each is
executed on error arrays, so that each has a bound of its own (equivalent_formulas.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from parity_tests.kinds.equivalent_formulas import (
    EPSILON,
    Formula,
    softplus,
)
from parity_tests.kinds.own_kinds import on_errors, with_error
from parity_tests.kinds.softmax_bounds import log_softmax
from ref_numpy import BinaryCrossEntropy, CrossEntropy, Loss, Sigmoid, SquaredError, Tanh
from ref_numpy.layer import Layer
from ref_numpy.loss import loss_gradient

# Of the first gradient: dZ[L] where the loss is computed from Z[L], else dA[L].
GRADIENTS: dict[type[Loss], tuple[Formula, ...]] = {
    BinaryCrossEntropy: (
        lambda loss, Z, A, Y: loss.backward(A, Y),
        # torch.func.grad of (1 − y) z − log σ(z)
        lambda loss, Z, A, Y: (1 - Y) - Sigmoid().g(-Z),
        # JAX and autograd, of logaddexp(0, z) − y z; torch's σ(z) − y is as accurate or more
        lambda loss, Z, A, Y: np.exp(Z - softplus(Z)) - Y,
        # JAX and autograd, of y logaddexp(0, −z) + (1 − y) logaddexp(0, z)
        lambda loss, Z, A, Y: (1 - Y) * np.exp(Z - softplus(Z)) - Y * np.exp(-Z - softplus(-Z)),
    ),
    CrossEntropy: (
        lambda loss, Z, A, Y: loss.backward(A, Y),
        # torch: e^{log a} − y; JAX and autograd: e^{z − log Σ e^z} − y, the same sum in other order
        lambda loss, Z, A, Y: np.exp(log_softmax(Z)) - Y,
    ),
    SquaredError: (lambda loss, Z, A, Y: loss.backward(A, Y),),
}

# The same of examples with weights w, as functions of (loss, Z, A, Y, w), besides w times each:
# torch's cross-entropy multiplies e^{log a} before it subtracts.
WEIGHTED_GRADIENTS: dict[type[Loss], tuple[Callable[..., Any], ...]] = {
    CrossEntropy: (lambda loss, Z, A, Y, w: w * np.exp(log_softmax(Z)) - w * Y,),
}

# Of dA[L], where the loss is computed from Z[L] and a program goes through dA[L] all the same.
OUTPUT_GRADIENTS: dict[type[Loss], tuple[Formula, ...]] = {
    BinaryCrossEntropy: (
        # the course; torch's (a − y)/(a (1 − a)) is as accurate
        lambda loss, Z, A, Y: -(Y / A - (1 - Y) / (1 - A)),
        # against a division by zero
        lambda loss, Z, A, Y: -(Y / (A + EPSILON) - (1 - Y) / (1 - A + EPSILON)),
    ),
    CrossEntropy: (
        lambda loss, Z, A, Y: -Y / A,
        lambda loss, Z, A, Y: -Y / (A + EPSILON),
    ),
}

# Of dZ = dA ∗ g'(Z), as functions of (Z, A, dA), besides the layer's own.
DERIVATIVES: dict[type[Layer], tuple[Callable[[Any, Any, Any], Any], ...]] = {
    Sigmoid: (
        lambda Z, A, dA: dA * (A - A * A),
        # tinygrad, of 1/(1 + t), t = e^−z: a² underflows before a does
        lambda Z, A, dA: dA * A * A * np.exp(-Z),
        # autograd, of (tanh(z/2) + 1)/2: 1/(2 cosh(z/2))²
        lambda Z, A, dA: dA * (1 / (np.exp(Z / 2) + np.exp(-Z / 2))) ** 2,
    ),
    Tanh: (
        # JAX
        lambda Z, A, dA: (dA + dA * A) * (1 - A),
        lambda Z, A, dA: dA - dA * A * A,
        # autograd: 1/cosh² z
        lambda Z, A, dA: dA * (2 / (np.exp(Z) + np.exp(-Z))) ** 2,
    ),
}


def gradients_of(loss: Loss) -> tuple[Formula, ...]:
    """Return the formulas of the first gradient; of a user-defined loss, its own."""

    def own(loss: Loss, Z: Any, A: Any, Y: Any) -> Any:
        return with_error(on_errors(loss, "backward", loss_gradient, loss, A, Y), A.p)

    return GRADIENTS.get(type(loss), (own,))
