"""Layer normalisation: Ba, Kiros and Hinton, *Layer Normalization*, arXiv:1607.06450."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ref_numpy.arrays.axes import Shape, per_feature, sum_over_columns
from ref_numpy.arrays.normalised import Normalised, check_epsilon
from ref_numpy.arrays.shape_checks import check_features, check_sizes
from ref_numpy.context import Cache, Context
from ref_numpy.layer import Array, Layer


@dataclass(frozen=True)
class LayerNorm(Layer, kind="layer_norm"):
    """Z = γ ∗ Â + β,   Â = (A − μ) r,   r = 1/√(σ² + ε)        γ, β: (n, 1)   A, Z: (n, m, …).

    μ and σ² are the mean and the variance, Σ (a − μ)²/n, of each column's n features, (1, m, …).
    """

    n: int
    epsilon: float = 1e-5

    symbol: ClassVar[str] = "N"
    initial: ClassVar[Mapping[str, float]] = {"gamma": 1.0}

    def __post_init__(self) -> None:
        check_sizes(self.n)
        check_epsilon(self.epsilon)

    def parameter_shapes(self) -> dict[str, Shape]:
        """Return {"gamma": (n, 1), "beta": (n, 1)}."""
        return {"gamma": (self.n, 1), "beta": (self.n, 1)}

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return the input's shape.

        Raises:
            InputError: an example is not (n, …).
        """
        return check_features("LayerNorm", self.n, shapes[0])

    def forward(
        self, params: Mapping[str, Array], context: Context, A: Array
    ) -> tuple[Array, Normalised]:
        """Compute Z = γ ∗ Â + β; keep Â and r."""
        mu = A.mean(axis=0, keepdims=True)  # (1, m, …)
        r = 1 / np.sqrt(A.var(axis=0, keepdims=True) + self.epsilon)
        A_hat = (A - mu) * r
        Z = per_feature(params["gamma"], A) * A_hat + per_feature(params["beta"], A)
        return Z, Normalised(A_hat, r)

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dZ: Array
    ) -> tuple[Array | None, dict[str, Array]]:
        """Compute dÂ = γ ∗ dZ,   dA = r (dÂ − mean(dÂ) − Â mean(dÂ ∗ Â)),   dγ and dβ.

        dγ = Σ dZ ∗ Â    and    dβ = Σ dZ, of all columns. Means are of a column's features. Both
        mean terms are there because μ and r depend on every feature of the column.
        """
        A_hat, r = cache.kept
        dA, gradients = None, {}
        if cache.to_inputs:
            dA_hat = per_feature(params["gamma"], dZ) * dZ
            mean = dA_hat.mean(axis=0, keepdims=True)  # (1, m, …)
            along = (dA_hat * A_hat).mean(axis=0, keepdims=True)  # (1, m, …)
            dA = r * (dA_hat - mean - A_hat * along)
        if cache.to_parameters:
            s = cache.context.scale
            gradients = {
                "gamma": sum_over_columns(dZ * A_hat) / s,
                "beta": sum_over_columns(dZ) / s,
            }
        return dA, gradients
