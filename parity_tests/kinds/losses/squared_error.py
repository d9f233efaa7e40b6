"""What squared error brings to the proof."""

from __future__ import annotations

from parity_tests.kinds.backward_lines import NOT_MINUS_Y, PLUS_Y, Z_FOR_A
from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from parity_tests.kinds.loss_kind import LossKind

KIND = LossKind(
    place=3,
    outputs=(("softmax", 3),),
    ends_with_any=True,
    labels=lambda rng, n_y, m: rng.standard_normal((n_y, m)),
    line=FormulaText("J", "np.sum((A - Y)**2) / (2 * m)", (
        edit("missing-half", "it is twice as large: the ½ is missing", "(2 * m)", "m"),
        edit("missing-1/m", "it is m times too large: the 1/m is missing", "(2 * m)", "2"),
        edit("missing-square", "the errors are not squared", "**2", ""),
        edit("absolute-error", "the squared error was expected, the absolute one is used",
             "(A - Y)**2", "np.abs(A - Y)"),
    )),
    gradient_line=FormulaText("dA", "A - Y", (
        NOT_MINUS_Y,
        PLUS_Y,
        Z_FOR_A,
        edit("squared", "the error is squared, as in J", ALL, "(A - Y)**2"),
    )),
    squares="(A - Y)",
)  # fmt: skip
