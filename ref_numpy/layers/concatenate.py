"""Several tensors as one, whose features are those of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import ClassVar

import numpy as np

from ref_numpy.arrays.axes import Shape
from ref_numpy.context import Cache, Context
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array, Layer


@dataclass(frozen=True)
class Concatenate(Layer, kind="concatenate"):
    """Z = [A; B; …]        A: (n_A, m, …)   B: (n_B, m, …)   Z: (n_A + n_B + …, m, …)."""

    symbol: ClassVar[str] = "C"
    n_inputs: ClassVar[int | None] = None

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return (n_A + n_B + …, …).

        Raises:
            InputError: there is one input, or the positions differ.
        """
        if len(shapes) < 2:
            raise input_error("layer.one-input", layer="Concatenate")
        _, *positions = shapes[0]
        if any([*others] != positions for _, *others in shapes):
            raise input_error("concatenate.positions", shapes=shapes)
        return (sum(n for n, *_ in shapes), *positions)

    def forward(
        self, params: Mapping[str, Array], context: Context, *inputs: Array
    ) -> tuple[Array, None]:
        """Return Z = [A; B; …], the features of A first."""
        return np.concatenate(inputs), None

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dZ: Array
    ) -> tuple[tuple[Array, ...], dict[str, Array]]:
        """Cut dZ into dA, dB, …: dA = dZ[:n_A],   dB = dZ[n_A:n_A + n_B], …."""
        ends = accumulate((A.shape[0] for A in cache.inputs), initial=0)
        return tuple(dZ[start:end] for start, end in pairwise(ends)), {}
