"""The formulas of backward propagation, and the mistakes that people make in them.

The names in the formulas are those of `formula_text`.
"""

from __future__ import annotations

from parity_tests.kinds.formula_text import ALL, Edit, FormulaText, choice, edit
from parity_tests.kinds.forward_lines import epsilon_edits
from ref_numpy import (
    BinaryCrossEntropy,
    CrossEntropy,
    Identity,
    LeakyReLU,
    Loss,
    ReLU,
    Sigmoid,
    Softmax,
    SquaredError,
    Tanh,
)
from ref_numpy.layer import Layer

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
ONCE_MORE: dict[type[Layer], Edit] = {
    Sigmoid: edit("derivative-once-more", "the sigmoid's derivative was applied once more",
                  ALL, "(A - Y) * A * (1 - A)"),
    Softmax: edit("derivative-once-more", "the softmax's derivative was applied once more",
                  ALL, "A * ((A - Y) - ((A - Y) * A).sum(axis=0, keepdims=True))"),
}  # fmt: skip
ELEMENTWISE: Edit = edit(
    "times-sigmoid-derivative", "A (1 − A), the sigmoid's derivative, was multiplied in",
    ALL, "(A - Y) * A * (1 - A)",
)  # fmt: skip
IN_QUOTIENT = "epsilon-in-quotient", "ε = {epsilon} was added to the denominator"
DZ_FOR_DA = edit("dZ-for-dA", "A − Y, which is dZ{l}, is used instead of dA{l}", ALL, "A - Y")
DA_LAST: dict[type[Loss], FormulaText] = {
    BinaryCrossEntropy: FormulaText("dA", "-(Y / A - (1 - Y) / (1 - A))", (
        edit("missing-second-term", "the term (1 − Y)/(1 − A) is missing",
             " - (1 - Y) / (1 - A)", ""),
        edit("missing-first-term", "the term Y/A is missing", "Y / A - ", "-"),
        edit("plus-second-term", "its two terms are added", " - (1 - Y)", " + (1 - Y)"),
        DZ_FOR_DA,
        edit("swapped-A", "A and 1 − A are swapped",
             "A -", "(1 - A) -", "(1 - A)", "A"),
        *epsilon_edits(*IN_QUOTIENT, "/ A", "/ (A + {e})", "/ (1 - A)", "/ (1 - A + {e})"),
    )),
    CrossEntropy: FormulaText("dA", "-Y / A", (
        DZ_FOR_DA,
        edit("missing-1/A", "1/A is missing", " / A", ""),
        *epsilon_edits(*IN_QUOTIENT, "/ A", "/ (A + {e})"),
    )),
    SquaredError: FormulaText("dA", "A - Y", (
        NOT_MINUS_Y,
        PLUS_Y,
        Z_FOR_A,
        edit("squared", "the error is squared, as in J", ALL, "(A - Y)**2"),
    )),
}  # fmt: skip

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

DZ: dict[type[Layer], FormulaText] = {
    Identity: FormulaText("dZ", "dA"),
    Sigmoid: FormulaText("dZ", "dA * A * (1 - A)", (
        missing(" * A * (1 - A)"),
        activation_itself(" * (1 - A)", ""),
        edit("missing-parentheses", "parentheses are missing around 1 − A", "(1 - A)", "1 - A"),
        edit("missing-A", "A (1 − A) was expected, 1 − A is used", " * A *", " *"),
        derivative_at("Z-for-A-in-derivative", "Z{l}", "A * (1 - A)", "Z * (1 - Z)"),
        derivative_of_activation("A * (1 - A)", "g(A) * (1 - g(A))"),
        derivative_twice("A * (1 - A)", "A * (1 - A) * A * (1 - A)"),
        edit("missing-dA", NO_DA, "dA * ", ""),
    )),
    Tanh: FormulaText("dZ", "dA * (1 - A * A)", (
        missing(" * (1 - A * A)"),
        activation_itself("(1 - A * A)", "A"),
        edit("missing-square", "1 − A² was expected, 1 − A is used", "A * A", "A"),
        edit("missing-1-minus", "1 − A² was expected, A² is used", "1 - A * A", "A * A"),
        edit("square-of-difference", "1 − A² was expected, (1 − A)² is used",
             "1 - A * A", "(1 - A) * (1 - A)"),
        edit("sigmoid-derivative",
             "1 − A² was expected, A (1 − A), the sigmoid's derivative, is used",
             "1 - A * A", "A * (1 - A)"),
        edit("missing-parentheses", "parentheses are missing around 1 − A²",
             "(1 - A * A)", "1 - A * A"),
        edit("times-A", "A is multiplied in as well", "(1 - A * A)", "A * (1 - A * A)"),
        edit("1-minus-Z", "1 − A² was expected, 1 − Z is used", "A * A", "Z"),
        derivative_at("A_prev-for-A-in-derivative", "A{p}", "A * A", "A_prev * A_prev"),
        edit("plus-square", "1 − A² was expected, 1 + A² is used", "1 -", "1 +"),
        derivative_at("Z-for-A-in-derivative", "Z{l}", "A * A", "Z * Z"),
        derivative_of_activation("A * A", "g(A) * g(A)"),
        derivative_twice("(1 - A * A)", "(1 - A * A) * (1 - A * A)"),
        edit("missing-dA", NO_DA, "dA * ", ""),
    )),
    ReLU: FormulaText("dZ", "dA * (Z > 0)", (
        missing(" * (Z > 0)"),
        activation_itself("(Z > 0)", "A"),
        ONE_AT_0,
        choice("half-at-0", "the derivative at 0 is ½, and that of the reference is 0",
               "(Z > 0)", "np.where(Z > 0, 1, np.where(Z >= 0, 1 / 2, 0))"),
        INVERTED,
        *MASKS,
    )),
    LeakyReLU: FormulaText("dZ", "dA * np.where(Z > 0, 1, slope)", (
        missing(" * np.where(Z > 0, 1, slope)"),
        activation_itself("np.where(Z > 0, 1, slope)", "A"),
        ONE_AT_0,
        INVERTED,
        *MASKS,
    )),
    Softmax: FormulaText("dZ", "A * (dA - (dA * A).sum(axis=0, keepdims=True))", (
        missing(ALL),
        edit("elementwise-derivative",
             "the softmax's derivative is taken elementwise",
             ALL, "dA * A * (1 - A)"),
        edit("missing-sum", "Σ_k dA_k A_k is missing",
             " - (dA * A).sum(axis=0, keepdims=True)", ""),
        edit("sum-over-examples", "the sum runs over the examples, axis 1", "axis=0", "axis=1"),
        edit("sum-of-A", "dA ∗ A was expected in the sum, A is used", "dA * A)", "A)"),
    )),
}  # fmt: skip

DA_FOR_DZ = edit("dA-for-dZ", "dA{l} is used instead of dZ{l}", "dZ", "dA")

DW = FormulaText("dW", "dZ @ A_prev.T / m", (
    edit("A-for-A_prev", "A{l} is used instead of A{p}", "A_prev", "A"),
    edit("Z_prev-for-A_prev", "Z{p} is used instead of A{p}", "A_prev", "Z_prev"),
    DA_FOR_DZ,
    edit("transposed", "it is transposed: A{p} dZ{l}^T", "dZ @ A_prev.T", "A_prev @ dZ.T"),
    edit("elementwise-product", "the product is elementwise, dZ{l} ∗ A{p}",
         "dZ @ A_prev.T", "dZ * A_prev"),
    edit("of-first-example", "it is the gradient of the first example alone",
         "dZ @ A_prev.T / m", "dZ[:, :1] @ A_prev[:, :1].T"),
    edit("of-last-example", "it is the gradient of the last example alone",
         "dZ @ A_prev.T / m", "dZ[:, -1:] @ A_prev[:, -1:].T"),
    edit("sum-of-first-example", "only the first example is summed",
         "dZ @ A_prev.T", "dZ[:, :1] @ A_prev[:, :1].T"),
    edit("sum-of-last-example", "only the last example is summed",
         "dZ @ A_prev.T", "dZ[:, -1:] @ A_prev[:, -1:].T"),
    edit("missing-first-example", "the first example is left out",
         "dZ @ A_prev.T", "dZ[:, 1:] @ A_prev[:, 1:].T"),
    edit("missing-last-example", "the last example is left out",
         "dZ @ A_prev.T", "dZ[:, :-1] @ A_prev[:, :-1].T"),
    edit("plus-batch-before", "the gradient of the previous batch was added",
         " / m", " / m + dW_before"),
))  # fmt: skip

DB = FormulaText("db", "dZ.sum(axis=1, keepdims=True) / m", (
    DA_FOR_DZ,
    edit("mean-of-everything", "it is the mean of all numbers: axis=1 is missing",
         ALL, "dZ.sum() / (n * m)"),
    edit("sum-of-everything", "the sum runs over the units as well",
         "dZ.sum(axis=1, keepdims=True)", "dZ.sum()"),
    edit("sum-over-units", "the sum runs over the units, axis 0", "axis=1", "axis=0"),
    edit("sum-over-units-transposed", "the sum runs over the units, axis 0, and is transposed",
         "dZ.sum(axis=1, keepdims=True)", "dZ.sum(axis=0, keepdims=True).T"),
    edit("missing-keepdims", "keepdims=True is missing, which leaves a rank-1 array",
         ", keepdims=True", ""),
    edit("missing-sum", "the examples are not summed", ".sum(axis=1, keepdims=True)", ""),
    edit("of-first-example", "it is the gradient of the first example alone",
         "dZ.sum(axis=1, keepdims=True) / m", "dZ[:, :1]"),
    edit("of-last-example", "it is the gradient of the last example alone",
         "dZ.sum(axis=1, keepdims=True) / m", "dZ[:, -1:]"),
    edit("sum-of-first-example", "only the first example is summed",
         "dZ.sum(axis=1, keepdims=True)", "dZ[:, :1]"),
    edit("sum-of-last-example", "only the last example is summed",
         "dZ.sum(axis=1, keepdims=True)", "dZ[:, -1:]"),
    edit("missing-first-example", "the first example is left out", "dZ.sum", "dZ[:, 1:].sum"),
    edit("missing-last-example", "the last example is left out", "dZ.sum", "dZ[:, :-1].sum"),
    edit("plus-batch-before", "the gradient of the previous batch was added",
         " / m", " / m + db_before"),
    edit("plus-L2", "(λ/m) b{l} was added: the biases have no L2 term",
         " / m", " / m + lambd / m * b"),
))  # fmt: skip

DA = FormulaText("dA_prev", "W.T @ dZ", (
    edit("untransposed-W", "W{l} is used instead of W{l}^T", "W.T", "W"),
    DA_FOR_DZ,
    edit("elementwise-product", "the product is elementwise, W{l}^T ∗ dZ{l}", "@", "*"),
    edit("A-for-dZ", "A{l} is used instead of dZ{l}", "dZ", "A"),
))  # fmt: skip

L2_OF_DW = " + lambd / m * W", (
    edit("missing-L2", "the L2 term is missing", " + lambd / m * W", ""),
    edit("L2-missing-1/m", "the L2 term is not divided by m", "lambd / m", "lambd"),
    edit("L2-twice", "the L2 term is twice as large", "lambd / m", "2 * lambd / m"),
    edit("L2-half", "the L2 term is half as large", "lambd / m", "lambd / (2 * m)"),
    edit("minus-L2", "the L2 term is subtracted", " + lambd", " - lambd"),
)  # fmt: skip
