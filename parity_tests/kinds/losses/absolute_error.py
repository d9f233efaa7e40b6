"""What absolute error brings to the proof."""

from __future__ import annotations

from parity_tests.kinds.backward_lines import NOT_MINUS_Y, PLUS_Y, Z_FOR_A
from parity_tests.kinds.formula_text import ALL, FormulaText, choice, edit
from parity_tests.kinds.loss_kind import LossKind

KIND = LossKind(
    place=4,
    outputs=(("identity", 2),),
    # Whole numbers: in the case "kink" some are the output, exactly.
    labels=lambda rng, n_y, m: rng.integers(-2, 3, (n_y, m)),
    line=FormulaText("J", "np.sum(np.abs(A - Y)) / m", (
        edit("missing-1/m", "it is m times too large: the 1/m is missing", " / m", ""),
        edit("missing-absolute-value", "errors of both signs cancel: the absolute value is missing",
             "np.abs(A - Y)", "A - Y"),
        edit("absolute-value-of-sum", "the absolute value is of the sum, and not of each error",
             ALL, "np.abs(np.sum(A - Y)) / m"),
        edit("squared-error", "the absolute error was expected, the squared one is used",
             "np.abs(A - Y)", "(A - Y)**2"),
        edit("half-squared-error", "the absolute error was expected, half the squared one is used",
             ALL, "np.sum((A - Y)**2) / (2 * m)"),
        edit("root-mean-square", "the absolute error was expected, the root of the mean square is "
             "used", ALL, "np.sqrt(np.sum((A - Y)**2) / m)"),
        PLUS_Y,
        NOT_MINUS_Y,
    )),
    # By comparisons, which are exact: np.sign(A - Y) has the same numbers.
    gradient_line=FormulaText("dA", "np.where(A > Y, 1, np.where(A < Y, -1, 0))", (
        edit("missing-sign", "the sign of A − Y was expected, A − Y is used, as for squares",
             ALL, "A - Y"),
        edit("absolute-value-for-sign", "the sign of A − Y was expected, |A − Y| is used, as in J",
             ALL, "np.abs(A - Y)"),
        edit("mask-for-sign", "where A is below Y, 0 is used instead of −1", ALL, "1 * (A > Y)"),
        edit("zero-above", "where A is above Y, 0 is used instead of 1", ALL, "-1 * (A < Y)"),
        choice("one-at-0", "the derivative at 0 is 1, and that of the reference is 0",
               "A > Y", "A >= Y"),
        choice("minus-one-at-0", "the derivative at 0 is −1, and that of the reference is 0",
               ", 0)", ", -1)"),
        edit("missing-Y", "Y is not subtracted", "A > Y", "A > 0", "A < Y", "A < 0"),
        edit("plus-Y", "Y is added", "A > Y", "A > -Y", "A < Y", "A < -Y"),
        Z_FOR_A,
    )),
)  # fmt: skip
