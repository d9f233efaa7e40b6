"""Batch normalisation: Ioffe and Szegedy, *Batch Normalization*, ICML 2015."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from ref_numpy.arrays.axes import Shape, columns, per_feature, sum_over_columns
from ref_numpy.arrays.normalised import check_epsilon
from ref_numpy.arrays.shape_checks import check_features, check_sizes
from ref_numpy.context import Cache, Context
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array, Layer


class NormalisedFeatures(NamedTuple):
    """What a batch norm keeps for its backward pass, and for the state after it.

    Attributes:
        A_hat: Â, (n, m, …).
        r: 1/√(σ² + ε), (n, 1).
        mu: μ, (n, 1): of the batch in training, else the running mean.
        sigma2: σ², (n, 1), likewise.
    """

    A_hat: Array
    r: Array
    mu: Array
    sigma2: Array


@dataclass(frozen=True)
class BatchNorm(Layer, kind="batch_norm"):
    """Z = γ ∗ Â + β,   Â = (A − μ) r,   r = 1/√(σ² + ε)        γ, β: (n, 1)   A, Z: (n, m, …).

    In training:    μ = (1/N) Σ a,   σ² = (1/N) Σ (a − μ)²,   N = number of columns
    In evaluation:    μ = mean,   σ² = variance

    Columns are examples and positions; μ and σ² are those of each feature, (n, 1). The mean and
    the variance of an evaluation are the state, running statistics:

        mean ← (1 − q) mean + q μ        variance ← (1 − q) variance + q σ² N/(N − 1)

    after each batch of a training, with the `momentum` q, as torch has it.
    """

    n: int
    epsilon: float = 1e-5
    momentum: float = 0.1

    symbol: ClassVar[str] = "N"
    initial: ClassVar[Mapping[str, float]] = {"gamma": 1.0, "variance": 1.0}
    couples_examples: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_sizes(self.n)
        check_epsilon(self.epsilon)
        if not (isinstance(self.momentum, int | float) and 0 < self.momentum <= 1):
            raise input_error("norm.momentum", momentum=self.momentum)

    def parameter_shapes(self) -> dict[str, Shape]:
        """Return {"gamma": (n, 1), "beta": (n, 1)}."""
        return {"gamma": (self.n, 1), "beta": (self.n, 1)}

    def state_shapes(self) -> dict[str, Shape]:
        """Return {"mean": (n, 1), "variance": (n, 1)}."""
        return {"mean": (self.n, 1), "variance": (self.n, 1)}

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return the input's shape.

        Raises:
            InputError: an example is not (n, …).
        """
        return check_features("BatchNorm", self.n, shapes[0])

    def forward(
        self, params: Mapping[str, Array], context: Context, A: Array
    ) -> tuple[Array, NormalisedFeatures]:
        """Compute Z = γ ∗ Â + β; keep Â, r, μ and σ².

        Raises:
            InputError: there is one column to train with, whose variance says nothing.
        """
        mu, sigma2 = params["mean"], params["variance"]
        if context.training:
            check_columns(A)
            mu = columns(A).mean(axis=1, keepdims=True)  # (n, 1)
            sigma2 = columns(A).var(axis=1, keepdims=True)
        r = 1 / np.sqrt(sigma2 + self.epsilon)
        A_hat = (A - per_feature(mu, A)) * per_feature(r, A)
        Z = per_feature(params["gamma"], A) * A_hat + per_feature(params["beta"], A)
        return Z, NormalisedFeatures(A_hat, r, mu, sigma2)

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dZ: Array
    ) -> tuple[Array | None, dict[str, Array]]:
        """Compute dÂ = γ ∗ dZ,   dA = r (dÂ − mean(dÂ) − Â mean(dÂ ∗ Â)),   dγ and dβ.

        In evaluation:    dA = r dÂ

        dγ = Σ dZ ∗ Â    and    dβ = Σ dZ, of all columns. Means are of each feature over all
        columns. Both mean terms are there because μ and r depend on every example; without training
        they do not.
        """
        A_hat, r, *_ = cache.kept
        dA, gradients = None, {}
        if cache.to_inputs:
            dA_hat = per_feature(params["gamma"], dZ) * dZ
            if cache.context.training:
                mean = columns(dA_hat).mean(axis=1, keepdims=True)  # (n, 1)
                along = columns(dA_hat * A_hat).mean(axis=1, keepdims=True)  # (n, 1)
                dA_hat = dA_hat - per_feature(mean, dZ) - A_hat * per_feature(along, dZ)
            dA = per_feature(r, dZ) * dA_hat
        if cache.to_parameters:
            s = cache.context.scale
            gradients = {
                "gamma": sum_over_columns(dZ * A_hat) / s,
                "beta": sum_over_columns(dZ) / s,
            }
        return dA, gradients

    def next_state(self, params: Mapping[str, Array], cache: Cache) -> dict[str, Array]:
        """Compute the state after a batch of a training, by its `momentum`.

        mean ← (1 − momentum) mean + momentum μ
        variance ← (1 − momentum) variance + momentum σ² N/(N − 1)
        """
        q, N = self.momentum, columns(cache.inputs[0]).shape[1]
        unbiased = cache.kept.sigma2 * (N / (N - 1))
        return {
            "mean": (1 - q) * params["mean"] + q * cache.kept.mu,
            "variance": (1 - q) * params["variance"] + q * unbiased,
        }


def check_columns(A: Array) -> None:
    """Check that there are two columns or more, (n, m, …).

    Raises:
        InputError: there is one.
    """
    if columns(A).shape[1] < 2:
        raise input_error("norm.one-column")
