"""What cross-entropy brings to the proof."""

from __future__ import annotations

import numpy as np

from parity_tests.kinds.backward_lines import DZ_FOR_DA, IN_QUOTIENT
from parity_tests.kinds.equivalent_formulas import EPSILON, total
from parity_tests.kinds.formula_text import FormulaText, edit
from parity_tests.kinds.forward_lines import clipped, epsilon_edits, inside_log
from parity_tests.kinds.loss_kind import FROM_LOGITS, LossKind
from parity_tests.kinds.softmax_bounds import log_softmax
from ref_numpy import one_hot

KIND = LossKind(
    place=2,
    answer=lambda n_y: f"the probability of each of the {n_y} classes, as the network sees it",
    outputs=(("softmax", 3),),
    labels=lambda rng, n_y, m: one_hot(rng.integers(0, n_y, m), n_y),
    line=FormulaText("J", "-np.sum(Y * np.log(A)) / m", (
        edit("missing-log", "the logarithm is missing", "np.log(A)", "A"),
        edit("missing-Y", "Y is missing: the logarithms of all classes are summed", "Y * ", ""),
        edit("binary", "it is the cost of n_y yes-or-no questions, with (1 − Y) log(1 − A)",
             "Y * np.log(A)", "Y * np.log(A) + (1 - Y) * np.log(1 - A)"),
        *inside_log("(A)", "(A + {e})"),
        *clipped("(A)", "({A})"),
    )),
    gradient_line=FormulaText("dA", "-Y / A", (
        DZ_FOR_DA,
        edit("missing-1/A", "1/A is missing", " / A", ""),
        *epsilon_edits(*IN_QUOTIENT, "/ A", "/ (A + {e})"),
        *clipped("/ A", "/ {A}"),
    )),
    gradient_equation="dA[L] = −Y / A[L]",
    formulas=(
        # torch: log_softmax, then nll_loss
        lambda loss, Z, A, Y: -total(Y * log_softmax(Z)),
        # the course: from A[L]
        lambda loss, Z, A, Y: -total(Y * np.log(A)),
        lambda loss, Z, A, Y: -total(Y * np.log(A + EPSILON)),
    ),
    gradients=(
        # torch: e^{log a} − y; JAX and autograd: e^{z − log Σ e^z} − y, the same sum in other order
        lambda loss, Z, A, Y: np.exp(log_softmax(Z)) - Y,
    ),
    weighted_gradients=(
        # torch multiplies e^{log a} before it subtracts
        lambda loss, Z, A, Y, w: w * np.exp(log_softmax(Z)) - w * Y,
    ),
    output_gradients=(
        lambda loss, Z, A, Y: -Y / A,
        lambda loss, Z, A, Y: -Y / (A + EPSILON),
    ),
    stores_each=True,
    logarithms=lambda Z, A: (log_softmax(Z), np.log(1 - A)),
    finite=FROM_LOGITS,
)  # fmt: skip
