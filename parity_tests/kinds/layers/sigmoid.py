"""What the sigmoid brings to the proof."""

from __future__ import annotations

import numpy as np

from parity_tests.kinds.backward_lines import (
    NO_DA,
    activation_itself,
    derivative_at,
    derivative_of_activation,
    derivative_twice,
    missing,
)
from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from parity_tests.kinds.layer_kind import LayerKind, OverflowingFormula
from ref_numpy import Sigmoid

KIND = LayerKind(
    place=2,
    words="sigmoid",
    meaning="each number of {Z}, brought to between 0 and 1",
    combined=True,
    samples=(Sigmoid(),),
    line=FormulaText("A", "1 / (1 + np.exp(-Z))", (
        edit("exp-of-plus-z", "e^−z was expected, e^z is used", "-Z", "Z"),
        edit("missing-parentheses", "parentheses are missing around the denominator",
             ALL, "1 / 1 + np.exp(-Z)"),
        edit("minus-exp", "1 + e^−z was expected, 1 − e^−z is used", "1 +", "1 -"),
    )),
    derivative_line=FormulaText("dZ", "dA * A * (1 - A)", (
        missing(" * A * (1 - A)"),
        activation_itself(" * (1 - A)", ""),
        edit("missing-parentheses", "parentheses are missing around 1 − A", "(1 - A)", "1 - A"),
        edit("missing-A", "A (1 − A) was expected, 1 − A is used", " * A *", " *"),
        derivative_at("Z-for-A-in-derivative", "Z{l}", "A * (1 - A)", "Z * (1 - Z)"),
        derivative_of_activation("A * (1 - A)", "g(A) * (1 - g(A))"),
        derivative_twice("A * (1 - A)", "A * (1 - A) * A * (1 - A)"),
        edit("missing-dA", NO_DA, "dA * ", ""),
    )),
    derivative_at_Z="dA * sigmoid(Z) * (1 - sigmoid(Z))",
    last_mistakes=(
        edit("derivative-once-more", "the sigmoid's derivative was applied once more",
             ALL, "(A - Y) * A * (1 - A)"),
    ),
    formulas=(
        lambda Z: np.exp(Z) / (1 + np.exp(Z)),
        lambda Z: (1 + np.tanh(Z / 2)) / 2,
    ),
    derivatives=(
        lambda Z, A, dA: dA * (A - A * A),
        # tinygrad, of 1/(1 + t), t = e^−z: a² underflows before a does
        lambda Z, A, dA: dA * A * A * np.exp(-Z),
        # autograd, of (tanh(z/2) + 1)/2: 1/(2 cosh(z/2))²
        lambda Z, A, dA: dA * (1 / (np.exp(Z / 2) + np.exp(-Z / 2))) ** 2,
    ),
    overflows=(
        OverflowingFormula("np.exp(Z) / (1 + np.exp(Z))", "exp-overflows",
                           "e^z overflows for a large z: use 1 / (1 + e^−z)"),
    ),
)  # fmt: skip
