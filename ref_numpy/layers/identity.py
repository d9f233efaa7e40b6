"""No activation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ref_numpy.elementwise import Elementwise
from ref_numpy.layer import Array


@dataclass(frozen=True)
class Identity(Elementwise, kind="identity"):
    """g(z) = z        g'(z) = 1."""

    def g(self, Z: Array) -> Array:
        """Return Z."""
        return Z

    def g_prime(self, Z: Array, A: Array) -> Array:
        """Return 1 for each element."""
        return np.ones_like(Z)
