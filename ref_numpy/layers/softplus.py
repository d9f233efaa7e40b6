"""The softplus, a ReLU without a kink."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ref_numpy.elementwise import Elementwise
from ref_numpy.layer import Array
from ref_numpy.layers.sigmoid import Sigmoid


@dataclass(frozen=True)
class Softplus(Elementwise, kind="softplus"):
    """g(z) = log(1 + e^z)        g'(z) = 1 / (1 + e^−z).

    With log(1 + e^z) = max(0, z) + log(1 + e^−|z|) nothing overflows. No z is so large that g is z,
    as torch's is above its threshold: at float64 that is visible.
    """

    def g(self, Z: Array) -> Array:
        """Return log(1 + e^Z), computed from e^−|Z|."""
        return np.maximum(Z, 0) + np.log1p(np.exp(-np.abs(Z)))

    def g_prime(self, Z: Array, A: Array) -> Array:
        """Return the sigmoid of Z."""
        return Sigmoid().g(Z)
