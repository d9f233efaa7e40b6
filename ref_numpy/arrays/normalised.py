"""What norms keep, and the check of their ε."""

from __future__ import annotations

import math
from typing import NamedTuple

from ref_numpy.arrays.axes import Array
from ref_numpy.input_messages import input_error


class Normalised(NamedTuple):
    """What a norm keeps for its backward pass.

    Attributes:
        A_hat: Â, (n, m, …).
        r: 1/√(σ² + ε), by which each column was multiplied, (1, m, …).
    """

    A_hat: Array
    r: Array


def check_epsilon(epsilon: float) -> None:
    """Check a norm's ε.

    Raises:
        InputError: it is not positive.
    """
    if not (isinstance(epsilon, int | float) and 0 < epsilon < math.inf):
        raise input_error("norm.epsilon", epsilon=epsilon)
