"""The loss of a support vector machine: of one question, or several, with the answers 0 and 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ref_numpy.layer import Array, Layer
from ref_numpy.layers.identity import Identity
from ref_numpy.loss import Loss
from ref_numpy.losses.binary_cross_entropy import check_binary


@dataclass(frozen=True)
class Hinge(Loss, kind="hinge"):
    """L = Σ_k max(0, 1 − s_k a_k)        da = −s where s a < 1, else 0.

    s = 2 y − 1: the labels 0 and 1 count as −1 and 1. At the kink, s a = 1, the gradient is 0, as
    that of max(0, z) in torch. Cortes and Vapnik, *Support-Vector Networks*, Mach. Learn. 20, 1995.
    """

    reads: ClassVar[str] = "A"
    output: ClassVar[type[Layer]] = Identity
    boundary: ClassVar[float] = 0.0
    of_scores: ClassVar[bool] = True

    @property
    def classifies(self) -> bool:
        """True: labels are classes."""
        return True

    def forward(self, A: Array, Y: Array) -> Array:
        """L = Σ_k max(0, 1 − s_k a_k)."""
        margins = np.where(Y > 0, 1 - A, 1 + A)  # 1 − S A, (n_y, m)
        return np.maximum(margins, 0).sum(axis=0, keepdims=True)

    def backward(self, A: Array, Y: Array) -> Array:
        """Return dA = −S where S A < 1, else 0: of y = 1 where A < 1, of y = 0 where A > −1."""
        one, zero = np.ones_like(A), np.zeros_like(A)
        return np.where(Y > 0, np.where(A < 1, -one, zero), np.where(A > -1, one, zero))

    def check_labels(self, Y: Array) -> None:
        """Check that every label is 0 or 1.

        Raises:
            InputError: one is not.
        """
        check_binary(Y, "the hinge loss")

    def decode(self, A: Array) -> Array:
        """Return 1 where a > 0, else 0: (n_y, m)."""
        return (A > 0).astype(np.int64)
