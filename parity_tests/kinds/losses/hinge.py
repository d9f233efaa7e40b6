"""What the hinge loss brings to the proof."""

from __future__ import annotations

from parity_tests.kinds.formula_text import ALL, FormulaText, choice, edit
from parity_tests.kinds.loss_kind import LossKind

S, MASK = "(2 * Y - 1)", "np.where(Y > 0, A < 1, A > -1)"
LABELS = "the labels 0 and 1 are used as they are, and not as −1 and 1"

KIND = LossKind(
    place=6,
    answer=lambda n_y: f"a score: above 0 {'the' if n_y == 1 else 'its'} answer is 1, else 0",
    outputs=(("identity", 2),),
    labels=lambda rng, n_y, m: rng.integers(0, 2, (n_y, m)),
    line=FormulaText("J", f"np.sum(np.maximum(0, 1 - {S} * A)) / m", (
        edit("missing-1/m", "it is m times too large: the 1/m is missing", " / m", ""),
        edit("labels-0-1", LABELS, S, "Y"),
        edit("plus-margin", "s a is added to 1, and not subtracted from it", "1 - (", "1 + ("),
        edit("missing-1", "the 1 is missing: it is the perceptron's loss", "1 - (", "-("),
        edit("missing-maximum", "the maximum is missing: answers that are right by far count below "
             "0", f"np.maximum(0, 1 - {S} * A)", f"1 - {S} * A"),
        edit("minimum", "the maximum was expected, the minimum is used", "maximum", "minimum"),
        edit("squared-hinge", "the hinge loss was expected, its square is used",
             "* A))", "* A)**2)"),
        edit("half-squared-hinge", "the hinge loss was expected, half its square is used",
             ALL, f"np.sum(np.maximum(0, 1 - {S} * A)**2) / (2 * m)"),
        edit("missing-labels", "the labels are missing: 1 − a is used instead of 1 − s a",
             f"{S} * A", "A"),
        edit("squared-error", "the hinge loss was expected, half the squared error is used",
             ALL, "np.sum((A - Y)**2) / (2 * m)"),
    )),
    # The mask s a < 1 by comparisons of A, which are exact.
    gradient_line=FormulaText("dA", f"(1 - 2 * Y) * {MASK}", (
        edit("missing-mask", "the mask s a < 1 is missing", f" * {MASK}", ""),
        edit("labels-0-1", LABELS, ALL, "-Y * (Y * A < 1)"),
        edit("labels-0-1-in-mask", f"in the mask {LABELS}", MASK, "(Y * A < 1)"),
        edit("missing-labels", "the labels are missing before the mask: −1 is used instead of −s",
             "(1 - 2 * Y)", "-1"),
        edit("missing-labels-in-mask", "the mask is a < 1, and not s a < 1", MASK, "(A < 1)"),
        edit("mask-inverted", "the mask is inverted", "A < 1", "A > 1", "A > -1", "A < -1"),
        edit("mask-at-0", "the mask is s a < 0: it is the perceptron's",
             "A < 1", "A < 0", "A > -1", "A > 0"),
        choice("one-at-the-kink", "the derivative where s a is 1 is −s, and that of the reference "
               "is 0", "A < 1", "A <= 1", "A > -1", "A >= -1"),
        edit("squared-hinge", "the derivative is that of the squared hinge loss",
             "(1 - 2 * Y)", f"2 * (1 - 2 * Y) * (1 - {S} * A)"),
        edit("margin-for-derivative", "max(0, 1 − s a), as in J, is used instead of its derivative",
             ALL, f"np.maximum(0, 1 - {S} * A)"),
        edit("squared-error", "A − Y, of the squared error, is used", ALL, "A - Y"),
    )),
)  # fmt: skip
