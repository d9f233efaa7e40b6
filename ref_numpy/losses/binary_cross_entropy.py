"""The loss of one question, or of several, with the answers 0 and 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array, Layer
from ref_numpy.layers.sigmoid import Sigmoid
from ref_numpy.loss import Loss


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss, kind="binary_cross_entropy"):
    """L = −(y log a + (1 − y) log(1 − a)),  a = σ(z);  several outputs: their sum.

    From the logits: L = max(z, 0) − z y + log(1 + e^−|z|),   dz = a − y.
    """

    reads: ClassVar[str] = "Z"
    output: ClassVar[type[Layer]] = Sigmoid

    def forward(self, Z: Array, Y: Array) -> Array:
        """L = Σ over the outputs of max(z, 0) − z y + log(1 + e^−|z|)."""
        L = np.maximum(Z, 0) - Z * Y + np.log1p(np.exp(-np.abs(Z)))  # (n_y, m)
        return L.sum(axis=0, keepdims=True)

    def backward(self, A: Array, Y: Array) -> Array:
        """Return dZ = A − Y."""
        return A - Y

    def check_labels(self, Y: Array) -> None:
        """Check that every label is 0 or 1.

        Raises:
            InputError: one is not.
        """
        check_binary(Y, "binary cross-entropy")

    def decode(self, A: Array) -> Array:
        """Return 1 where a > ½, else 0: (n_y, m)."""
        return (A > 0.5).astype(np.int64)


def check_binary(Y: Array, loss: str) -> None:
    """Check that every label is 0 or 1.

    Args:
        Y: (n_y, m).
        loss: which expects them, in words.

    Raises:
        InputError: one is not.
    """
    bad = (Y != 0) & (Y != 1)
    if bad.any():
        first = tuple(int(i) for i in np.argwhere(bad)[0])
        raise input_error("labels.not-binary", label=Y[first], index=list(first), loss=loss)
