"""Normalisation by the root mean square: Zhang and Sennrich, *RMSNorm*, NeurIPS 2019."""

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
class RMSNorm(Layer, kind="rms_norm"):
    """Z = γ ∗ Â,   Â = A r,   r = 1/√(mean(A²) + ε)        γ: (n, 1)   A, Z: (n, m, …).

    The mean is of each column's n features, (1, m, …).
    """

    n: int
    epsilon: float = 1e-6

    symbol: ClassVar[str] = "N"
    initial: ClassVar[Mapping[str, float]] = {"gamma": 1.0}

    def __post_init__(self) -> None:
        check_sizes(self.n)
        check_epsilon(self.epsilon)

    def parameter_shapes(self) -> dict[str, Shape]:
        """Return {"gamma": (n, 1)}."""
        return {"gamma": (self.n, 1)}

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return the input's shape.

        Raises:
            InputError: an example is not (n, …).
        """
        return check_features("RMSNorm", self.n, shapes[0])

    def forward(
        self, params: Mapping[str, Array], context: Context, A: Array
    ) -> tuple[Array, Normalised]:
        """Compute Z = γ ∗ Â; keep Â and r."""
        r = 1 / np.sqrt((A * A).mean(axis=0, keepdims=True) + self.epsilon)  # (1, m, …)
        A_hat = A * r
        return per_feature(params["gamma"], A) * A_hat, Normalised(A_hat, r)

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dZ: Array
    ) -> tuple[Array | None, dict[str, Array]]:
        """Compute dÂ = γ ∗ dZ,   dA = r (dÂ − Â mean(dÂ ∗ Â))    and dγ = Σ dZ ∗ Â."""
        A_hat, r = cache.kept
        dA, gradients = None, {}
        if cache.to_inputs:
            dA_hat = per_feature(params["gamma"], dZ) * dZ
            along = (dA_hat * A_hat).mean(axis=0, keepdims=True)  # (1, m, …)
            dA = r * (dA_hat - A_hat * along)
        if cache.to_parameters:
            gradients = {"gamma": sum_over_columns(dZ * A_hat) / cache.context.scale}
        return dA, gradients
