"""Formulas of the norms that are equal on paper, and the mistakes that both have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from parity_tests.kinds.formula_text import Edit, FormulaText, edit
from ref_numpy.arrays.axes import per_feature, sum_over_columns


class Statistics(NamedTuple):
    """Of one tensor.

    Attributes:
        mu: the mean of each column.
        r: 1/√(σ² + ε).
    """

    mu: Any
    r: Any


ONE_PASS = "the variance as mean(a²) − μ², which loses digits where |μ| is large beside σ"

Measure = Callable[[Any, Any], Statistics]  # (layer, A)
Normalise = Callable[[Any, Statistics], Any]  # (A, statistics) → Â
Way = Callable[[Any, Statistics, Any, Any], Any]  # (A, statistics, dÂ, n) → dA


def mean(A: Any) -> Any:
    """Return the mean of each column, (1, m, …)."""
    return A.mean(axis=0, keepdims=True)


def two_passes(layer: Any, A: Any) -> Statistics:
    """Return those with σ² = mean((A − μ)²)."""
    return Statistics(mean(A), 1 / np.sqrt(A.var(axis=0, keepdims=True) + layer.epsilon))


def one_pass(layer: Any, A: Any) -> Statistics:
    """Return those with σ² = mean(A²) − μ², which loses digits where |μ| is large beside σ."""
    mu = mean(A)
    return Statistics(mu, 1 / np.sqrt(mean(A * A) - mu * mu + layer.epsilon))


def centred(A: Any, s: Statistics) -> Any:
    """Return Â = (A − μ) r."""
    return (A - s.mu) * s.r


def two_products(A: Any, s: Statistics) -> Any:
    """Return Â = A r − μ r, as torch has it."""
    return A * s.r - s.mu * s.r


def forward(measure: Measure, normalise: Normalise) -> Callable[..., Any]:
    """Return the forward pass with these statistics, and this Â."""

    def layer_norm(layer: Any, params: Any, A: Any) -> Any:
        gamma, beta = (per_feature(params[name], A) for name in ("gamma", "beta"))
        return gamma * normalise(A, measure(layer, A)) + beta

    return layer_norm


def backward(measure: Measure, normalise: Normalise, way: Way) -> Callable[..., Any]:
    """Return the backward pass with these statistics, this Â, and this gradient of the input."""

    def layer_norm(layer: Any, params: Any, cache: Any, dZ: Any) -> Any:
        (A,) = cache.inputs
        s, scale = measure(layer, A), cache.context.scale
        dA, gradients = None, {}
        if cache.to_inputs:
            dA = way(A, s, per_feature(params["gamma"], dZ) * dZ, layer.n)
        if cache.to_parameters:
            gradients = {
                "gamma": sum_over_columns(dZ * normalise(A, s)) / scale,
                "beta": sum_over_columns(dZ) / scale,
            }
        return (dA,), gradients

    return layer_norm


def by_means(A: Any, s: Statistics, dA_hat: Any, n: int) -> Any:
    """Return r (dÂ − mean(dÂ) − Â mean(dÂ ∗ Â))."""
    A_hat = centred(A, s)
    return s.r * (dA_hat - mean(dA_hat) - A_hat * mean(dA_hat * A_hat))


def as_torch(A: Any, s: Statistics, dA_hat: Any, n: int) -> Any:
    """Return r dÂ + b A + c, as torch has it, with b and c of each column."""
    total = dA_hat.sum(axis=0, keepdims=True)
    along = (dA_hat * A).sum(axis=0, keepdims=True)
    b = (total * s.mu - along) * s.r * s.r * s.r * (1 / n)
    c = -b * s.mu - total * s.r * (1 / n)
    return s.r * dA_hat + b * A + c


def rms_norm_in_two_shares(layer: Any, params: Any, cache: Any, dZ: Any) -> Any:
    """Return RMSNorm's dA = r dÂ − A Σ(dÂ ∗ A) r³/n, one share of each use of A, and dγ.

    Autograd of a norm that is written line by line has these; in float16 r³ underflows where A is
    large.
    """
    (A,) = cache.inputs
    r = 1 / np.sqrt(mean(A * A) + layer.epsilon)
    dA, gradients = None, {}
    if cache.to_inputs:
        dA_hat = per_feature(params["gamma"], dZ) * dZ
        d_r = (dA_hat * A).sum(axis=0, keepdims=True)
        dA = r * dA_hat - A * (d_r * (r * r * r) / layer.n)
    if cache.to_parameters:
        gradients = {"gamma": sum_over_columns(dZ * (A * r)) / cache.context.scale}
    return (dA,), gradients


AXIS = "axis=0"
OVER_EXAMPLES = edit(
    "over-examples",
    "the statistics are those of each feature over the examples, axis 1, as of batch normalisation",
    AXIS, "axis=1",
)  # fmt: skip
OVER_POSITIONS = edit(
    "over-positions", "the statistics are those over the positions, too", AXIS, "axis=(0, 2)"
)
OUTSIDE = "epsilon-outside-root", "ε is added to the root, not within it"
NO_EPSILON = edit("missing-epsilon", "ε is missing", " + epsilon", "")


def other_epsilon(centred: str, root: str) -> dict[str, Edit]:
    """Return the mistake that ε is another number, in each line of a norm.

    Args:
        centred: the text of what is divided by the root.
        root: that of the root, with ε.
    """
    code, root = ("other-epsilon", "ε is {c}"), root.replace("epsilon", "c")
    A_hat = f"(({centred}) / {root})"
    return {
        "Z": edit(*code, "epsilon", "c"),
        "dA_prev": edit(*code, "r * (", f"1 / {root} * (", "A_hat", A_hat),
        "dgamma": edit(*code, "A_hat", A_hat),
    }


def of_the_input(last: str) -> tuple[Edit, ...]:
    """Return the mistakes in dA that both norms have; `last` is the text of the term with Â."""
    return (
        edit("missing-variance-term",
             "the term of the variance is missing: r depends on each feature", last, ""),
        edit("missing-gamma", "γ is missing", "gamma * dZ", "dZ"),
        edit("missing-r", "r is missing", "r * (", "("),
        edit("over-examples", "the means are taken over the examples, axis 1", AXIS, "axis=1"),
        edit("sums-for-means", "sums are used instead of means: 1/n is missing", ".mean(", ".sum("),
        edit("input-for-normalised", "the input is used instead of its normalised Â",
             "A_hat", "A_prev"),
        edit("plus-variance-term", "the term of the variance is added", " - A_hat", " + A_hat"),
    )  # fmt: skip


DGAMMA = FormulaText("dgamma", "columns(dZ * A_hat).sum(axis=1, keepdims=True)", (
    edit("missing-normalised", "dZ is not multiplied by the normalised Â", " * A_hat", ""),
    edit("input-for-normalised", "the input is used instead of its normalised Â",
         "A_hat", "A_prev"),
    edit("result-for-normalised", "Z is used instead of the normalised Â", "A_hat", "Z"),
    edit("divided-by-m", "it is divided by m once more", "True)", "True) / m"),
    edit("last-position", "only the last position is summed",
         "dZ * A_hat", "(dZ * A_hat)[..., -1:]"),
    edit("last-example", "only the last example is summed", "dZ * A_hat", "(dZ * A_hat)[:, -1:]"),
    edit("sum-over-features", "the sum runs over the features, axis 0", "axis=1", "axis=0"),
))  # fmt: skip

DBETA = FormulaText("dbeta", "columns(dZ).sum(axis=1, keepdims=True)", (
    edit("times-gamma", "γ is multiplied in", "(dZ)", "(gamma * dZ)"),
    edit("times-normalised", "the normalised Â is multiplied in", "(dZ)", "(dZ * A_hat)"),
    edit("divided-by-m", "it is divided by m once more", "True)", "True) / m"),
    edit("last-position", "only the last position is summed", "dZ", "dZ[..., -1:]"),
    edit("sum-over-features", "the sum runs over the features, axis 0", "axis=1", "axis=0"),
))  # fmt: skip
