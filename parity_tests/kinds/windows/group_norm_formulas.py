"""Formulas of group norm that are equal on paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from parity_tests.kinds.norm_formulas import Statistics
from ref_numpy.arrays.axes import per_feature, sum_over_columns
from ref_numpy.layers.convolutional.group_norm import mean_of_groups, variance_of_groups

Measure = Callable[[Any, Any], Statistics]  # (layer, A)


def two_passes(layer: Any, A: Any) -> Statistics:
    """Return those with σ² = mean((A − μ)²)."""
    r = 1 / np.sqrt(variance_of_groups(A, layer.groups) + layer.epsilon)
    return Statistics(mean_of_groups(A, layer.groups), r)


def one_pass(layer: Any, A: Any) -> Statistics:
    """Return those with σ² = mean(A²) − μ², which loses digits where |μ| is large beside σ."""
    mu = mean_of_groups(A, layer.groups)
    variance = mean_of_groups(A * A, layer.groups) - mu * mu
    return Statistics(mu, 1 / np.sqrt(variance + layer.epsilon))


def scaled(measure: Measure) -> Callable[..., Any]:
    """Return the forward pass (γ r) A + (β − γ r μ), as torch has it."""

    def group_norm(layer: Any, params: Any, A: Any) -> Any:
        s = measure(layer, A)
        scale = per_feature(params["gamma"], A) * s.r
        return A * scale + (per_feature(params["beta"], A) - scale * s.mu)

    return group_norm


def normalised(measure: Measure) -> Callable[..., Any]:
    """Return the forward pass γ ((A − μ) r) + β."""

    def group_norm(layer: Any, params: Any, A: Any) -> Any:
        s = measure(layer, A)
        gamma, beta = (per_feature(params[name], A) for name in ("gamma", "beta"))
        return gamma * ((A - s.mu) * s.r) + beta

    return group_norm


def as_torch(measure: Measure, of_sums: bool) -> Callable[..., Any]:
    """Return the backward pass with dA = (γ r) dZ + b A + c, as torch has it.

    Args:
        measure: the statistics.
        of_sums: whether dγ = Σ (Σ_t dZ A − μ Σ_t dZ) r, of each example's sums over its positions,
            which loses digits where |μ| is large beside σ; otherwise Σ dZ ∗ Â.
    """

    def group_norm(layer: Any, params: Any, cache: Any, dZ: Any) -> Any:
        (A,), scale = cache.inputs, cache.context.scale
        s, dA, gradients = measure(layer, A), None, {}
        if cache.to_inputs:
            gamma = per_feature(params["gamma"], dZ)
            total = mean_of_groups(gamma * dZ, layer.groups)
            along = mean_of_groups(gamma * dZ * A, layer.groups)
            b = (total * s.mu - along) * s.r * s.r * s.r
            dA = gamma * s.r * dZ + b * A + (-b * s.mu - total * s.r)
        if cache.to_parameters:
            gamma = sum_over_columns(dZ * ((A - s.mu) * s.r))
            if of_sums:
                with_A, alone = (over_positions(x) for x in (dZ * A, dZ))
                mu, r = (over_positions(x) for x in (s.mu, s.r))
                gamma = ((with_A - mu * alone) * r).sum(axis=1, keepdims=True)
            gradients = {"gamma": gamma / scale, "beta": sum_over_columns(dZ) / scale}
        return (dA,), gradients

    return group_norm


def over_positions(x: Any) -> Any:
    """Return the sum over the positions of each example, (n, m)."""
    return x.reshape(*x.shape[:2], -1).sum(axis=2)
