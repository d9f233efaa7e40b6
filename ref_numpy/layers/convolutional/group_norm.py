"""Group normalisation: Wu and He, *Group Normalization*, ECCV 2018."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ref_numpy.arrays.axes import Shape, per_feature, sum_over_columns
from ref_numpy.arrays.normalised import Normalised, check_epsilon
from ref_numpy.arrays.shape_checks import check_features, check_sizes
from ref_numpy.context import Cache, Context
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array, Layer


@dataclass(frozen=True)
class GroupNorm(Layer, kind="group_norm"):
    """Z = γ ∗ Â + β,   Â = (A − μ) r,   r = 1/√(σ² + ε)        γ, β: (n, 1)   A, Z: (n, m, …).

    μ and σ² are the mean and the variance of each example's groups, of n/g successive features at
    all positions: Σ (a − μ)²/N, N = (n/g) H W. With one group they are those of the whole example,
    with n of each feature ("instance normalisation").
    """

    n: int
    groups: int
    epsilon: float = 1e-5

    symbol: ClassVar[str] = "N"
    initial: ClassVar[Mapping[str, float]] = {"gamma": 1.0}

    def __post_init__(self) -> None:
        check_sizes(self.n, self.groups)
        check_epsilon(self.epsilon)
        if self.n % self.groups:
            raise input_error("norm.groups", n=self.n, groups=self.groups)

    def parameter_shapes(self) -> dict[str, Shape]:
        """Return {"gamma": (n, 1), "beta": (n, 1)}."""
        return {"gamma": (self.n, 1), "beta": (self.n, 1)}

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return the input's shape.

        Raises:
            InputError: an example is not (n, …), or a group is one number, whose variance is 0.
        """
        check_features("GroupNorm", self.n, shapes[0])
        if math.prod(shapes[0]) == self.groups:
            raise input_error("norm.groups-of-one", n=self.n, groups=self.groups)
        return shapes[0]

    def forward(
        self, params: Mapping[str, Array], context: Context, A: Array
    ) -> tuple[Array, Normalised]:
        """Compute Z = γ ∗ Â + β; keep Â and r."""
        mu = mean_of_groups(A, self.groups)  # (n, m, 1, …), the same for a group's features
        r = 1 / np.sqrt(variance_of_groups(A, self.groups) + self.epsilon)
        A_hat = (A - mu) * r
        Z = per_feature(params["gamma"], A) * A_hat + per_feature(params["beta"], A)
        return Z, Normalised(A_hat, r)

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dZ: Array
    ) -> tuple[Array | None, dict[str, Array]]:
        """Compute dÂ = γ ∗ dZ,   dA = r (dÂ − mean(dÂ) − Â mean(dÂ ∗ Â)),   dγ and dβ.

        dγ = Σ dZ ∗ Â    and    dβ = Σ dZ, of all columns. Means are of an example's group. Both
        mean terms are there because μ and r depend on every number of the group.
        """
        A_hat, r = cache.kept
        dA, gradients = None, {}
        if cache.to_inputs:
            dA_hat = per_feature(params["gamma"], dZ) * dZ
            mean = mean_of_groups(dA_hat, self.groups)
            along = mean_of_groups(dA_hat * A_hat, self.groups)
            dA = r * (dA_hat - mean - A_hat * along)
        if cache.to_parameters:
            s = cache.context.scale
            gradients = {
                "gamma": sum_over_columns(dZ * A_hat) / s,
                "beta": sum_over_columns(dZ) / s,
            }
        return dA, gradients


def mean_of_groups(A: Array, groups: int) -> Array:
    """Return the mean of each example's groups, (n, m, 1, …): the same for a group's features."""
    return for_each_feature(in_groups(A, groups).mean(axis=(1, 3)), A)


def variance_of_groups(A: Array, groups: int) -> Array:
    """Return the variance of each example's groups, (n, m, 1, …)."""
    return for_each_feature(in_groups(A, groups).var(axis=(1, 3)), A)


def in_groups(A: Array, groups: int) -> Array:
    """Return (n, m, …) as (g, n/g, m, H W)."""
    n, m, *_ = A.shape
    return A.reshape(groups, n // groups, m, -1)


def for_each_feature(x: Array, A: Array) -> Array:
    """Return (g, m) as (n, m, 1, …), for the tensor A (n, m, …)."""
    n, m, *positions = A.shape
    return x.repeat(n // x.shape[0], axis=0).reshape(n, m, *(1 for _ in positions))
