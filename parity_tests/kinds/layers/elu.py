"""What ELU brings to the proof."""

from __future__ import annotations

import numpy as np

from parity_tests.kinds.backward_lines import (
    INVERTED,
    MASKS,
    ONE_AT_0,
    activation_itself,
    derivative_of_activation,
    derivative_twice,
    missing,
)
from parity_tests.kinds.formula_text import ALL, FormulaText, choice, edit
from parity_tests.kinds.layer_kind import LayerKind
from ref_numpy import Elu

SLOPE = "np.where(Z > 0, 1, alpha * np.exp(Z))"

KIND = LayerKind(
    place=9,
    words="an ELU of α = {alpha}",
    meaning="{Z} with each negative number z replaced by {alpha:g} (e^z − 1)",
    samples=(Elu(),),
    line=FormulaText("A", "np.where(Z > 0, Z, alpha * (np.exp(Z) - 1))", (
        edit("swapped-branches", "the two branches are swapped", "Z > 0", "Z <= 0"),
        edit("missing-alpha", "α is missing", "alpha * ", ""),
        edit("missing-minus-1", "e^z − 1 was expected, e^z is used",
             "(np.exp(Z) - 1)", "np.exp(Z)"),
        edit("plus-1", "e^z − 1 was expected, e^z + 1 is used", "- 1", "+ 1"),
        edit("1-minus-exp", "e^z − 1 was expected, 1 − e^z is used",
             "np.exp(Z) - 1", "1 - np.exp(Z)"),
        edit("exp-of-minus-z", "e^z was expected, e^−z is used", "np.exp(Z)", "np.exp(-Z)"),
        edit("missing-parentheses", "parentheses are missing around e^z − 1",
             "(np.exp(Z) - 1)", "np.exp(Z) - 1"),
        edit("alpha-in-exponent", "α (e^z − 1) was expected, e^(α z) − 1 is used",
             "alpha * (np.exp(Z) - 1)", "np.exp(alpha * Z) - 1"),
        edit("alpha-on-both-sides", "α z is used instead of z where z > 0", ", Z,", ", alpha * Z,"),
        choice("selu", "the SELU, which multiplies by 1.0507 and has α = 1.67326, is used", ALL,
               "1.0507009873554805 * np.where(Z > 0, Z, 1.6732632423543772 * (np.exp(Z) - 1))"),
    )),
    derivative_line=FormulaText("dZ", f"dA * {SLOPE}", (
        missing(f" * {SLOPE}"),
        activation_itself(SLOPE, "A"),
        ONE_AT_0,
        INVERTED,
        *MASKS,
        edit("missing-alpha", "α is missing", "alpha * ", ""),
        edit("missing-plus-alpha", "a + α, which is α e^z, was expected where z ≤ 0, a is used",
             "alpha * np.exp(Z)", "A"),
        edit("A-plus-1", "a + α, which is α e^z, was expected where z ≤ 0, a + 1 is used",
             "alpha * np.exp(Z)", "A + 1"),
        edit("alpha-alone", "α e^z was expected where z ≤ 0, α is used: e^z is missing",
             " * np.exp(Z)", ""),
        edit("exp-of-minus-z", "e^z was expected, e^−z is used", "np.exp(Z)", "np.exp(-Z)"),
        derivative_of_activation("np.exp(Z)", "np.exp(A)"),
        derivative_twice(SLOPE, f"{SLOPE} * {SLOPE}"),
    )),
    includes=("elu",),
    fitted={
        "A": edit("other-alpha", "α is {c}", "alpha", "c"),
        "dZ": edit("other-alpha", "α is {c}", "alpha", "c"),
    },
    formulas=(lambda Z, alpha: np.where(Z > 0, Z, alpha * (np.exp(Z) - 1)),),
    # JAX; with it, dA (a + α)
    derivatives=(lambda Z, A, dA, alpha: np.where(Z > 0, dA, dA * alpha * (np.expm1(Z) + 1)),),
)  # fmt: skip
