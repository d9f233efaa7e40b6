"""The loss of values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ref_numpy.layer import Array
from ref_numpy.loss import Loss


@dataclass(frozen=True)
class SquaredError(Loss, kind="squared_error"):
    """L = ½ Σ_k (a_k − y_k)²        da = a − y."""

    reads: ClassVar[str] = "A"

    def forward(self, A: Array, Y: Array) -> Array:
        """L = ½ Σ_k (a_k − y_k)²."""
        return ((A - Y) ** 2).sum(axis=0, keepdims=True) / 2

    def backward(self, A: Array, Y: Array) -> Array:
        """Return dA = A − Y."""
        return A - Y
