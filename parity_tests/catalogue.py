"""The lines of forward and backward propagation, and what people write in their place.

A mistake is an edit of the right line: the text that it has, and the text that stands there in its
place. What is shown is what is computed: mistakes.py executes the edited line on error arrays, with
these names: `A_prev`, `Z_prev` of the layer before, `A0` the inputs, `weights`, `biases` of all
layers, `n` and `n_prev` units, `n_y` outputs, `g` the activation, `t` = e^(Z − max Z), `loss` of
each example.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from ref_numpy.activations import Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from ref_numpy.layer import Layer
from ref_numpy.losses import BinaryCrossEntropy, CrossEntropy, Loss, SquaredError

Edit = tuple[str, ...]  # what is said of it, then old text, new text, old, new, …
ALL = "…"  # as old text: the whole right-hand side


class Line(NamedTuple):
    """`left = right`, and the edits of `right`."""

    left: str
    right: str
    edits: tuple[Edit, ...] = ()

    @property
    def shown(self) -> str | None:
        """As a person reads it; None of what is only called `right`."""
        text = f"{self.left} = {self.right}"
        if self.right == "right":
            return None
        return f"{text},  t = np.exp(Z - Z.max(axis=0, keepdims=True))" if "t /" in text else text

    def plus(self, term: str, *edits: Edit) -> Line:
        """With one more term."""
        return Line(self.left, self.right + term, (*self.edits, *edits))


def edited(line: Line, *edits: Edit) -> str | None:
    """The right-hand side with every edit's old texts replaced at once; None where it lacks one, or
    where two edits are of the same place."""
    places: list[tuple[int, int, str]] = []
    for _, *texts in edits:
        own = dict(zip(texts[::2], texts[1::2], strict=True))
        if ALL in own:
            return own[ALL] if len(edits) == 1 else None
        every = "|".join(re.escape(old) for old in sorted(own, key=len, reverse=True))
        found = list(re.finditer(every, line.right))
        if {match[0] for match in found} != own.keys():
            return None
        places += [(*match.span(), own[match[0]]) for match in found]
    places.sort()
    if any(end > start for (_, end, _), (start, _, _) in pairwise(places)):
        return None
    text, at = "", 0
    for start, end, new in places:
        text, at = text + line.right[at:start] + new, end
    return text + line.right[at:]


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

# Numbers that are taken for m, and what they are.
FOR_M = {
    "n": "n, the units,", "n_prev": "n{p}, the units before it,", "n_y": "n_y", "n_x": "n_x",
    "(m - 1)": "m − 1", "(m + 1)": "m + 1",
}  # fmt: skip


def of_the_mean(before: str, numbers: Iterable[str], whole: bool) -> tuple[Edit, ...]:
    """Of `before / m`.   numbers: that may be taken for m.   whole: it is the whole line."""
    mean, it = f"{before} / m", "it" if whole else "what is before the L2 term"
    return (
        (f"{it} is m times too large: the 1/m is missing", mean, before),
        (f"{it} was divided by m once too often", mean, f"{mean} / m"),
        ("// is integer division, which cuts fractions off", mean, f"{before} // m"),
        *(
            (f"{it} was divided by {FOR_M[n]} in the place of m", mean, f"{before} / {n}")
            for n in numbers
        ),
    )


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

# With a constant c that only the candidate knows: fitted to one element, verified on the others.
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
