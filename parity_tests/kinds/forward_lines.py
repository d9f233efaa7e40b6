"""The lines of forward propagation, and the mistakes in them. The names are those of lines.py."""

from __future__ import annotations

from parity_tests.kinds.line import ALL, Edit, Line
from ref_numpy.activations import Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from ref_numpy.layer import Layer
from ref_numpy.losses import BinaryCrossEntropy, CrossEntropy, Loss, SquaredError

Z = Line("Z", "W @ A_prev + b", (
    ("b{l} is missing", " + b", ""),
    ("b{l} was subtracted", " + b", " - b"),
    ("b{l} was added twice", " + b", " + 2 * b"),
    ("b{l} is added along the examples", " + b", " + b.T"),
    ("W{l}^T stands for W{l}", "W @", "W.T @"),
    ("Z{p} stands for A{p}: the activation is left out", "A_prev", "Z_prev"),
    ("the product is element by element, W{l} ∗ A{p}", "@", "*"),
))  # fmt: skip

A: dict[type[Layer], Line] = {
    Identity: Line("A", "Z"),
    Sigmoid: Line("A", "1 / (1 + np.exp(-Z))", (
        ("e^z stands for e^−z", "-Z", "Z"),
        ("parentheses are missing around the denominator", ALL, "1 / 1 + np.exp(-Z)"),
        ("1 − e^−z stands for 1 + e^−z", "1 +", "1 -"),
    )),
    Tanh: Line("A", "np.tanh(Z)", (
        ("the tanh is of z/2", "Z", "Z / 2"),
        ("the tanh is of 2z", "Z", "2 * Z"),
    )),
    ReLU: Line("A", "np.maximum(Z, 0)", (
        ("the minimum stands for the maximum", "maximum", "minimum"),
        ("|z| stands for max(0, z)", ALL, "np.abs(Z)"),
    )),
    LeakyReLU: Line("A", "np.where(Z > 0, Z, slope * Z)", (
        ("the two branches have changed places", "Z > 0", "Z <= 0"),
        ("z < 0 gives the slope, and not slope · z", "slope * Z", "slope"),
    )),
    Softmax: Line("A", "t / t.sum(axis=0, keepdims=True)", (
        ("the softmax is taken over examples, axis 1",
         ALL, "np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)"),
        ("the sum runs over examples, axis 1", "axis=0", "axis=1"),
        ("the softmax is taken over all numbers", ALL, "np.exp(Z) / np.exp(Z).sum()"),
        ("e^z is not divided by its sum", ALL, "np.exp(Z)"),
        ("e^(z − max z) is not divided by its sum", " / t.sum(axis=0, keepdims=True)", ""),
        ("the numbers themselves are divided by their sum, without e^z",
         ALL, "Z / Z.sum(axis=0, keepdims=True)"),
    )),
}  # fmt: skip

EPSILONS = tuple(f"1e-{k}" for k in range(3, 17))

J: dict[type[Loss], Line] = {
    BinaryCrossEntropy: Line("J", "-np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m", (
        ("the term (1 − Y) log(1 − A) is missing", " + (1 - Y) * np.log(1 - A)", ""),
        ("the term Y log A is missing", "Y * np.log(A) + ", ""),
        ("A and 1 − A have changed places", "(A)", "(1 - A)", "(1 - A)", "(A)"),
        ("log A stands for log(1 − A)", "np.log(1 - A)", "np.log(A)"),
        ("the second term is subtracted", ") + (", ") - ("),
        ("the logarithm is missing", "np.log(A)", "A", "np.log(1 - A)", "(1 - A)"),
        *((f"ε = {e} was added inside the logarithm",
           "np.log(A)", f"np.log(A + {e})", "(1 - A)", f"(1 - A + {e})") for e in EPSILONS),
    )),
    CrossEntropy: Line("J", "-np.sum(Y * np.log(A)) / m", (
        ("the logarithm is missing", "np.log(A)", "A"),
        ("Y is missing: the logarithms of all classes are summed", "Y * ", ""),
        ("it is the cost of n_y yes-or-no questions, with (1 − Y) log(1 − A)",
         "Y * np.log(A)", "Y * np.log(A) + (1 - Y) * np.log(1 - A)"),
        *((f"ε = {e} was added inside the logarithm", "(A)", f"(A + {e})") for e in EPSILONS),
    )),
    SquaredError: Line("J", "np.sum((A - Y)**2) / (2 * m)", (
        ("it is twice as large: the ½ is missing", "(2 * m)", "m"),
        ("it is m times too large: the 1/m is missing", "(2 * m)", "2"),
        ("the errors are not squared", "**2", ""),
        ("the absolute error stands for the squared one", "(A - Y)**2", "np.abs(A - Y)"),
    )),
}  # fmt: skip

OF_THE_LOGITS: tuple[Edit, ...] = (
    ("the squared error stands for the cross-entropy", ALL, "np.sum((A - Y)**2) / m"),
    ("half the squared error stands for the cross-entropy", ALL, "np.sum((A - Y)**2) / (2 * m)"),
    ("the logarithm is that of base 2", "np.log(", "np.log2("),
    ("the logarithm is that of base 10", "np.log(", "np.log10("),
    ("A{l} was taken for the logits Z{l}: the activation is applied twice", ALL,
     "np.sum(loss(A, Y)) / m"),
)  # fmt: skip

L2_OF_J = " + lambd / (2 * m) * sum(np.sum(W**2) for W in weights)", (
    ("the L2 term is missing", " + lambd / (2 * m) * sum(np.sum(W**2) for W in weights)", ""),
    ("the L2 term is not divided by m", "lambd / (2 * m)", "lambd / 2"),
    ("the L2 term is twice as large: its ½ is missing", "lambd / (2 * m)", "lambd / m"),
    ("the L2 term is subtracted", " + lambd", " - lambd"),
    ("the L2 term takes in the biases", "in weights", "in weights + biases"),
    ("the L2 term is of ‖W‖, which is not squared", "np.sum(W**2)", "np.sqrt(np.sum(W**2))"),
    ("the L2 term is of Σ W, which is not squared", "W**2", "W"),
    ("the L2 term is of the absolute values", "W**2", "np.abs(W)"),
)  # fmt: skip
