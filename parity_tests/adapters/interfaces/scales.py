"""The scale of a program's J and of its gradients: a mean, a sum, with or without ½."""

from __future__ import annotations

from typing import Any

# How a program's J is to the reference's, in words: the factor of m examples and n_y outputs. The
# reference's is the mean of L(i), and that of the squared error has ½ Σ_k.
MEAN = "mean"
SCALES = {
    MEAN: lambda m, n_y: 1.0,
    "sum": lambda m, n_y: float(m),
    "mean over outputs": lambda m, n_y: 1 / n_y,
    "sum of means over outputs": lambda m, n_y: m / n_y,
    "mean, without ½": lambda m, n_y: 2.0,
    "sum, without ½": lambda m, n_y: 2.0 * m,
    "mean over outputs, without ½": lambda m, n_y: 2 / n_y,
    "sum of means over outputs, without ½": lambda m, n_y: 2 * m / n_y,
    "negative mean": lambda m, n_y: -1.0,
    "negative sum": lambda m, n_y: -float(m),
}
NEGATIVE = ("negative mean", "negative sum")


def scales(loss: str, n_y: int) -> list[str]:
    """Return the scales that a cost may have, each once."""
    every = [n for n in SCALES if n not in NEGATIVE]
    every = every if loss == "squared_error" else [n for n in every if "½" not in n]
    is_exact = n_y > 1 and n_y & (n_y - 1) == 0  # a mean over 3 outputs is another rounding
    return [n for n in every if is_exact or "outputs" not in n]


def in_scale(x: Any, scale: str, m: int, n_y: int) -> Any:
    """Return x in the reference's scale: x / m of a sum.

    That is the last operation of the reference, or exact: n_y is 1, 2, 4 or 8.
    """
    factor = SCALES[scale](m, n_y)
    return x if factor == 1 else x / factor


def option_of(scale: str) -> str:
    """Return a scale as an option names it: "mean-without-half" of "mean, without ½"."""
    return scale.replace(", ", "-").replace("½", "half").replace(" ", "-")


OPTIONS = {option_of(scale): scale for scale in SCALES}
COSTS = tuple(option_of(scale) for scale in SCALES if scale not in NEGATIVE)
