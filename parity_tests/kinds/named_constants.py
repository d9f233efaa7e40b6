"""Mistakes with a constant c that only the candidate knows, by the kind of tensor."""

from __future__ import annotations

from parity_tests.kinds.formula_text import ALL, Edit, edit

BETA, BETA_1, BETA_2 = "beta", "beta1", "beta2"
STEP_TIMES_C = "step-times-c"
HYPER_PARAMETERS = {BETA: "β is {c}", BETA_1: "β₁ is {c}", BETA_2: "β₂ is {c}"}

FITTED: dict[str, tuple[Edit, ...]] = {
    "Z": (
        edit("b-times-c", "b{l} is multiplied by {c}", " + b", " + c * b"),
        edit("plus-c", "{c} was added", " + b", " + b + c"),
    ),
    "dW": (edit("plus-c-times-W", "{c} · W{l} was added", "dZ @", "c * W + dZ @"),),
    "db": (edit("plus-c-times-b", "{c} · b{l} was added", " / m", " / m + c * b"),),
    "dA": (
        edit("updated-W", "W{l} was updated, with α = {c}, before dA{p} was computed from it",
             "W.T", "(W - c * dW).T"),
    ),
    "v": (
        edit(BETA, HYPER_PARAMETERS[BETA], "beta *", "c *", "(1 - beta)", "(1 - c)"),
        edit(BETA_1, HYPER_PARAMETERS[BETA_1], "beta1 *", "c *", "(1 - beta1)", "(1 - c)"),
    ),
    "s": (
        edit(BETA, HYPER_PARAMETERS[BETA], "beta *", "c *", "(1 - beta)", "(1 - c)"),
        edit(BETA_2, HYPER_PARAMETERS[BETA_2], "beta2 *", "c *", "(1 - beta2)", "(1 - c)"),
    ),
    "theta": (
        edit(STEP_TIMES_C, "the step is {c} times as large", "theta - ", "theta - c * "),
        edit("epsilon", "ε is {c}", "epsilon", "c"),
        edit(BETA, HYPER_PARAMETERS[BETA], "(beta *", "(c *", "(1 - beta)", "(1 - c)"),
    ),
}  # fmt: skip
SLOPES: dict[str, Edit] = {
    "A": edit("leaky-slope", "a leaky ReLU of slope {c} is used instead of {kind}",
              ALL, "np.where(Z > 0, Z, c * Z)"),
    "dZ": edit("leaky-slope",
               "the derivative of a leaky ReLU of slope {c} is used instead of that of {kind}",
               ALL, "dA * np.where(Z > 0, 1, c)"),
}  # fmt: skip
