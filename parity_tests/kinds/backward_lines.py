"""Backward propagation: lines and mistakes that several kinds have.

Those of one kind are in `layers/` and `losses/`. The names are those of `formula_text`.
"""

from __future__ import annotations

from parity_tests.kinds.formula_text import ALL, Edit, FormulaText, choice, edit

NOT_MINUS_Y = edit("missing-Y", "Y is not subtracted", " - Y", "")
PLUS_Y = edit("plus-Y", "Y is added", " - Y", " + Y")
Z_FOR_A = edit("Z-for-A", "Z{l} is used instead of A{l}", "A", "Z")

# ∂L/∂Z[L] of the cross-entropies, loss and activation in one step.
DZ_LAST = FormulaText("dZ", "A - Y", (
    NOT_MINUS_Y,
    PLUS_Y,
    Z_FOR_A,
    edit("A-for-logits",
         "A{l} is used instead of the logits Z{l}: the activation is applied twice", "A", "g(A)"),
))  # fmt: skip
# The same of examples with weights w; of the squared error it is ∂L/∂A[L].
WITHOUT_W = edit("missing-w", "the weights w of the examples are missing", "w * ", "")
WEIGHTED_LAST = FormulaText("dZ", "w * (A - Y)", (WITHOUT_W,))
IN_QUOTIENT = "epsilon-in-quotient", "ε = {epsilon} was added to the denominator"
DZ_FOR_DA = edit("dZ-for-dA", "A − Y, which is dZ{l}, is used instead of dA{l}", ALL, "A - Y")

TWICE = "derivative-twice"
NO_DA = "the derivative is not multiplied by dA{l}"
NO_DA_BY_MASK = "the mask is not multiplied by dA{l}"


def missing(derivative: str) -> Edit:
    """Return the mistake that the activation's derivative is missing."""
    sentence = "dA{l} is used instead of dZ{l}: the activation's derivative is missing"
    return edit("missing-derivative", sentence, derivative, "dA" if derivative == ALL else "")


def activation_itself(derivative: str, activation: str) -> Edit:
    """Return the mistake that dA is multiplied by the activation, not by its derivative."""
    sentence = "the activation is used instead of its derivative"
    return edit("activation-for-derivative", sentence, derivative, activation)


def derivative_at(code: str, name: str, *texts: str) -> Edit:
    """Return the mistake that the derivative is computed from another tensor, `name`."""
    return edit(code, f"{name} is used instead of A{{l}} in the derivative", *texts)


def derivative_of_activation(*texts: str) -> Edit:
    """Return the mistake that g' is taken at A, as if A were the logits."""
    return edit("derivative-at-A", "the derivative was evaluated at A{l}, not at Z{l}", *texts)


def derivative_twice(*texts: str) -> Edit:
    """Return the mistake that the derivative is multiplied in twice."""
    return edit(TWICE, "the derivative was applied twice", *texts)


MASKS = (
    edit("mask-of-dA", "the mask is dA{l} > 0, and not Z{l} > 0", "Z > 0", "dA > 0"),
    edit("mask-of-A_prev", "the mask is A{p} > 0, and not Z{l} > 0", "Z > 0", "A_prev > 0"),
    edit("missing-dA", NO_DA_BY_MASK, "dA * ", "1 * "),
)  # the first as np.maximum(dA, 0) is
ONE_AT_0 = choice(
    "mask-at-0", "the derivative at 0 is 1: the mask is z ≥ 0, and that of the reference is z > 0",
    "Z > 0", "Z >= 0",
)  # fmt: skip
INVERTED = edit("mask-inverted", "the mask is inverted", "Z > 0", "Z <= 0")

L2_OF_DW = " + lambd / m * W", (
    edit("missing-L2", "the L2 term is missing", " + lambd / m * W", ""),
    edit("L2-missing-1/m", "the L2 term is not divided by m", "lambd / m", "lambd"),
    edit("L2-twice", "the L2 term is twice as large", "lambd / m", "2 * lambd / m"),
    edit("L2-half", "the L2 term is half as large", "lambd / m", "lambd / (2 * m)"),
    edit("minus-L2", "the L2 term is subtracted", " + lambd", " - lambd"),
)  # fmt: skip
