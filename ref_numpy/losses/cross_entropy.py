"""The loss of one class of several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array, Layer
from ref_numpy.layers.softmax import Softmax
from ref_numpy.loss import Loss


@dataclass(frozen=True)
class CrossEntropy(Loss, kind="cross_entropy"):
    """L = −Σ_k y_k log a_k,  a = softmax(z),  y one-hot.

    From the logits: L = log Σ_k e^{z_k} − Σ_k y_k z_k,  max z subtracted first;   dz = a − y.
    """

    reads: ClassVar[str] = "Z"
    output: ClassVar[type[Layer]] = Softmax
    one_class: ClassVar[bool] = True

    def forward(self, Z: Array, Y: Array) -> Array:
        """L = log Σ_k e^{z_k} − Σ_k y_k z_k."""
        Z = Z - Z.max(axis=0, keepdims=True)
        return np.log(np.exp(Z).sum(axis=0, keepdims=True)) - (Y * Z).sum(axis=0, keepdims=True)

    def backward(self, A: Array, Y: Array) -> Array:
        """Return dZ = A − Y."""
        return A - Y

    def check_labels(self, Y: Array) -> None:
        """Check that every column has one 1 and zeros.

        Raises:
            InputError: one has not.
        """
        check_one_hot(Y)

    def decode(self, A: Array) -> Array:
        """Return the most probable class: (1, m)."""
        return A.argmax(axis=0, keepdims=True)


def check_one_hot(Y: Array) -> None:
    """Check that every column has one 1 and zeros.

    Args:
        Y: (n_y, m).

    Raises:
        InputError: one has not.
    """
    bad = ((Y != 0) & (Y != 1)).any(axis=0) | (Y.sum(axis=0) != 1)
    if bad.any():
        raise input_error("labels.not-one-hot", column=int(np.argmax(bad)))
