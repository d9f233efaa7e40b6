"""The lines of backward propagation, and the mistakes in them. The names are those of lines.py."""

from __future__ import annotations

from parity_tests.kinds.line import ALL, Edit, Line
from ref_numpy.activations import Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from ref_numpy.layer import Layer
from ref_numpy.losses import BinaryCrossEntropy, CrossEntropy, Loss, SquaredError

# ∂L/∂Z[L] of the cross-entropies, loss and activation in one step.
DZ_LAST = Line("dZ", "A - Y", (
    ("Y is not subtracted", " - Y", ""),
    ("Y is added", " - Y", " + Y"),
    ("Z{l} stands for A{l}", "A", "Z"),
    ("A{l} was taken for the logits Z{l}: the activation is applied twice", "A", "g(A)"),
))  # fmt: skip
ONCE_MORE: dict[type[Layer], Edit] = {
    Sigmoid: ("the sigmoid's derivative was applied once more", ALL, "(A - Y) * A * (1 - A)"),
    Softmax: ("the softmax's derivative was applied once more",
              ALL, "A * ((A - Y) - ((A - Y) * A).sum(axis=0, keepdims=True))"),
}  # fmt: skip
ELEMENTWISE: Edit = (
    "A (1 − A), the sigmoid's derivative, was multiplied in", ALL, "(A - Y) * A * (1 - A)"
)  # fmt: skip
DA_LAST: dict[type[Loss], Line] = {
    BinaryCrossEntropy: Line("dA", "-(Y / A - (1 - Y) / (1 - A))", (
        ("the term (1 − Y)/(1 − A) is missing", " - (1 - Y) / (1 - A)", ""),
        ("the term Y/A is missing", "Y / A - ", "-"),
        ("its two terms are added", " - (1 - Y)", " + (1 - Y)"),
        ("A − Y, which is dZ{l}, stands for dA{l}", ALL, "A - Y"),
        ("A and 1 − A have changed places", "A -", "(1 - A) -", "(1 - A)", "A"),
    )),
    CrossEntropy: Line("dA", "-Y / A", (
        ("A − Y, which is dZ{l}, stands for dA{l}", ALL, "A - Y"),
        ("1/A is missing", " / A", ""),
    )),
    SquaredError: Line("dA", "A - Y", (
        ("Y is not subtracted", " - Y", ""),
        ("Y is added", " - Y", " + Y"),
        ("Z{l} stands for A{l}", "A", "Z"),
        ("the error is squared, as in J", ALL, "(A - Y)**2"),
    )),
}  # fmt: skip

TWICE = "the derivative was applied twice"
MISSING = "dA{l} stands for dZ{l}: the activation's derivative is missing"
ITSELF = "the activation stands for its derivative"
DZ: dict[type[Layer], Line] = {
    Identity: Line("dZ", "dA"),
    Sigmoid: Line("dZ", "dA * A * (1 - A)", (
        (MISSING, " * A * (1 - A)", ""),
        (ITSELF, " * (1 - A)", ""),
        ("parentheses are missing around 1 − A", "(1 - A)", "1 - A"),
        ("1 − A stands for A (1 − A)", " * A *", " *"),
        ("Z{l} stands for A{l} in the derivative", "A * (1 - A)", "Z * (1 - Z)"),
        ("the derivative was evaluated at A{l}, not at Z{l}", "A * (1 - A)", "g(A) * (1 - g(A))"),
        (TWICE, "A * (1 - A)", "A * (1 - A) * A * (1 - A)"),
        ("the derivative stands without dA{l}", "dA * ", ""),
    )),
    Tanh: Line("dZ", "dA * (1 - A * A)", (
        (MISSING, " * (1 - A * A)", ""),
        (ITSELF, "(1 - A * A)", "A"),
        ("1 − A stands for 1 − A²", "A * A", "A"),
        ("A² stands for 1 − A²", "1 - A * A", "A * A"),
        ("(1 − A)² stands for 1 − A²", "1 - A * A", "(1 - A) * (1 - A)"),
        ("A (1 − A), the sigmoid's derivative, stands for 1 − A²", "1 - A * A", "A * (1 - A)"),
        ("parentheses are missing around 1 − A²", "(1 - A * A)", "1 - A * A"),
        ("A is multiplied in as well", "(1 - A * A)", "A * (1 - A * A)"),
        ("1 − Z stands for 1 − A²", "A * A", "Z"),
        ("A{p} stands for A{l} in the derivative", "A * A", "A_prev * A_prev"),
        ("1 + A² stands for 1 − A²", "1 -", "1 +"),
        ("Z{l} stands for A{l} in the derivative", "A * A", "Z * Z"),
        ("the derivative was evaluated at A{l}, not at Z{l}", "A * A", "g(A) * g(A)"),
        (TWICE, "(1 - A * A)", "(1 - A * A) * (1 - A * A)"),
        ("the derivative stands without dA{l}", "dA * ", ""),
    )),
    ReLU: Line("dZ", "dA * (Z > 0)", (
        (MISSING, " * (Z > 0)", ""),
        (ITSELF, "(Z > 0)", "A"),
        ("the mask is z ≥ 0: the derivative at 0 is 0", "Z > 0", "Z >= 0"),
        ("the mask is inverted", "Z > 0", "Z <= 0"),
        ("the mask is dA{l} > 0, and not Z{l} > 0", "Z > 0", "dA > 0"),  # as np.maximum(dA, 0)
        ("the mask is A{p} > 0, and not Z{l} > 0", "Z > 0", "A_prev > 0"),
        ("the mask stands without dA{l}", "dA * ", "1 * "),
    )),
    LeakyReLU: Line("dZ", "dA * np.where(Z > 0, 1, slope)", (
        (MISSING, " * np.where(Z > 0, 1, slope)", ""),
        (ITSELF, "np.where(Z > 0, 1, slope)", "A"),
        ("the mask is inverted", "Z > 0", "Z <= 0"),
        ("the mask is dA{l} > 0, and not Z{l} > 0", "Z > 0", "dA > 0"),
        ("the mask is A{p} > 0, and not Z{l} > 0", "Z > 0", "A_prev > 0"),
        ("the mask stands without dA{l}", "dA * ", "1 * "),
    )),
    Softmax: Line("dZ", "A * (dA - (dA * A).sum(axis=0, keepdims=True))", (
        (MISSING, ALL, "dA"),
        ("the softmax's derivative is taken as if it were element by element",
         ALL, "dA * A * (1 - A)"),
        ("Σ_k dA_k A_k is missing", " - (dA * A).sum(axis=0, keepdims=True)", ""),
        ("the sum runs over the examples, axis 1", "axis=0", "axis=1"),
        ("A stands for dA ∗ A in the sum", "dA * A)", "A)"),
    )),
}  # fmt: skip

DW = Line("dW", "dZ @ A_prev.T / m", (
    ("A{l} stands for A{p}", "A_prev", "A"),
    ("Z{p} stands for A{p}", "A_prev", "Z_prev"),
    ("dA{l} stands for dZ{l}", "dZ", "dA"),
    ("it is transposed: A{p} dZ{l}^T", "dZ @ A_prev.T", "A_prev @ dZ.T"),
    ("the product is element by element, dZ{l} ∗ A{p}", "dZ @ A_prev.T", "dZ * A_prev"),
    ("it is that of the first example alone", "dZ @ A_prev.T / m", "dZ[:, :1] @ A_prev[:, :1].T"),
    ("it is that of the last example alone", "dZ @ A_prev.T / m", "dZ[:, -1:] @ A_prev[:, -1:].T"),
    ("only the first example is summed", "dZ @ A_prev.T", "dZ[:, :1] @ A_prev[:, :1].T"),
    ("only the last example is summed", "dZ @ A_prev.T", "dZ[:, -1:] @ A_prev[:, -1:].T"),
    ("the first example is left out", "dZ @ A_prev.T", "dZ[:, 1:] @ A_prev[:, 1:].T"),
    ("the last example is left out", "dZ @ A_prev.T", "dZ[:, :-1] @ A_prev[:, :-1].T"),
    ("the gradient of the batch before was added", " / m", " / m + dW_before"),
))  # fmt: skip

DB = Line("db", "dZ.sum(axis=1, keepdims=True) / m", (
    ("dA{l} stands for dZ{l}", "dZ", "dA"),
    ("it is the mean of all numbers: axis=1 is missing", ALL, "dZ.sum() / (n * m)"),
    ("the sum runs over the units as well", "dZ.sum(axis=1, keepdims=True)", "dZ.sum()"),
    ("the sum runs over the units, axis 0", "axis=1", "axis=0"),
    ("the sum runs over the units, axis 0, and is transposed",
     "dZ.sum(axis=1, keepdims=True)", "dZ.sum(axis=0, keepdims=True).T"),
    ("keepdims=True is missing, which leaves a rank-1 array", ", keepdims=True", ""),
    ("the examples are not summed", ".sum(axis=1, keepdims=True)", ""),
    ("it is that of the first example alone", "dZ.sum(axis=1, keepdims=True) / m", "dZ[:, :1]"),
    ("it is that of the last example alone", "dZ.sum(axis=1, keepdims=True) / m", "dZ[:, -1:]"),
    ("only the first example is summed", "dZ.sum(axis=1, keepdims=True)", "dZ[:, :1]"),
    ("only the last example is summed", "dZ.sum(axis=1, keepdims=True)", "dZ[:, -1:]"),
    ("the first example is left out", "dZ.sum", "dZ[:, 1:].sum"),
    ("the last example is left out", "dZ.sum", "dZ[:, :-1].sum"),
    ("the gradient of the batch before was added", " / m", " / m + db_before"),
    ("(λ/m) b{l} was added: the biases have no L2 term", " / m", " / m + lambd / m * b"),
))  # fmt: skip

DA = Line("dA_prev", "W.T @ dZ", (
    ("W{l} stands for W{l}^T", "W.T", "W"),
    ("dA{l} stands for dZ{l}", "dZ", "dA"),
    ("the product is element by element, W{l}^T ∗ dZ{l}", "@", "*"),
    ("A{l} stands for dZ{l}", "dZ", "A"),
))  # fmt: skip

L2_OF_DW = (
    " + lambd / m * W",
    (
        ("the L2 term is missing", " + lambd / m * W", ""),
        ("the L2 term is not divided by m", "lambd / m", "lambd"),
        ("the L2 term is twice as large", "lambd / m", "2 * lambd / m"),
        ("the L2 term is half as large", "lambd / m", "lambd / (2 * m)"),
        ("the L2 term is subtracted", " + lambd", " - lambd"),
    ),
)
