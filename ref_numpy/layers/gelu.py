"""The Gaussian error linear unit."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ref_numpy.elementwise import Elementwise
from ref_numpy.error_function import erf
from ref_numpy.layer import Array


@dataclass(frozen=True)
class Gelu(Elementwise, kind="gelu"):
    """g(z) = z Φ(z)        g'(z) = Φ(z) + z φ(z).

    Φ(z) = ½ (1 + erf(z/√2)) is the normal distribution, and φ(z) = e^{−z²/2} / √(2π) its density.
    Hendrycks and Gimpel, *Gaussian Error Linear Units* (2016).
    """

    def g(self, Z: Array) -> Array:
        """Return Z Φ(Z)."""
        return Z * normal_distribution(Z)

    def g_prime(self, Z: Array, A: Array) -> Array:
        """Return Φ(Z) + Z φ(Z)."""
        return normal_distribution(Z) + Z * normal_density(Z)


def normal_distribution(Z: Array) -> Array:
    """Return Φ(Z) = ½ (1 + erf(Z/√2))."""
    return (1 + erf(Z / math.sqrt(2))) / 2


def normal_density(Z: Array) -> Array:
    """Return φ(Z) = e^{−Z²/2} / √(2π)."""
    return np.exp(-Z * Z / 2) / math.sqrt(2 * math.pi)
