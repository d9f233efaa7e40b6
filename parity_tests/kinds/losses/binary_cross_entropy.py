"""What binary cross-entropy brings to the proof."""

from __future__ import annotations

import numpy as np

from parity_tests.kinds.backward_lines import DZ_FOR_DA, IN_QUOTIENT
from parity_tests.kinds.equivalent_formulas import EPSILON, log_sigmoid, softplus, total
from parity_tests.kinds.formula_text import FormulaText, edit
from parity_tests.kinds.forward_lines import clipped, epsilon_edits, inside_log
from parity_tests.kinds.loss_kind import FROM_LOGITS, LossKind
from ref_numpy import Sigmoid

KIND = LossKind(
    place=1,
    answer=lambda n_y: (
        f"the probability that {'y' if n_y == 1 else 'each y'} is 1, as the network sees it"
    ),
    outputs=(("sigmoid", 1), ("sigmoid", 2)),
    labels=lambda rng, n_y, m: rng.integers(0, 2, (n_y, m)),
    line=FormulaText("J", "-np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m", (
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
        *clipped("np.log(A)", "np.log({A})", "(1 - A)", "(1 - {A})"),
    )),
    gradient_line=FormulaText("dA", "-(Y / A - (1 - Y) / (1 - A))", (
        edit("missing-second-term", "the term (1 − Y)/(1 − A) is missing",
             " - (1 - Y) / (1 - A)", ""),
        edit("missing-first-term", "the term Y/A is missing", "Y / A - ", "-"),
        edit("plus-second-term", "its two terms are added", " - (1 - Y)", " + (1 - Y)"),
        DZ_FOR_DA,
        edit("swapped-A", "A and 1 − A are swapped",
             "A -", "(1 - A) -", "(1 - A)", "A"),
        *epsilon_edits(*IN_QUOTIENT, "/ A", "/ (A + {e})", "/ (1 - A)", "/ (1 - A + {e})"),
        *clipped("/ A", "/ {A}", "/ (1 - A)", "/ (1 - {A})"),
    )),
    gradient_equation="dA[L] = −Y / A[L] + (1 − Y) / (1 − A[L])",
    formulas=(
        # the course: from A[L], inaccurate where a is close to 1 and infinite where it is 1
        lambda loss, Z, A, Y: -total(Y * np.log(A) + (1 - Y) * np.log(1 - A)),
        lambda loss, Z, A, Y: -total(Y * np.log(A + EPSILON) + (1 - Y) * np.log(1 - A + EPSILON)),
        # torch: of a large −z, whose label is 0, the difference has the rounding of z
        lambda loss, Z, A, Y: total((1 - Y) * Z - log_sigmoid(Z)),
    ),
    gradients=(
        # torch.func.grad of (1 − y) z − log σ(z)
        lambda loss, Z, A, Y: (1 - Y) - Sigmoid().g(-Z),
        # JAX and autograd, of logaddexp(0, z) − y z; torch's σ(z) − y is as accurate or more
        lambda loss, Z, A, Y: np.exp(Z - softplus(Z)) - Y,
        # JAX and autograd, of y logaddexp(0, −z) + (1 − y) logaddexp(0, z)
        lambda loss, Z, A, Y: (1 - Y) * np.exp(Z - softplus(Z)) - Y * np.exp(-Z - softplus(-Z)),
    ),
    output_gradients=(
        # the course; torch's (a − y)/(a (1 − a)) is as accurate
        lambda loss, Z, A, Y: -(Y / A - (1 - Y) / (1 - A)),
        # against a division by zero
        lambda loss, Z, A, Y: -(Y / (A + EPSILON) - (1 - Y) / (1 - A + EPSILON)),
    ),
    logarithms=lambda Z, A: (log_sigmoid(Z), log_sigmoid(-Z)),
    finite=FROM_LOGITS,
)  # fmt: skip
