"""The conventions of a program, in the scale of its cost and gradients: told by its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parity_tests.adapters.interfaces.layout import COLUMN, FLAT, ROW, Layout
from ref_numpy import Array, NetworkSpec

Problem = tuple[dict[str, Array], Array, Array]

# How a program's J is to the reference's, by words: the factor of m examples and n_y outputs. The
# reference's is the mean of L(i), and that of the squared error has ½ Σ_k.
MEAN = "mean"
SCALES = {
    MEAN: lambda m, n_y: 1.0,
    "sum": lambda m, n_y: float(m),
    "mean over outputs": lambda m, n_y: 1 / n_y,
    "mean, without ½": lambda m, n_y: 2.0,
    "sum, without ½": lambda m, n_y: 2.0 * m,
    "mean over outputs, without ½": lambda m, n_y: 2 / n_y,
    "negative mean": lambda m, n_y: -1.0,
    "negative sum": lambda m, n_y: -float(m),
}
NEGATIVE = ("negative mean", "negative sum")


def scales(loss: str, n_y: int) -> list[str]:
    """Return the scales that a cost may have, each once."""
    every = [n for n in SCALES if n not in NEGATIVE]
    every = every if loss == "squared_error" else [n for n in every if "½" not in n]
    return [n for n in every if n_y > 1 or "outputs" not in n]


@dataclass(frozen=True)
class Conventions:
    """What a program computes, and in which scale.

    Attributes:
        spec: the network, with its activations and its loss.
        cost: the scale of J, a key of `SCALES`; None where the program has no J.
        gradients: that of dW and db.
        output: the name of the output tensor: A2, or Z2 of a program that returns logits.
        by_m: dZ and dA in the program's variables are of J, so that m of them are the reference's.
    """

    spec: NetworkSpec
    cost: str | None
    gradients: str
    output: str
    by_m: bool = False

    def held(self, tensors: Mapping[str, Any], m: int) -> dict[str, Any]:
        """Return the tensors in a program's variables in the reference's scale."""
        return {n: x * m if n[0] == "d" and self.by_m else x for n, x in tensors.items()}

    def trace(self, tensors: Mapping[str, Any], m: int) -> dict[str, Any]:
        """Return a program's tensors by canonical names and in the reference's scale."""
        n_y = self.spec.output_shape[0]
        trace = {n: in_scale(x, self.gradients, m, n_y) for n, x in tensors.items() if n[0] == "d"}
        if "J" in tensors:
            trace["J"] = in_scale(tensors["J"], self.cost or MEAN, m, n_y)
        if "output" in tensors:
            trace[self.output] = tensors["output"]
        return trace


def in_scale(x: Any, scale: str, m: int, n_y: int) -> Any:
    """Return x in the reference's scale: x / m of a sum.

    That is the last operation of the reference, or exact: n_y is 1, 2, 4 or 8.
    """
    factor = SCALES[scale](m, n_y)
    return x if factor == 1 else x / factor


def layout_of(facts: Mapping[str, Any]) -> Layout:
    """Return the layout of a program's arrays."""
    shape = tuple(facts["bias_shape"])
    biases = FLAT if len(shape) == 1 else ROW if len(shape) == 2 and shape[0] == 1 else COLUMN
    return Layout(bool(facts["rows"]), bool(facts["in_out"]), biases)
