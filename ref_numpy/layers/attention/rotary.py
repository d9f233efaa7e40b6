"""Positions as angles: Su et al., *RoFormer*, 2021, with the pairs of GPT-NeoX."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ref_numpy.arrays.axes import Shape
from ref_numpy.context import Cache, Context
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array, Layer


@dataclass(frozen=True)
class Rotary(Layer, kind="rotary"):
    """Z = [A_1 ∗ c − A_2 ∗ s; A_2 ∗ c + A_1 ∗ s]        A = [A_1; A_2], Z: (d, m, …, T).

    c and s are the cosine and sine of the angle t base^(−2j/d), j = 0 … d/2 − 1, at position t = 0
    … T − 1, the last axis. So feature j is paired with feature j + d/2, and the inner product of
    two rotated vectors depends on the distance of their positions.

    GPT-NeoX has these pairs, and so has Llama in Hugging Face's transformers; Meta's own Llama and
    GPT-J pair 2j with 2j + 1, for which the rows of the weights before it stand in another order.
    GPT-NeoX rotates a quarter of the features alone: see Split and Concatenate.

    Args:
        base: 10000 in most networks, 500000 in Llama 3.
    """

    base: float = 10000.0

    symbol: ClassVar[str] = "R"

    def __post_init__(self) -> None:
        if not (isinstance(self.base, int | float) and 1 < self.base < np.inf):
            raise input_error("rotary.base", base=self.base)

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return the shape of A.

        Raises:
            InputError: A has no positions, or an odd number of features.
        """
        (shape,) = shapes
        if len(shape) < 2 or shape[0] % 2:
            raise input_error("rotary.shape", shape=shape)
        return shape

    def forward(
        self, params: Mapping[str, Array], context: Context, A: Array
    ) -> tuple[Array, None]:
        """Return Z, each pair turned by its angle."""
        return turned(A, *cosines_and_sines(A, self.base)), None

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dZ: Array
    ) -> tuple[Array, dict[str, Array]]:
        """Compute dA = [dZ_1 ∗ c + dZ_2 ∗ s; dZ_2 ∗ c − dZ_1 ∗ s], turned back."""
        c, s = cosines_and_sines(dZ, self.base)
        return turned(dZ, c, -s), {}


def angles(A: Array, base: float) -> Array:
    """Return t base^(−2j/d), float64: (d/2, 1, …, T) for A (d, m, …, T)."""
    d, *_, T = A.shape
    speed = base ** (-np.arange(0, d, 2) / d)  # of pair j, an angle a position
    return (speed[:, np.newaxis] * np.arange(T)).reshape(d // 2, *(1,) * (len(A.shape) - 2), T)


def cosines_and_sines(A: Array, base: float) -> tuple[Array, Array]:
    """Return the cosine and sine of each angle, in the dtype of A."""
    each = angles(A, base)
    return np.cos(each).astype(A.dtype), np.sin(each).astype(A.dtype)


def turned(A: Array, c: Array, s: Array) -> Array:
    """Return [A_1 c − A_2 s; A_2 c + A_1 s]."""
    half = A.shape[0] // 2
    first, second = A[:half], A[half:]
    return np.concatenate((first * c - second * s, second * c + first * s))
