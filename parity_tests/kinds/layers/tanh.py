"""What tanh brings to the proof."""

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
from ref_numpy import Tanh

# (e^z − e^−z) / (e^z + e^−z), written wrongly.
BY_EXPONENTIALS = (
    ("exp-missing-parentheses", "parentheses are missing around the denominator e^z + e^−z",
     "(np.exp(Z) - np.exp(-Z)) / np.exp(Z) + np.exp(-Z)"),
    ("exp-no-parentheses", "parentheses are missing around e^z − e^−z and e^z + e^−z",
     "np.exp(Z) - np.exp(-Z) / np.exp(Z) + np.exp(-Z)"),
    ("exp-inverted", "the quotient of e^z − e^−z and e^z + e^−z is inverted",
     "(np.exp(Z) + np.exp(-Z)) / (np.exp(Z) - np.exp(-Z))"),
    ("exp-half", "e^z − e^−z was divided by 2, as for sinh, and not by e^z + e^−z",
     "(np.exp(Z) - np.exp(-Z)) / 2"),
    ("exp-missing-minus", "e^z + e^−z was expected in the denominator, e^z + e^z is used",
     "(np.exp(Z) - np.exp(-Z)) / (np.exp(Z) + np.exp(Z))"),
)  # fmt: skip

KIND = LayerKind(
    place=3,
    words="tanh",
    meaning="each number of {Z}, brought to between −1 and 1",
    combined=True,
    samples=(Tanh(),),
    line=FormulaText("A", "np.tanh(Z)", (
        edit("half-z", "tanh(z/2) is used instead of tanh(z)", "Z", "Z / 2"),
        edit("twice-z", "tanh(2z) is used instead of tanh(z)", "Z", "2 * Z"),
        *(edit(code, sentence, ALL, text) for code, sentence, text in BY_EXPONENTIALS),
    )),
    derivative_line=FormulaText("dZ", "dA * (1 - A * A)", (
        missing(" * (1 - A * A)"),
        activation_itself("(1 - A * A)", "A"),
        edit("missing-square", "1 − A² was expected, 1 − A is used", "A * A", "A"),
        edit("missing-1-minus", "1 − A² was expected, A² is used", "1 - A * A", "A * A"),
        edit("square-of-difference", "1 − A² was expected, (1 − A)² is used",
             "1 - A * A", "(1 - A) * (1 - A)"),
        edit("sigmoid-derivative",
             "1 − A² was expected, A (1 − A), the sigmoid's derivative, is used",
             "1 - A * A", "A * (1 - A)"),
        edit("missing-parentheses", "parentheses are missing around 1 − A²",
             "(1 - A * A)", "1 - A * A"),
        edit("times-A", "A is multiplied in as well", "(1 - A * A)", "A * (1 - A * A)"),
        edit("1-minus-Z", "1 − A² was expected, 1 − Z is used", "A * A", "Z"),
        derivative_at("A_prev-for-A-in-derivative", "A{p}", "A * A", "A_prev * A_prev"),
        edit("plus-square", "1 − A² was expected, 1 + A² is used", "1 -", "1 +"),
        derivative_at("Z-for-A-in-derivative", "Z{l}", "A * A", "Z * Z"),
        derivative_of_activation("A * A", "g(A) * g(A)"),
        derivative_twice("(1 - A * A)", "(1 - A * A) * (1 - A * A)"),
        edit("missing-dA", NO_DA, "dA * ", ""),
    )),
    derivative_at_Z="dA * (1 - np.tanh(Z) * np.tanh(Z))",
    includes=("sigmoid",),
    formulas=(
        lambda Z: (np.exp(Z) - np.exp(-Z)) / (np.exp(Z) + np.exp(-Z)),
        lambda Z: 2 / (1 + np.exp(-2 * Z)) - 1,
    ),
    derivatives=(
        # JAX
        lambda Z, A, dA: (dA + dA * A) * (1 - A),
        lambda Z, A, dA: dA - dA * A * A,
        # autograd: 1/cosh² z
        lambda Z, A, dA: dA * (2 / (np.exp(Z) + np.exp(-Z))) ** 2,
    ),
    overflows=(
        OverflowingFormula("(np.exp(Z) - np.exp(-Z)) / (np.exp(Z) + np.exp(-Z))",
                           "tanh-exp-overflows", "e^z overflows: use np.tanh"),
        OverflowingFormula("(np.exp(2 * Z) - 1) / (np.exp(2 * Z) + 1)",
                           "tanh-exp-2z-overflows", "e^2z overflows: use np.tanh"),
    ),
)  # fmt: skip
