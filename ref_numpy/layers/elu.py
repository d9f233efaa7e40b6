"""The exponential linear unit."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ref_numpy.elementwise import Elementwise
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array


@dataclass(frozen=True)
class Elu(Elementwise, kind="elu"):
    """g(z) = z where z > 0, else α (e^z − 1)        g'(z) = 1 where z > 0, else α e^z.

    Raises:
        InputError: alpha is not a finite number above 0.
    """

    alpha: float = 1.0

    def __post_init__(self) -> None:
        if not (isinstance(self.alpha, int | float) and 0 < self.alpha < math.inf):
            raise input_error("elu.alpha", alpha=self.alpha)

    def g(self, Z: Array) -> Array:
        """Return Z where Z > 0, else α (e^Z − 1), which loses no digits where Z is close to 0."""
        return np.where(Z > 0, Z, self.alpha * np.expm1(np.minimum(Z, 0)))

    def g_prime(self, Z: Array, A: Array) -> Array:
        """Return 1 where Z > 0, else α e^Z."""
        return np.where(Z > 0, np.ones_like(Z), self.alpha * np.exp(np.minimum(Z, 0)))
