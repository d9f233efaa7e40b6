"""What SiLU brings to the proof."""

from __future__ import annotations

import numpy as np

from parity_tests.kinds.backward_lines import (
    NO_DA,
    activation_itself,
    derivative_of_activation,
    derivative_twice,
    missing,
)
from parity_tests.kinds.formula_text import ALL, FormulaText, choice, edit
from parity_tests.kinds.layer_kind import LayerKind, OverflowingFormula
from ref_numpy import Silu

SLOPE = "sigmoid(Z) * (1 + Z * (1 - sigmoid(Z)))"

KIND = LayerKind(
    place=7,
    words="SiLU",
    meaning="each number of {Z}, times its sigmoid",
    samples=(Silu(),),
    line=FormulaText("A", "Z * sigmoid(Z)", (
        edit("sigmoid-of-minus-z", "σ(z) was expected, σ(−z) is used",
             "sigmoid(Z)", "sigmoid(-Z)"),
        edit("plus-sigmoid", "z σ(z) was expected, z + σ(z) is used", "Z *", "Z +"),
        edit("tanh-for-sigmoid", "z σ(z) was expected, z tanh(z) is used", "sigmoid", "np.tanh"),
        edit("z-squared", "z σ(z) was expected, z² σ(z) is used", "Z *", "Z * Z *"),
        choice("sigmoid-of-1.702-z", "z σ(1.702 z), which approximates GELU, is used",
               "sigmoid(Z)", "sigmoid(1.702 * Z)"),
        choice("hard-swish", "the hard swish, z min(max(z + 3, 0), 6)/6, is used",
               ALL, "Z * np.minimum(np.maximum(Z + 3, 0), 6) / 6"),
    )),
    derivative_line=FormulaText("dZ", f"dA * {SLOPE}", (
        missing(f" * {SLOPE}"),
        activation_itself(SLOPE, "A"),
        edit("missing-second-term", "σ(z) is used: z σ(z) (1 − σ(z)) is missing",
             " * (1 + Z * (1 - sigmoid(Z)))", ""),
        edit("missing-first-term", "z σ(z) (1 − σ(z)) is used: σ(z) is missing",
             "(1 + Z * (1 - sigmoid(Z)))", "Z * (1 - sigmoid(Z))"),
        edit("missing-z", "z is missing in 1 + z (1 − σ(z))", "+ Z *", "+"),
        edit("minus-z", "1 + z (1 − σ(z)) was expected, 1 − z (1 − σ(z)) is used",
             "1 + Z", "1 - Z"),
        edit("missing-1-minus", "1 + z (1 − σ(z)) was expected, 1 + z σ(z) is used",
             "(1 - sigmoid(Z))", "sigmoid(Z)"),
        edit("missing-parentheses", "parentheses are missing around 1 − σ(z)",
             "(1 - sigmoid(Z))", "1 - sigmoid(Z)"),
        edit("A-for-sigmoid", "A{l} is used instead of σ(Z{l}) in the derivative",
             "sigmoid(Z)", "A"),
        edit("1-minus-A", "1 − σ(z) was expected, 1 − a is used", "(1 - sigmoid(Z))", "(1 - A)"),
        derivative_of_activation("sigmoid(Z) * (1 + Z * (1 - sigmoid(Z)))",
                                 "sigmoid(A) * (1 + A * (1 - sigmoid(A)))"),
        derivative_twice(SLOPE, f"{SLOPE} * {SLOPE}"),
        edit("missing-dA", NO_DA, "dA * ", ""),
    )),
    includes=("softplus",),
    formulas=(
        lambda Z: Z * np.exp(Z) / (1 + np.exp(Z)),
        lambda Z: Z * (1 + np.tanh(Z / 2)) / 2,
    ),
    derivatives=(
        # autograd, of z (1 + tanh(z/2))/2
        lambda Z, A, dA: (
            dA * (1 + np.tanh(Z / 2)) / 2 + dA * Z * (1 / (np.exp(Z / 2) + np.exp(-Z / 2))) ** 2
        ),
        lambda Z, A, dA: dA * (1 + np.exp(-Z) + Z * np.exp(-Z)) / (1 + np.exp(-Z)) ** 2,
    ),
    overflows=(
        OverflowingFormula("Z * np.exp(Z) / (1 + np.exp(Z))", "silu-exp-overflows",
                           "e^z overflows for a large z: use z / (1 + e^−z)"),
    ),
)  # fmt: skip
