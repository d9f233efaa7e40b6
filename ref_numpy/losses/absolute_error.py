"""The loss of values of which some are far off: each error counts by its size, not its square."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ref_numpy.layer import Array
from ref_numpy.loss import Loss


@dataclass(frozen=True)
class AbsoluteError(Loss, kind="absolute_error"):
    """L = Σ_k |a_k − y_k|        da = 1 where a > y, −1 where a < y, else 0.

    At the kink, a = y, the gradient is 0, as in torch.
    """

    reads: ClassVar[str] = "A"
    degree: ClassVar[int] = 1

    def forward(self, A: Array, Y: Array) -> Array:
        """L = Σ_k |a_k − y_k|."""
        return np.abs(A - Y).sum(axis=0, keepdims=True)

    def backward(self, A: Array, Y: Array) -> Array:
        """Return dA = 1 where A > Y, −1 where A < Y, else 0: comparisons, which round nothing."""
        one = np.ones_like(A)
        return np.where(A > Y, one, np.where(A < Y, -one, np.zeros_like(A)))
