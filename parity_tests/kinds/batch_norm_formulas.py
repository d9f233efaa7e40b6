"""Formulas of batch normalisation that are equal on paper, as libraries have them.

The bound of the layer's own operations covers others, of which the tests have some: most of those
with σ² = mean((A − μ)²), whose mean has the same error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from parity_tests.kinds.norm_formulas import Statistics
from ref_numpy.arrays.axes import columns, per_feature, sum_over_columns

Normalise = Callable[[Any, Any], Statistics]  # (layer, A), with μ and r (n, 1)
# (A, statistics, dZ, N) → dA / γ, and dγ without the scale
Way = Callable[[Any, Statistics, Any, int], tuple[Any, Any]]


def mean(A: Any) -> Any:
    """Return the mean of each feature over all columns, (n, 1)."""
    return columns(A).mean(axis=1, keepdims=True)


def spread(x: Any, A: Any) -> Any:
    """Return a number of each feature beside the columns of A."""
    return per_feature(x, A)


def two_passes(layer: Any, A: Any) -> Statistics:
    """Return the batch's statistics with σ² = mean((A − μ)²)."""
    return Statistics(mean(A), 1 / np.sqrt(columns(A).var(axis=1, keepdims=True) + layer.epsilon))


def one_pass(layer: Any, A: Any) -> Statistics:
    """Return the batch's statistics with σ² = mean(A²) − μ².

    They lose digits where |μ| is large beside σ.
    """
    mu = mean(A)
    return Statistics(mu, 1 / np.sqrt(mean(A * A) - mu * mu + layer.epsilon))


def running(params: Any, layer: Any) -> Statistics:
    """Return the statistics of an evaluation: the state."""
    return Statistics(params["mean"], 1 / np.sqrt(params["variance"] + layer.epsilon))


def normalised(gamma: Any, beta: Any, A: Any, s: Statistics) -> Any:
    """Return γ ∗ Â + β with Â = (A − μ) r."""
    A_hat = (A - spread(s.mu, A)) * spread(s.r, A)
    return spread(gamma, A) * A_hat + spread(beta, A)


def scaled(gamma: Any, beta: Any, A: Any, s: Statistics) -> Any:
    """Return A α + (β − μ α) with α = γ r, two numbers of each feature, as torch has it."""
    alpha = gamma * s.r
    return A * spread(alpha, A) + spread(beta - s.mu * alpha, A)


def forward(normalise: Normalise, result: Callable[..., Any]) -> Callable[..., Any]:
    """Return the forward pass in training with these statistics, and this formula of Z."""

    def batch_norm(layer: Any, params: Any, A: Any) -> Any:
        return result(params["gamma"], params["beta"], A, normalise(layer, A))

    return batch_norm


def evaluate(layer: Any, params: Any, A: Any) -> Any:
    """Return A α + (β − μ α) with the running statistics."""
    return scaled(params["gamma"], params["beta"], A, running(params, layer))


def backward(normalise: Normalise, way: Way) -> Callable[..., Any]:
    """Return the backward pass in training with these statistics, and these gradients."""

    def batch_norm(layer: Any, params: Any, cache: Any, dZ: Any) -> Any:
        (A,) = cache.inputs
        dA, dgamma = way(A, normalise(layer, A), dZ, columns(A).shape[1])
        return gradients(spread(params["gamma"], dZ) * dA, dgamma, dZ, cache)

    return batch_norm


def gradients(dA: Any, dgamma: Any, dZ: Any, cache: Any) -> Any:
    """Return what a layer's `backward` does."""
    scale = cache.context.scale
    return (dA,), {"gamma": dgamma / scale, "beta": sum_over_columns(dZ) / scale}


def by_projection(A: Any, s: Statistics, dZ: Any, N: int) -> tuple[Any, Any]:
    """Return (dZ − mean(dZ) − (A − μ) k) r with k = Σ dZ ∗ (A − μ) r²/N, as torch has it."""
    D = A - spread(s.mu, A)
    along = sum_over_columns(dZ * D)
    k = along * s.r * s.r / N
    total = sum_over_columns(dZ) / N
    dA = (dZ - spread(total, dZ) - D * spread(k, dZ)) * spread(s.r, dZ)
    return dA, along * s.r


def by_coefficients(A: Any, s: Statistics, dZ: Any, N: int) -> tuple[Any, Any]:
    """Return r dZ + b A + c, with b and c of each feature; dγ = (Σ dZ ∗ A − μ Σ dZ) r."""
    total, along = sum_over_columns(dZ), sum_over_columns(dZ * A)
    b = (total * s.mu - along) * s.r * s.r * s.r * (1 / N)
    c = -b * s.mu - total * s.r * (1 / N)
    dA = spread(s.r, dZ) * dZ + spread(b, dZ) * A + spread(c, dZ)
    return dA, (along - s.mu * total) * s.r


def evaluation_backward(layer: Any, params: Any, cache: Any, dZ: Any) -> Any:
    """Return dA = dZ (γ r) and dγ = (Σ dZ ∗ A − μ Σ dZ) r, with the running statistics."""
    (A,) = cache.inputs
    s = running(params, layer)
    dgamma = (sum_over_columns(dZ * A) - s.mu * sum_over_columns(dZ)) * s.r
    return gradients(dZ * spread(params["gamma"] * s.r, dZ), dgamma, dZ, cache)


def next_state_in_one_pass(layer: Any, params: Any, cache: Any) -> dict[str, Any]:
    """Return the running statistics with σ² = mean(A²) − μ²."""
    (A,) = cache.inputs
    mu, N, q = mean(A), columns(A).shape[1], layer.momentum
    variance = (mean(A * A) - mu * mu) * (N / (N - 1))
    return {
        "mean": (1 - q) * params["mean"] + q * mu,
        "variance": (1 - q) * params["variance"] + q * variance,
    }
