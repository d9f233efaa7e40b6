"""The rectified linear unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ref_numpy.elementwise import Elementwise
from ref_numpy.layer import Array


@dataclass(frozen=True)
class ReLU(Elementwise, kind="relu"):
    """g(z) = max(0, z)        g'(z) = 1 where z > 0, else 0   (at the kink: 0, as in torch)."""

    def g(self, Z: Array) -> Array:
        """Return max(0, Z)."""
        return np.maximum(Z, 0)

    def g_prime(self, Z: Array, A: Array) -> Array:
        """Return Z > 0: a mask, which multiplies as 1 and 0."""
        return Z > 0
