"""What the softmax brings to the proof."""

from __future__ import annotations

import numpy as np

from parity_tests.kinds.backward_lines import missing
from parity_tests.kinds.equivalent_formulas import logsumexp
from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from parity_tests.kinds.layer_kind import LayerKind, OverflowingFormula
from parity_tests.kinds.softmax_bounds import bound_softmax

KIND = LayerKind(
    place=6,
    meaning="{Z} as probabilities: in each column they add up to 1",
    line=FormulaText("A", "t / t.sum(axis=0, keepdims=True)", (
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
    derivative_line=FormulaText("dZ", "A * (dA - (dA * A).sum(axis=0, keepdims=True))", (
        missing(ALL),
        edit("elementwise-derivative",
             "the softmax's derivative is taken elementwise",
             ALL, "dA * A * (1 - A)"),
        edit("missing-sum", "Σ_k dA_k A_k is missing",
             " - (dA * A).sum(axis=0, keepdims=True)", ""),
        edit("sum-over-examples", "the sum runs over the examples, axis 1", "axis=0", "axis=1"),
        edit("sum-of-A", "dA ∗ A was expected in the sum, A is used", "dA * A)", "A)"),
    )),
    includes=("sigmoid",),
    last_mistakes=(
        edit("derivative-once-more", "the softmax's derivative was applied once more",
             ALL, "A * ((A - Y) - ((A - Y) * A).sum(axis=0, keepdims=True))"),
        edit("times-sigmoid-derivative",
             "A (1 − A), the sigmoid's derivative, was multiplied in",
             ALL, "(A - Y) * A * (1 - A)"),
    ),
    formulas=(
        lambda Z: np.exp(Z) / np.exp(Z).sum(axis=0, keepdims=True),
        lambda Z: np.exp(Z - logsumexp(Z)),
    ),
    bound=bound_softmax,
    overflows=(
        OverflowingFormula("np.exp(Z) / np.exp(Z).sum(axis=0, keepdims=True)",
                           "softmax-exp-overflows",
                           "e^z overflows: subtract the largest z of each example first"),
    ),
)  # fmt: skip
