"""The loss of a support vector machine of one class of several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ref_numpy.layer import Array, Layer
from ref_numpy.layers.identity import Identity
from ref_numpy.loss import Loss
from ref_numpy.losses.cross_entropy import check_one_hot


@dataclass(frozen=True)
class MulticlassHinge(Loss, kind="multiclass_hinge"):
    """L = Σ_{k≠c} max(0, 1 + a_k − a_c)     da = 1 where 1 + a_k > a_c, else 0; −Σ_{k≠c} da_k of c.

    y is one-hot, and c its class. At the kink, 1 + a_k = a_c, the gradient is 0, as in torch.
    Weston and Watkins, *Support Vector Machines for Multi-Class Pattern Recognition*, ESANN 1999.
    """

    reads: ClassVar[str] = "A"
    output: ClassVar[type[Layer]] = Identity
    one_class: ClassVar[bool] = True
    of_scores: ClassVar[bool] = True

    @property
    def classifies(self) -> bool:
        """True: labels are classes."""
        return True

    def forward(self, A: Array, Y: Array) -> Array:
        """L = Σ_{k≠c} max(0, 1 + a_k − a_c)."""
        return np.maximum(margins(A, Y), 0).sum(axis=0, keepdims=True)

    def backward(self, A: Array, Y: Array) -> Array:
        """Return dA = 1 where 1 + a_k > a_c, else 0; of the class minus their number."""
        counts = np.where(margins(A, Y) > 0, np.ones_like(A), np.zeros_like(A))
        return np.where(Y > 0, -counts.sum(axis=0, keepdims=True), counts)

    def check_labels(self, Y: Array) -> None:
        """Check that every column has one 1 and zeros.

        Raises:
            InputError: one has not.
        """
        check_one_hot(Y)

    def decode(self, A: Array) -> Array:
        """Return the class of the largest score: (1, m)."""
        return A.argmax(axis=0, keepdims=True)


def margins(A: Array, Y: Array) -> Array:
    """Return a_k − a_c + 1 of each other class, and 0 of the class itself: (n_y, m)."""
    return np.where(Y > 0, np.zeros_like(A), A - score_of_class(A, Y) + 1)


def score_of_class(A: Array, Y: Array) -> Array:
    """Return a_c, (1, m): the only finite number of each column, so that nothing is rounded."""
    return np.where(Y > 0, A, -np.inf).max(axis=0, keepdims=True)
