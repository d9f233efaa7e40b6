"""The loss of values between the two: the square of small errors, the size of large ones."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array
from ref_numpy.loss import Loss


@dataclass(frozen=True)
class Huber(Loss, kind="huber"):
    """L = Σ_k ½ (a_k − y_k)² where |a_k − y_k| ≤ δ, else δ (|a_k − y_k| − ½ δ)   da = a − y in ±δ.

    The gradient is a − y, cut off at −δ and δ. Huber, *Robust Estimation of a Location Parameter*,
    Ann. Math. Stat. 35, 1964.

    Args:
        delta: δ, the error from which on the loss is a straight line.

    Raises:
        InputError: δ is not a finite number above 0.
    """

    delta: float = 1.0
    reads: ClassVar[str] = "A"

    def __post_init__(self) -> None:
        if not (isinstance(self.delta, int | float) and 0 < self.delta < math.inf):
            raise input_error("huber.delta", delta=self.delta)

    def forward(self, A: Array, Y: Array) -> Array:
        """L = Σ_k ½ r_k² where r_k = |a_k − y_k| ≤ δ, else δ (r_k − ½ δ)."""
        r = np.abs(A - Y)
        line = self.delta * (r - self.delta / 2)
        return np.where(r <= self.delta, r**2 / 2, line).sum(axis=0, keepdims=True)

    def backward(self, A: Array, Y: Array) -> Array:
        """Return dA = A − Y, at least −δ and at most δ."""
        return np.minimum(np.maximum(A - Y, -self.delta), self.delta)
