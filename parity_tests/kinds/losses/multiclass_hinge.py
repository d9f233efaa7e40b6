"""What the hinge loss of one class of several brings to the proof."""

from __future__ import annotations

from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from parity_tests.kinds.loss_kind import LossKind
from ref_numpy import Dense, Graph, Identity, Tanh, one_hot

A_C = "(Y * A).sum(axis=0)"
MARGINS = f"A - {A_C} + 1"
MASK = f"({MARGINS} > 0)"
COUNT = f"Y * ((1 - Y) * {MASK}).sum(axis=0)"


def graph() -> Graph:
    """Return a small network of four classes, whose outputs are scores."""
    graph = Graph({"x": (5,)})
    graph.add("h", Dense(5, 7), "x")
    graph.add("g", Tanh(), "h")
    graph.add("z", Dense(7, 4), "g")
    graph.add("a", Identity(), "z")
    return graph


KIND = LossKind(
    place=8,
    answer=lambda n_y: f"the score of each of the {n_y} classes",
    labels=lambda rng, n_y, m: one_hot(rng.integers(0, n_y, m), n_y),
    line=FormulaText("J", f"np.sum((1 - Y) * np.maximum(0, {MARGINS})) / m", (
        edit("missing-1/m", "it is m times too large: the 1/m is missing", " / m", ""),
        edit("class-counted", "the right class counts, too: it is 1 too large for each example",
             "(1 - Y) * ", ""),
        edit("missing-1", "the margin 1 is missing", " + 1", ""),
        edit("minus-1", "1 is subtracted, and not added", " + 1", " - 1"),
        edit("reversed", "a_k − a_c was expected, a_c − a_k is used", f"A - {A_C}", f"{A_C} - A"),
        edit("missing-maximum", "the maximum is missing: classes that are far below count below 0",
             f"np.maximum(0, {MARGINS})", f"({MARGINS})"),
        edit("minimum", "the maximum was expected, the minimum is used", "maximum", "minimum"),
        edit("squared-hinge", "the hinge loss was expected, its square is used",
             "+ 1))", "+ 1)**2)"),
        edit("half-squared-hinge", "the hinge loss was expected, half its square is used",
             "+ 1)) / m", "+ 1)**2) / (2 * m)"),
        edit("largest-margin", "the sum over the other classes was expected, the largest is used",
             ALL, f"np.sum(((1 - Y) * np.maximum(0, {MARGINS})).max(axis=0)) / m"),
        edit("binary-hinge", "the hinge loss of n_y yes-or-no questions is used",
             ALL, "np.sum(np.maximum(0, 1 - (2 * Y - 1) * A)) / m"),
    )),
    gradient_line=FormulaText("dA", f"(1 - Y) * {MASK} - {COUNT}", (
        edit("missing-count", "the row of the right class is 0: minus the number of the others "
             "above the margin is missing", f" - {COUNT}", ""),
        edit("one-for-count", "the row of the right class is −1, and not minus the number of the "
             "others above the margin", COUNT, "Y"),
        edit("class-counted", "the right class counts as one above the margin",
             f"((1 - Y) * {MASK}).sum", f"{MASK}.sum"),
        edit("class-in-mask", "the mask is 1 at the right class, too",
             f"(1 - Y) * {MASK} - Y", f"{MASK} - Y"),
        edit("plus-count", "the number of the others above the margin is added, and not subtracted",
             f" - {COUNT}", f" + {COUNT}"),
        edit("missing-mask", "the mask is missing", MASK, "1"),
        edit("mask-without-1", "the margin 1 is missing in the mask", " + 1 > 0", " > 0"),
        edit("mask-inverted", "the mask is inverted", "> 0", "< 0"),
        edit("margin-for-mask", "max(0, 1 + a_k − a_c), as in J, is used instead of the mask",
             MASK, f"np.maximum(0, {MARGINS})"),
        edit("squared-hinge", "the derivative is that of the squared hinge loss",
             MASK, f"(2 * np.maximum(0, {MARGINS}))"),
        edit("minus-Y", "A − Y, of a cross-entropy or a squared error, is used", ALL, "A - Y"),
    )),
    graph=graph,
)  # fmt: skip
