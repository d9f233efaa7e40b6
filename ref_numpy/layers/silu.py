"""The sigmoid linear unit, also known as swish."""

from __future__ import annotations

from dataclasses import dataclass

from ref_numpy.elementwise import Elementwise
from ref_numpy.layer import Array
from ref_numpy.layers.sigmoid import Sigmoid


@dataclass(frozen=True)
class Silu(Elementwise, kind="silu"):
    """g(z) = z σ(z)        g'(z) = σ(z) (1 + z (1 − σ(z)))        σ(z) = 1 / (1 + e^−z)."""

    def g(self, Z: Array) -> Array:
        """Return Z σ(Z)."""
        return Z * Sigmoid().g(Z)

    def g_prime(self, Z: Array, A: Array) -> Array:
        """Return σ(Z) (1 + Z (1 − σ(Z)))."""
        S = Sigmoid().g(Z)
        return S * (1 + Z * (1 - S))
