"""Mistakes with a constant c that only the candidate knows, by the kind of tensor."""

from __future__ import annotations

from parity_tests.kinds.line import ALL, Edit

FITTED: dict[str, tuple[Edit, ...]] = {
    "Z": (
        ("b{l} is multiplied by {c}", " + b", " + c * b"),
        ("{c} was added", " + b", " + b + c"),
    ),
    "dW": (("{c} · W{l} was added", "dZ @", "c * W + dZ @"),),
    "db": (("{c} · b{l} was added", " / m", " / m + c * b"),),
    "dA": (
        ("W{l} was updated, with α = {c}, before dA{p} was computed from it",
         "W.T", "(W - c * dW).T"),
    ),
    "v": (
        ("β is {c}", "beta *", "c *", "(1 - beta)", "(1 - c)"),
        ("β₁ is {c}", "beta1 *", "c *", "(1 - beta1)", "(1 - c)"),
    ),
    "s": (
        ("β is {c}", "beta *", "c *", "(1 - beta)", "(1 - c)"),
        ("β₂ is {c}", "beta2 *", "c *", "(1 - beta2)", "(1 - c)"),
    ),
    "theta": (
        ("the step is {c} times as large", "theta - ", "theta - c * "),
        ("ε is {c}", "epsilon", "c"),
        ("β is {c}", "(beta *", "(c *", "(1 - beta)", "(1 - c)"),
    ),
}  # fmt: skip
SLOPES: dict[str, Edit] = {
    "A": ("a leaky ReLU of slope {c} stands for {kind}", ALL, "np.where(Z > 0, Z, c * Z)"),
    "dZ": ("a leaky ReLU of slope {c} stands for {kind}: its derivative is another",
           ALL, "dA * np.where(Z > 0, 1, c)"),
}  # fmt: skip
