"""The sigmoid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ref_numpy.elementwise import Elementwise
from ref_numpy.layer import Array


@dataclass(frozen=True)
class Sigmoid(Elementwise, kind="sigmoid"):
    """g(z) = 1 / (1 + e^−z)        g'(z) = a (1 − a).

    With t = e^−|z| ≤ 1 nothing overflows: g = 1/(1 + t) for z ≥ 0, and t/(1 + t) for z < 0.
    """

    def g(self, Z: Array) -> Array:
        """Return 1 / (1 + e^−Z), computed from e^−|Z|."""
        t = np.exp(-np.abs(Z))
        return np.where(Z >= 0, 1, t) / (1 + t)

    def g_prime(self, Z: Array, A: Array) -> Array:
        """Return A (1 − A)."""
        return A * (1 - A)
