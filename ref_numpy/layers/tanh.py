"""The hyperbolic tangent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ref_numpy.elementwise import Elementwise
from ref_numpy.layer import Array


@dataclass(frozen=True)
class Tanh(Elementwise, kind="tanh"):
    """g(z) = tanh z        g'(z) = 1 − a²."""

    def g(self, Z: Array) -> Array:
        """Return tanh Z."""
        return np.tanh(Z)

    def g_prime(self, Z: Array, A: Array) -> Array:
        """Return 1 − A²."""
        return 1 - A * A
