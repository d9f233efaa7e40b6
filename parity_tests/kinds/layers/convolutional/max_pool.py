"""What the largest number of each window brings to the proof."""

from __future__ import annotations

from parity_tests.kinds.formula_text import ALL, FormulaText, edit, edit_at_ties
from parity_tests.kinds.layer_kind import LayerKind
from parity_tests.kinds.windows import pooling_lines as lines
from parity_tests.kinds.windows.grown_windows import constants_of_pooling, of_both
from ref_numpy import Flatten, Graph, MaxPool

V = f"windows(A_prev, {lines.HOW}, -np.inf)"
FIRST = f"{V}.argmax(axis=1, keepdims=True)"
RIGHT = f"added(np.where({FIRST} == number, dZ[:, None], 0), {lines.HOW})"
TIES = f"{V} == {V}.max(axis=1, keepdims=True)"


def graph() -> Graph:
    """Return a graph of small images, whose windows overlap and see padding."""
    graph = Graph({"x": (3, 5, 4)})
    graph.add("z", MaxPool(3, stride=2, padding=1), "x")
    graph.add("flat", Flatten(), "z")
    return graph


KIND = LayerKind(
    meaning="the largest number of each window of {Z}",
    names=lines.names,
    line=FormulaText("Z", f"{V}.max(axis=1)", (
        edit("mean-of-window", "the maximum was expected, the mean is used",
             ALL, f"windows(A_prev, {lines.HOW}).mean(axis=1)"),
        edit("sum-of-window", "the maximum was expected, the sum is used",
             ALL, f"windows(A_prev, {lines.HOW}).sum(axis=1)"),
        edit("minimum", "the maximum was expected, the minimum is used",
             ALL, f"-windows(-A_prev, {lines.HOW}, -np.inf).max(axis=1)"),
        edit("padding-of-zeros", "the padding is 0, which wins where all others are negative; it "
             "was expected to be −∞", "-np.inf", "0.0"),
        edit("largest-magnitude", "the largest a was expected, the largest |a| is used",
             "A_prev", "np.abs(A_prev)"),
        edit("missing-last-element", "the last element of each window is left out",
             ".max(", "[:, :-1].max("),
        edit("smaller-windows", "the windows are one element too small along each axis",
             "f, stride", "f - 1, stride"),
        lines.NO_STRIDE,
        lines.NEXT_WINDOWS,
        edit("off-by-one-row-and-column", "the windows begin one position too late along each "
             "axis, and are cut off at the end", "A_prev", "late(A_prev, -np.inf)"),
    )),
    derivative_line=FormulaText("dA_prev", RIGHT, (
        edit("every-element", "the gradient goes to every element of the window, not to that which "
             "won alone", ALL, f"added(dZ[:, None], {lines.HOW})"),
        edit("shared-in-window", "the gradient is shared among the elements of the window, as of "
             "their mean", ALL, f"added(dZ[:, None] / every, {lines.HOW})"),
        edit("next-element", "the gradient goes to the element after that which won",
             "== number", "== number - 1"),
        edit("first-element", "the gradient goes to the last element of the window, whichever won",
             FIRST, f"(every - 1 + 0 * {FIRST})"),
        edit("missing-dZ", "the mask is not multiplied by dZ", "dZ[:, None]", "1.0"),
        edit("padding-of-zeros", "the padding is 0, which wins where all others are negative; it "
             "was expected to be −∞", "-np.inf", "0.0"),
        edit_at_ties("every-tie", "the gradient goes to all that are equal to the maximum; the "
                     "first alone was expected",
                     ALL, f"added(np.where({TIES}, dZ[:, None], 0), {lines.HOW})"),
        edit_at_ties("last-tie", "of several that are equal to the maximum the last one has the "
                     "gradient; the first was expected",
                     FIRST, f"(every - 1 - {V}[:, ::-1].argmax(axis=1, keepdims=True))"),
        edit_at_ties("shared-among-ties", "the gradient is shared among all that are equal to the "
                     "maximum; the first alone was expected",
                     ALL, f"added(np.where({TIES}, dZ[:, None] / ({TIES}).sum(axis=1, "
                     f"keepdims=True), 0), {lines.HOW})"),
        edit_at_ties("no-tie", "where several are equal to the maximum, none has the gradient",
                     ALL, f"added(np.where(({TIES}).sum(axis=1, keepdims=True) == 1, np.where("
                     f"{TIES}, dZ[:, None], 0), 0), {lines.HOW})"),
        *lines.of_places(),
        edit("overwritten-by-the-last-winner", "= was used instead of +=: of several windows in "
             "which an element won, the last one alone counts", "added(", "placed_winners("),
    )),
    graph=graph,
    grown=of_both(lambda g, n: MaxPool(**constants_of_pooling(g))),
)  # fmt: skip
