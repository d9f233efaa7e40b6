"""The loss of generated layers: a class, a function of J and its gradient, or a pair of functions.

A loss is given the last layer's Z, and has the output's activation within.
"""

from __future__ import annotations

from dataclasses import dataclass

from parity_tests.campaigns.generated_programs.activation_lines import Activations
from parity_tests.campaigns.generated_programs.line_writer import LineWriter
from parity_tests.campaigns.generated_programs.loss_lines import (
    cost_expression,
    count_line,
    gradient_lines,
    label_lines,
)

CLASS_NAMES = {
    "cross_entropy": ("SoftmaxWithLoss", "SoftmaxCrossEntropy", "CrossEntropyLoss"),
    "binary_cross_entropy": ("SigmoidWithLoss", "BinaryCrossEntropyLoss", "BCELoss"),
    "squared_error": ("MSELoss", "MSE", "SquaredErrorLoss", "MeanSquaredErrorLoss"),
}
BOTH_NAMES = {
    "cross_entropy": ("softmax_loss", "softmax_cross_entropy", "softmax_cross_entropy_loss"),
    "binary_cross_entropy": ("sigmoid_cross_entropy", "sigmoid_cross_entropy_loss", "bce_loss"),
    "squared_error": ("mse_loss", "squared_error", "l2_loss"),
}
PAIR_NAMES = {
    "cross_entropy": ("cross_entropy", "cross_entropy_loss"),
    "binary_cross_entropy": ("bce", "binary_cross_entropy"),
    "squared_error": ("mse", "mse_loss", "squared_error"),
}


@dataclass
class LossWriter:
    """Writes the loss of layers.

    Attributes:
        w: writes the expressions.
        g: the activations.
        tensor: the name of dZ of the last layer, for mistakes.
        x: the name of what the loss is given; y that of the labels.
    """

    w: LineWriter
    g: Activations
    tensor: str
    x: str
    y: str

    @property
    def output(self) -> str:
        """The output, as an expression of what the loss is given."""
        return self.g.of(self.w.c.output, self.x)

    def counted(self) -> list[str]:
        """Return the lines of m, and of the labels' shape."""
        return [count_line(self.w, self.x, self.y), *label_lines(self.w, self.y)]

    def both(self) -> str:
        """Return a function of J and the gradient."""
        w = self.w
        a, d = w.pick("probs", "p", "a", "out"), w.pick("dx", "grad", "dout", "dz")
        lines = [
            *self.counted(), f"{a} = {self.output}",
            f"loss = {cost_expression(w, a, self.y)}",
            *gradient_lines(w, a, self.y, d, self.tensor),
            f"return loss, {d}",
        ]  # fmt: skip
        name = w.pick(*BOTH_NAMES[w.c.loss])
        return f"def {name}({self.x}, {self.y}):\n{w.indented(lines)}"

    def pair(self) -> str:
        """Return a function of J and one of its gradient."""
        w = self.w
        a = w.pick("a", "p", "out")
        name = w.pick(*PAIR_NAMES[w.c.loss])
        given = w.pick(f"{self.x}, {self.y}", f"{self.y}, {self.x}")
        prime = w.pick(f"{name}_prime", f"{name}_derivative", f"{name}_grad")
        start = [*self.counted(), f"{a} = {self.output}"]
        cost = [*start, f"return {cost_expression(w, a, self.y)}"]
        lines = [*start, *gradient_lines(w, a, self.y, "d", self.tensor), "return d"]
        return (
            f"def {name}({given}):\n{w.indented(cost)}\n\n"
            f"def {prime}({given}):\n{w.indented(lines)}"
        )

    def of_class(self, keeps: bool) -> tuple[str, str]:
        """Return the name of a class, and its text.

        Args:
            keeps: its backward pass returns nothing, and keeps the gradient.
        """
        w = self.w
        name = w.pick(*CLASS_NAMES[w.c.loss])
        kept = w.pick("y", "t", "labels", "target")
        out = w.pick("self.out", "self.probs", "self.p")
        forward = [
            *self.counted(), f"{out} = {self.output}", f"self.{kept} = {self.y}",
            f"return {cost_expression(w, out, self.y)}",
        ]  # fmt: skip
        own = f"self.{kept}"
        counted = [f"{w.m} = {out}.shape[{int(not w.c.rows)}]"]
        d = w.pick("d", "dx", "grad")
        backward = [*counted, *gradient_lines(w, out, own, d, self.tensor)]
        backward.append(f"self.dinputs = {d}" if keeps else f"return {d}")
        text = (
            f"class {name}:\n    def forward(self, {self.x}, {self.y}):\n{w.indented(forward, 2)}\n"
        )
        return name, f"{text}    def backward(self):\n{w.indented(backward, 2)}"
