"""The softmax, the one activation here that is not element by element."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ref_numpy.context import Cache, Context
from ref_numpy.layer import Array, Layer


@dataclass(frozen=True)
class Softmax(Layer, kind="softmax"):
    """a_k = e^{z_k} / Σ_j e^{z_j}        ∂a_k/∂z_j = a_k (δ_kj − a_j).

    The largest z of each example is subtracted first, which changes no a_k and overflows nothing.
    """

    symbol: ClassVar[str] = "A"

    def forward(
        self, params: Mapping[str, Array], context: Context, Z: Array
    ) -> tuple[Array, None]:
        """Return the probabilities A (n, m), whose columns sum to 1."""
        t = np.exp(Z - Z.max(axis=0, keepdims=True))  # (n, m)
        A = t / t.sum(axis=0, keepdims=True)  # (n, m) / (1, m)
        return A, None

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dA: Array
    ) -> tuple[Array, dict[str, Array]]:
        """dz_j = Σ_k da_k ∂a_k/∂z_j = a_j (da_j − Σ_k da_k a_k)."""
        (A,) = cache.outputs
        dZ = A * (dA - (dA * A).sum(axis=0, keepdims=True))
        return dZ, {}
