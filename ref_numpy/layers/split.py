"""The features of one tensor as several tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ref_numpy.arrays.axes import Shape
from ref_numpy.arrays.shape_checks import check_sizes
from ref_numpy.context import Cache, Context
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array, Layer


@dataclass(frozen=True)
class Split(Layer, kind="split"):
    """[Z_1; Z_2; …] = A        A: (n parts, m, …)   Z_1, Z_2, …: (n, m, …).

    So GPT-2 has queries, keys and values of one Dense(n, 3 n), and a gated layer its two halves.
    """

    parts: int

    symbol: ClassVar[str] = "Z"

    def __post_init__(self) -> None:
        check_sizes(self.parts)

    def output_shape(self, *shapes: Shape) -> list[Shape]:
        """Return (n, …) for each part.

        Raises:
            InputError: the features are no multiple of `parts`.
        """
        n, *positions = shapes[0]
        if n % self.parts:
            raise input_error("split.features", parts=self.parts, n=n)
        return [(n // self.parts, *positions)] * self.parts

    def forward(
        self, params: Mapping[str, Array], context: Context, A: Array
    ) -> tuple[tuple[Array, ...], None]:
        """Return Z_1, Z_2, …, views of A."""
        n = A.shape[0] // self.parts
        return tuple(A[k * n : (k + 1) * n] for k in range(self.parts)), None

    def backward(
        self, params: Mapping[str, Array], cache: Cache, *dZ: Array
    ) -> tuple[Array, dict[str, Array]]:
        """Return dA = [dZ_1; dZ_2; …]."""
        return np.concatenate(dZ), {}
