"""ReLU with a slope below 0."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ref_numpy.elementwise import Elementwise
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array


@dataclass(frozen=True)
class LeakyReLU(Elementwise, kind="leaky_relu"):
    """g(z) = z where z > 0, else slope·z        g'(z) = 1 where z > 0, else slope."""

    slope: float = 0.01

    def __post_init__(self) -> None:
        if not 0 <= self.slope < 1:
            raise input_error("leaky-relu.slope", slope=self.slope)

    def g(self, Z: Array) -> Array:
        """Return Z where Z > 0, else slope·Z."""
        return np.where(Z > 0, Z, self.slope * Z)

    def g_prime(self, Z: Array, A: Array) -> Array:
        """Return 1 where Z > 0, else slope."""
        return np.where(Z > 0, np.ones_like(Z), self.slope)
