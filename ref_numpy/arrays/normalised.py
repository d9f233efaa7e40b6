"""What norms share: the normalised numbers that they keep, and checks of their constants."""

from __future__ import annotations

import math
from typing import NamedTuple

from ref_numpy.arrays.axes import Array, Shape
from ref_numpy.input_messages import input_error


class Normalised(NamedTuple):
    """What a norm keeps for its backward pass.

    Attributes:
        A_hat: Â, (n, m, …).
        r: 1/√(σ² + ε), by which each column was multiplied, (1, m, …).
    """

    A_hat: Array
    r: Array


def check_norm(n: int, epsilon: float) -> None:
    """Check a norm's constants.

    Raises:
        InputError: n is no whole number from 1 up, or ε is not positive.
    """
    if not isinstance(n, int) or isinstance(n, bool) or n < 1:
        raise input_error("layer.features", n=n)
    if not 0 < epsilon < math.inf:
        raise input_error("norm.epsilon", epsilon=epsilon)


def check_features(layer: str, n: int, shape: Shape) -> Shape:
    """Return the shape of one example, if it has n features.

    Raises:
        InputError: it has another number.
    """
    if shape[0] != n:
        raise input_error("layer.input-features", layer=layer, n=n, shape=shape)
    return shape
