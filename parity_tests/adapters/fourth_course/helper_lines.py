"""The lines of course 4's small functions, with the mistakes that people make in them."""

from __future__ import annotations

from parity_tests.kinds.formula_text import ALL, FormulaText, edit

BOTH = "(pad, pad)"
WIDTHS = f"((0, 0), {BOTH}, {BOTH}, (0, 0))"


def padded(widths: str, more: str = "") -> str:
    """Return the text of X padded by these widths."""
    return f"np.pad(X, {widths}{more})"


ZERO_PAD = FormulaText("X_pad", padded(WIDTHS), (
    edit("padding-of-edges", "the padding repeats the numbers at the edges; zeros were expected",
         ALL, padded(WIDTHS, ", 'edge'")),
    edit("padding-of-reflections", "the padding reflects the image; zeros were expected",
         ALL, padded(WIDTHS, ", 'reflect'")),
    edit("padding-of-ones", "the padding is 1; zeros were expected",
         ALL, padded(WIDTHS, ", constant_values=1.0")),
    edit("padded-features", "the features are padded, too: axis 3",
         ALL, padded(f"((0, 0), {BOTH}, {BOTH}, {BOTH})")),
    edit("padded-examples", "the examples are padded, too: axis 0",
         ALL, padded(f"({BOTH}, {BOTH}, {BOTH}, (0, 0))")),
    edit("padded-last-axes", "the last two axes are padded, as of (m, n, H, W); the image has the "
         "axes 1 and 2", ALL, padded(f"((0, 0), (0, 0), {BOTH}, {BOTH})")),
    edit("rows-alone", "the width of the image is not padded",
         ALL, padded(f"((0, 0), {BOTH}, (0, 0), (0, 0))")),
    edit("columns-alone", "the height of the image is not padded",
         ALL, padded(f"((0, 0), (0, 0), {BOTH}, (0, 0))")),
    edit("padding-at-the-end", "the padding is after the last position alone",
         ALL, padded("((0, 0), (0, pad), (0, pad), (0, 0))")),
    edit("padding-at-the-start", "the padding is before the first position alone",
         ALL, padded("((0, 0), (pad, 0), (pad, 0), (0, 0))")),
    edit("not-padded", "it is X itself", ALL, "1.0 * X"),
))  # fmt: skip

SINGLE_STEP = FormulaText("Z", "np.sum(a_slice_prev * W) + b", (
    edit("missing-b", "b is missing", " + b", ""),
    edit("minus-b", "b was subtracted", " + b", " - b"),
    edit("b-of-each-weight", "b is added once for each weight of the kernel: it is within the sum",
         ALL, "np.sum(a_slice_prev * W + b)"),
    edit("missing-W", "it is not multiplied by W", " * W", ""),
    edit("plus-W", "W is added, and not multiplied", "* W", "+ W"),
    edit("mean-for-sum", "the sum was expected, the mean is used",
         "np.sum(a_slice_prev * W)", "np.sum(a_slice_prev * W) / W.size"),
    edit("flipped-kernels", "the kernel is flipped: the last element comes first",
         "* W", "* W[::-1, ::-1]"),
    edit("transposed-kernels", "the kernel is transposed: rows for columns",
         "* W", "* W.swapaxes(0, 1)"),
))  # fmt: skip

MASK = FormulaText("mask", "1.0 * (x == x.max())", (
    edit("not-equal", "the mask is inverted: the others are marked", "==", "!="),
    edit("minimum", "the minimum is marked; the maximum was expected", "x.max()", "x.min()"),
    edit("largest-magnitude", "the largest |x| is marked; the largest x was expected",
         ALL, "1.0 * (np.abs(x) == np.abs(x).max())"),
    edit("each-column", "the maximum of each column is marked; that of the window was expected",
         "x.max()", "x.max(axis=0, keepdims=True)"),
    edit("each-row", "the maximum of each row is marked; that of the window was expected",
         "x.max()", "x.max(axis=1, keepdims=True)"),
    edit("value-for-mask", "the maximum itself stands there; 1 was expected", "1.0", "x"),
    edit("nothing-marked", "nothing is marked", "==", ">"),
))  # fmt: skip

DISTRIBUTED = FormulaText("a", "np.ones(shape) * (dz / (n_H * n_W))", (
    edit("missing-count", "it is not divided by the number of elements", " / (n_H * n_W)", ""),
    edit("divided-by-n_H", "it is divided by the height alone", "(n_H * n_W)", "n_H"),
    edit("divided-by-n_W", "it is divided by the width alone", "(n_H * n_W)", "n_W"),
    edit("divided-by-sum", "it is divided by the height plus the width", "n_H * n_W", "n_H + n_W"),
    edit("first-element", "the first element alone has it",
         ALL, "np.pad(dz.reshape(1, 1), ((0, n_H - 1), (0, n_W - 1)))"),
))  # fmt: skip
