"""The conventions of a program, in the scale of its cost and gradients: told by its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parity_tests.adapters.interfaces.layout import COLUMN, FLAT, ROW, Layout
from parity_tests.adapters.interfaces.scales import MEAN, SCALES, in_scale
from ref_numpy import Array, NetworkSpec

Problem = tuple[dict[str, Array], Array, Array]


@dataclass(frozen=True)
class Conventions:
    """What a program computes, and in which scale.

    Attributes:
        spec: the network, with its activations and its loss.
        cost: the scale of J, one of `SCALES`; None where the program has no J.
        gradients: that of dW and db.
        output: the name of the output tensor: A2, or Z2 of a program that returns logits.
        of_J: dZ and dA in the program's variables are of its J, in the scale of its gradients, not
            of each example's loss as the reference's are.
    """

    spec: NetworkSpec
    cost: str | None
    gradients: str
    output: str
    of_J: bool = False

    def held(self, tensors: Mapping[str, Any], m: int) -> dict[str, Any]:
        """Return the tensors in a program's variables in the reference's scale."""
        factor = self.factor_of_held(m) if self.of_J else 1
        return {n: x * factor if n[0] == "d" else x for n, x in tensors.items()}

    def factor_of_held(self, m: int) -> float:
        """Return m J ÷ the program's J: what makes its dZ those of each example's loss."""
        return m / SCALES[self.gradients](m, self.spec.output_shape[0])

    def trace(self, tensors: Mapping[str, Any], m: int) -> dict[str, Any]:
        """Return a program's tensors by canonical names and in the reference's scale."""
        n_y = self.spec.output_shape[0]
        trace = {n: in_scale(x, self.gradients, m, n_y) for n, x in tensors.items() if n[0] == "d"}
        if "J" in tensors:
            trace["J"] = in_scale(tensors["J"], self.cost or MEAN, m, n_y)
        if "output" in tensors:
            trace[self.output] = tensors["output"]
        return trace


def layout_of(facts: Mapping[str, Any]) -> Layout:
    """Return the layout of a program's arrays."""
    shape = tuple(facts["bias_shape"])
    is_row = len(shape) == 2 and shape[0] == 1 and (shape[1] > 1 or bool(facts["rows"]))
    biases = FLAT if len(shape) == 1 else ROW if is_row else COLUMN
    return Layout(bool(facts["rows"]), bool(facts["in_out"]), biases)
