"""What GELU brings to the proof."""

from __future__ import annotations

from parity_tests.kinds.backward_lines import (
    NO_DA,
    activation_itself,
    derivative_of_activation,
    derivative_twice,
    missing,
)
from parity_tests.kinds.formula_text import FormulaText, choice, edit
from parity_tests.kinds.layer_kind import LayerKind
from ref_numpy import Gelu

SLOPE = "(Phi(Z) + Z * phi(Z))"

# The sigmoid's approximation of either GELU.
QUICK = choice("sigmoid-of-1.702-z", "z σ(1.702 z), which approximates GELU, is used",
               "…", "Z * sigmoid(1.702 * Z)")  # fmt: skip

KIND = LayerKind(
    place=10,
    words="GELU",
    meaning="each number z of {Z}, times the probability that a normal number is below z",
    samples=(Gelu(),),
    line=FormulaText("A", "0.5 * Z * (1 + erf(Z / np.sqrt(2)))", (
        edit("missing-sqrt-2", "erf(z/√2) was expected, erf(z) is used", "Z / np.sqrt(2)", "Z"),
        edit("divided-by-2", "erf(z/√2) was expected, erf(z/2) is used", "np.sqrt(2)", "2"),
        edit("times-sqrt-2", "erf(z/√2) was expected, erf(√2 z) is used", "/ np.sqrt", "* np.sqrt"),
        edit("missing-1-plus", "1 + erf(z/√2) was expected, erf(z/√2) is used", "1 + ", ""),
        edit("minus-erf", "1 + erf(z/√2) was expected, 1 − erf(z/√2) is used", "1 + ", "1 - "),
        edit("missing-z", "Φ(z) is used instead of z Φ(z)", "0.5 * Z *", "0.5 *"),
        edit("tanh-for-erf", "erf(z/√2) was expected, tanh(z/√2) is used", "erf", "np.tanh"),
        QUICK,
    )),
    derivative_line=FormulaText("dZ", f"dA * {SLOPE}", (
        missing(f" * {SLOPE}"),
        activation_itself(SLOPE, "A"),
        edit("missing-z-phi", "z φ(z) is missing: Φ(z) alone is used", " + Z * phi(Z)", ""),
        edit("missing-Phi", "Φ(z) is missing: z φ(z) alone is used", "Phi(Z) + ", ""),
        edit("missing-z", "z φ(z) was expected, φ(z) is used", "Z * phi", "phi"),
        edit("minus-z-phi", "z φ(z) is subtracted", "+ Z", "- Z"),
        edit("distribution-for-density", "φ(z), the density, was expected, Φ(z) is used",
             "phi(Z)", "Phi(Z)"),
        edit("density-without-factor", "φ(z) was expected, e^(−z²/2) is used: 1/√(2π) is missing",
             "phi(Z)", "np.exp(-Z * Z / 2)"),
        edit("density-without-half", "e^(−z²/2) was expected in φ(z), e^(−z²) is used",
             "phi(Z)", "np.exp(-Z * Z) / np.sqrt(2 * np.pi)"),
        edit("factor-of-erf", "1/√(2π) was expected in φ(z), 1/√π is used",
             "phi(Z)", "np.sqrt(2) * phi(Z)"),
        edit("missing-parentheses", "parentheses are missing around Φ(z) + z φ(z)",
             SLOPE, SLOPE[1:-1]),
        derivative_of_activation(SLOPE, "(Phi(A) + A * phi(A))"),
        derivative_twice(SLOPE, f"{SLOPE} * {SLOPE}"),
        edit("missing-dA", NO_DA, "dA * ", ""),
    )),
)  # fmt: skip
