"""The activations of a generated program, as functions of its file, in the usual spellings."""

from __future__ import annotations

from dataclasses import dataclass, field

from parity_tests.campaigns.generated_programs.line_writer import LineWriter

NAMES = {
    "relu": ("relu", "ReLU", "rectify"),
    "tanh": ("tanh", "tanh_activation"),
    "sigmoid": ("sigmoid", "sigm", "logistic", "σ"),
    "softmax": ("softmax", "stable_softmax"),
}
FORMULAS = {
    "relu": (
        "return np.maximum(0, {z})", "return np.maximum({z}, 0)", "return {z} * ({z} > 0)",
        "return np.where({z} > 0, {z}, 0)", "return np.clip({z}, 0, None)",
        "return ({z} + np.abs({z})) / 2", "out = {z}.copy()\nout[out < 0] = 0\nreturn out",
    ),
    "tanh": (
        "return np.tanh({z})", "return np.tanh({z})",
        "return (np.exp({z}) - np.exp(-{z})) / (np.exp({z}) + np.exp(-{z}))",
        "p, n = np.exp({z}), np.exp(-{z})\nreturn (p - n) / (p + n)",
    ),
    "sigmoid": (
        "return 1 / (1 + np.exp(-{z}))", "return 1.0 / (1.0 + np.exp(-{z}))",
        "return 1 / (1 + np.exp(-{z}))", "return np.exp({z}) / (1 + np.exp({z}))",
        "return 0.5 * (1 + np.tanh(0.5 * {z}))", "return 1 / (1 + np.e ** (-{z}))",
        "return np.where({z} >= 0, 1 / (1 + np.exp(-{z})), np.exp({z}) / (1 + np.exp({z})))",
    ),
    "softmax": (
        "e = np.exp({z} - np.max({z}, axis={axis}, keepdims=True))\n"
        "return e / np.sum(e, axis={axis}, keepdims=True)",
        "e = np.exp({z})\nreturn e / e.sum(axis={axis}, keepdims=True)",
        "{z} = {z} - {z}.max(axis={axis}, keepdims=True)\n"
        "return np.exp({z}) / np.exp({z}).sum(axis={axis}, keepdims=True)",
        "shifted = {z} - np.max({z})\n"
        "return np.exp(shifted) / np.sum(np.exp(shifted), axis={axis}, keepdims=True)",
        "top = {z}.max(axis={axis}, keepdims=True)\n"
        "total = np.log(np.exp({z} - top).sum(axis={axis}, keepdims=True))\n"
        "return np.exp({z} - top - total)",
    ),
}  # fmt: skip


@dataclass
class Activations:
    """The functions of activations of one program.

    Attributes:
        w: writes its lines.
        written: the functions so far, by the kind of the activation.
    """

    w: LineWriter
    written: dict[str, str] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)

    def of(self, g: str, z: str) -> str:
        """Return the activation of an expression, and write its function where there is none."""
        if g == "identity":
            return z
        if g == "tanh" and g not in self.named:
            self.named[g] = self.w.pick("np.tanh", "np.tanh", *NAMES[g])
        if g not in self.named:
            self.named[g] = self.w.pick(*NAMES[g])
        name = self.named[g]
        if g not in self.written and name != "np.tanh":
            self.written[g] = self.function(g, name)
        return f"{name}({z})"

    def function(self, g: str, name: str) -> str:
        """Return the text of a function."""
        z = self.w.pick("z", "x", "Z", "a", "values")
        formula = self.w.pick(*FORMULAS[g])
        if g == "softmax" and not self.w.c.rows and self.w.rng.random() < 0.1:
            formula = "return np.exp({z}) / sum(np.exp({z}))"
        body = formula.format(z=z, axis=self.w.axis)
        return f"def {name}({z}):\n{self.w.indented([body])}"

    @property
    def text(self) -> str:
        """All functions."""
        return "\n\n".join(self.written.values())
