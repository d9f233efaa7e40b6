"""What softplus brings to the proof."""

from __future__ import annotations

import numpy as np

from parity_tests.kinds.backward_lines import (
    NO_DA,
    activation_itself,
    derivative_of_activation,
    derivative_twice,
    missing,
)
from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from parity_tests.kinds.layer_kind import LayerKind, OverflowingFormula
from ref_numpy import Softplus

THRESHOLD = 20  # of torch.nn.Softplus: above it, z is taken for log(1 + e^z)

KIND = LayerKind(
    place=8,
    words="softplus",
    meaning="the logarithm of 1 + e^z of each number z of {Z}",
    samples=(Softplus(),),
    line=FormulaText("A", "np.maximum(Z, 0) + np.log1p(np.exp(-np.abs(Z)))", (
        edit("exp-of-minus-z", "log(1 + e^z) was expected, log(1 + e^−z) is used",
             ALL, "np.log(1 + np.exp(-Z))"),
        edit("log2", "the logarithm is that of base 2", ALL, "np.log2(1 + np.exp(Z))"),
        edit("missing-log", "the logarithm of 1 + e^z is missing", ALL, "1 + np.exp(Z)"),
        edit("minus-exp", "log(1 + e^z) was expected, log(1 − e^z) is used",
             ALL, "np.log(np.abs(1 - np.exp(Z)))"),
        edit("missing-max", "max(z, 0) is missing: log(1 + e^−|z|) is used",
             "np.maximum(Z, 0) + ", ""),
        edit("missing-abs", "|z| was expected in log(1 + e^−|z|), z is used",
             "-np.abs(Z)", "-Z"),
        edit("minus-log", "log(1 + e^−|z|) is subtracted", "+ np.log1p", "- np.log1p"),
    )),
    derivative_line=FormulaText("dZ", "dA * sigmoid(Z)", (
        missing(" * sigmoid(Z)"),
        activation_itself("sigmoid(Z)", "A"),
        edit("sigmoid-of-minus-z", "σ(z) was expected, 1/(1 + e^z) is used: e^z is missing",
             "sigmoid(Z)", "sigmoid(-Z)"),
        edit("exp-alone", "σ(z) was expected, e^z is used: 1/(1 + e^z) is missing",
             "sigmoid(Z)", "np.exp(Z)"),
        edit("tanh-for-sigmoid", "σ(z) was expected, tanh(z) is used",
             "sigmoid(Z)", "np.tanh(Z)"),
        edit("1-minus-A", "σ(z) = 1 − e^−a was expected, 1 − a is used", "sigmoid(Z)", "(1 - A)"),
        edit("sigmoid-of-A_prev", "σ(Z{l}) was expected, σ(A{p}) is used",
             "sigmoid(Z)", "sigmoid(A_prev)"),
        derivative_of_activation("sigmoid(Z)", "sigmoid(A)"),
        derivative_twice("sigmoid(Z)", "sigmoid(Z) * sigmoid(Z)"),
        edit("missing-dA", NO_DA, "dA * ", ""),
    )),
    formulas=(
        lambda Z: np.log(1 + np.exp(Z)),
        lambda Z: np.where(Z > THRESHOLD, Z, np.log1p(np.exp(Z))),
    ),
    derivatives=(
        lambda Z, A, dA: dA * np.exp(Z) / (1 + np.exp(Z)),
        lambda Z, A, dA: dA * (1 - np.exp(-A)),
        # JAX, of logaddexp
        lambda Z, A, dA: dA * np.exp(Z - A),
    ),
    overflows=(
        OverflowingFormula("np.log(1 + np.exp(Z))", "softplus-exp-overflows",
                           "e^z overflows for a large z: use max(z, 0) + log(1 + e^−|z|)"),
        OverflowingFormula("np.log1p(np.exp(Z))", "softplus-exp-overflows",
                           "e^z overflows for a large z: use max(z, 0) + log(1 + e^−|z|)"),
    ),
)  # fmt: skip
