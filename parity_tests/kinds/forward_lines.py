"""The formulas of forward propagation, and the mistakes that people make in them.

The names in the formulas are those of `formula_text`.
"""

from __future__ import annotations

from parity_tests.kinds.formula_text import ALL, Edit, FormulaText, choice, edit
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

Z = FormulaText("Z", "W @ A_prev + b", (
    edit("missing-b", "b{l} is missing", " + b", ""),
    edit("minus-b", "b{l} was subtracted", " + b", " - b"),
    edit("b-twice", "b{l} was added twice", " + b", " + 2 * b"),
    edit("b-along-examples", "b{l} is added along the examples", " + b", " + b.T"),
    edit("transposed-W", "W{l}^T is used instead of W{l}", "W @", "W.T @"),
    edit("missing-activation", "Z{p} is used instead of A{p}: the activation is left out",
         "A_prev", "Z_prev"),
    edit("elementwise-product", "the product is elementwise, W{l} ∗ A{p}", "@", "*"),
    edit("activated", "the activation of Z{l} is given instead of Z{l}",
         ALL, "g(W @ A_prev + b)"),
))  # fmt: skip

A: dict[type[Layer], FormulaText] = {
    Identity: FormulaText("A", "Z"),
    Sigmoid: FormulaText("A", "1 / (1 + np.exp(-Z))", (
        edit("exp-of-plus-z", "e^−z was expected, e^z is used", "-Z", "Z"),
        edit("missing-parentheses", "parentheses are missing around the denominator",
             ALL, "1 / 1 + np.exp(-Z)"),
        edit("minus-exp", "1 + e^−z was expected, 1 − e^−z is used", "1 +", "1 -"),
    )),
    Tanh: FormulaText("A", "np.tanh(Z)", (
        edit("half-z", "tanh(z/2) is used instead of tanh(z)", "Z", "Z / 2"),
        edit("twice-z", "tanh(2z) is used instead of tanh(z)", "Z", "2 * Z"),
    )),
    ReLU: FormulaText("A", "np.maximum(Z, 0)", (
        edit("minimum", "the maximum was expected, the minimum is used", "maximum", "minimum"),
        edit("absolute-value", "max(0, z) was expected, |z| is used", ALL, "np.abs(Z)"),
    )),
    LeakyReLU: FormulaText("A", "np.where(Z > 0, Z, slope * Z)", (
        edit("swapped-branches", "the two branches are swapped", "Z > 0", "Z <= 0"),
        edit("slope-without-z", "z < 0 gives the slope, and not slope · z", "slope * Z", "slope"),
    )),
    Softmax: FormulaText("A", "t / t.sum(axis=0, keepdims=True)", (
        edit("over-examples", "the softmax is taken over examples, axis 1",
             ALL, "np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)"),
        edit("sum-over-examples", "the sum runs over examples, axis 1", "axis=0", "axis=1"),
        edit("over-everything", "the softmax is taken over all numbers",
             ALL, "np.exp(Z) / np.exp(Z).sum()"),
        edit("exp-without-sum", "e^z is not divided by its sum", ALL, "np.exp(Z)"),
        edit("shifted-exp-without-sum", "e^(z − max z) is not divided by its sum",
             " / t.sum(axis=0, keepdims=True)", ""),
        edit("missing-exp", "the numbers themselves are divided by their sum, without e^z",
             ALL, "Z / Z.sum(axis=0, keepdims=True)"),
    )),
}  # fmt: skip
TWICE: Edit = edit("activation-twice", "the activation was applied twice", ALL, "g(g(Z))")

EPSILON = "epsilon-inside-log"


def epsilon_edits(code: str, sentence: str, *texts: str) -> tuple[Edit, ...]:
    """Return the choice that ε was added somewhere, for each ε that people take.

    Args:
        code: of the choice.
        sentence: the choice in words.
        texts: old, by new, … text, with ε written `{e}` in the new ones.
    """
    every = [f"1e-{k}" for k in range(3, 17)]
    return tuple(
        choice(code, sentence, *(text.replace("{e}", e) for text in texts), epsilon=e)
        for e in every
    )


def inside_log(*texts: str) -> tuple[Edit, ...]:
    """Return the choice that ε was added inside the logarithm."""
    return epsilon_edits(EPSILON, "ε = {epsilon} was added inside the logarithm", *texts)


J: dict[type[Loss], FormulaText] = {
    BinaryCrossEntropy: FormulaText("J", "-np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m", (
        edit("missing-second-term", "the term (1 − Y) log(1 − A) is missing",
             " + (1 - Y) * np.log(1 - A)", ""),
        edit("missing-first-term", "the term Y log A is missing", "Y * np.log(A) + ", ""),
        edit("swapped-A", "A and 1 − A are swapped",
             "(A)", "(1 - A)", "(1 - A)", "(A)"),
        edit("log-A-twice", "log(1 − A) was expected, log A is used",
             "np.log(1 - A)", "np.log(A)"),
        edit("minus-second-term", "the second term is subtracted", ") + (", ") - ("),
        edit("missing-log", "the logarithm is missing",
             "np.log(A)", "A", "np.log(1 - A)", "(1 - A)"),
        *inside_log("np.log(A)", "np.log(A + {e})", "(1 - A)", "(1 - A + {e})"),
    )),
    CrossEntropy: FormulaText("J", "-np.sum(Y * np.log(A)) / m", (
        edit("missing-log", "the logarithm is missing", "np.log(A)", "A"),
        edit("missing-Y", "Y is missing: the logarithms of all classes are summed", "Y * ", ""),
        edit("binary", "it is the cost of n_y yes-or-no questions, with (1 − Y) log(1 − A)",
             "Y * np.log(A)", "Y * np.log(A) + (1 - Y) * np.log(1 - A)"),
        *inside_log("(A)", "(A + {e})"),
    )),
    SquaredError: FormulaText("J", "np.sum((A - Y)**2) / (2 * m)", (
        edit("missing-half", "it is twice as large: the ½ is missing", "(2 * m)", "m"),
        edit("missing-1/m", "it is m times too large: the 1/m is missing", "(2 * m)", "2"),
        edit("missing-square", "the errors are not squared", "**2", ""),
        edit("absolute-error", "the squared error was expected, the absolute one is used",
             "(A - Y)**2", "np.abs(A - Y)"),
    )),
}  # fmt: skip

OF_THE_LOGITS: tuple[Edit, ...] = (
    edit("squared-error", "the cross-entropy was expected, the squared error is used",
         ALL, "np.sum((A - Y)**2) / m"),
    edit("half-squared-error", "the cross-entropy was expected, half the squared error is used",
         ALL, "np.sum((A - Y)**2) / (2 * m)"),
    edit("log2", "the logarithm is that of base 2", "np.log(", "np.log2("),
    edit("log10", "the logarithm is that of base 10", "np.log(", "np.log10("),
    edit("A-for-logits",
         "A{l} is used instead of the logits Z{l}: the activation is applied twice", ALL,
         "np.sum(loss(A, Y)) / m"),
)  # fmt: skip

L2_OF_J = " + lambd / (2 * m) * sum(np.sum(W**2) for W in weights)", (
    edit("missing-L2", "the L2 term is missing",
         " + lambd / (2 * m) * sum(np.sum(W**2) for W in weights)", ""),
    edit("L2-missing-1/m", "the L2 term is not divided by m", "lambd / (2 * m)", "lambd / 2"),
    edit("L2-missing-half", "the L2 term is twice as large: its ½ is missing",
         "lambd / (2 * m)", "lambd / m"),
    edit("minus-L2", "the L2 term is subtracted", " + lambd", " - lambd"),
    edit("L2-of-biases", "the L2 term takes in the biases", "in weights", "in weights + biases"),
    edit("L2-of-norm", "the L2 term is of ‖W‖, which is not squared",
         "np.sum(W**2)", "np.sqrt(np.sum(W**2))"),
    edit("L2-missing-square", "the L2 term is of Σ W, which is not squared", "W**2", "W"),
    edit("L2-absolute", "the L2 term is of the absolute values", "W**2", "np.abs(W)"),
)  # fmt: skip
