"""What features as heads bring to the proof."""

from __future__ import annotations

from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from parity_tests.kinds.layer_kind import LayerKind
from ref_numpy import Flatten, Graph
from ref_numpy.layers.attention.split_heads import SplitHeads


def graph() -> Graph:
    """Return a graph with two heads of three features."""
    graph = Graph({"x": (6, 4)})
    graph.add("z", SplitHeads(2), "x")
    graph.add("flat", Flatten(), "z")
    return graph


NOT_TRANSPOSED = "the heads and positions of an example are exchanged: a transposition is missing"
INTERLEAVED = "the heads are interleaved: head k has the features k, k + h, k + 2 h, …"

KIND = LayerKind(
    meaning="the features of {Z} in {h} heads, one after the other",
    line=FormulaText("Z", "A_prev.reshape(h, n, m, T).transpose(1, 2, 0, 3)", (
        edit("interleaved", INTERLEAVED,
             "(h, n, m, T).transpose(1, 2, 0, 3)", "(n, h, m, T).transpose(0, 2, 1, 3)"),
        edit("missing-transpose", "reshape alone mixes features and examples",
             "(h, n, m, T).transpose(1, 2, 0, 3)", "(n, m, h, T)"),
        edit("heads-as-positions", NOT_TRANSPOSED, ALL,
             "A_prev.transpose(1, 2, 0).reshape(m, h, T, n).transpose(3, 0, 1, 2)"),
        edit("reversed-heads", "the heads stand in reversed order", "0, 3)", "0, 3)[:, :, ::-1]"),
        edit("reversed-features", "the features of a head stand in reversed order",
             "0, 3)", "0, 3)[::-1]"),
        edit("reversed-positions", "the positions stand in reversed order",
             "0, 3)", "0, 3)[..., ::-1]"),
        edit("first-head-for-all", "every head has the features of the first",
             "0, 3)", "0, 3)[:, :, :1] + np.zeros((h, 1))"),
    )),
    derivative_line=FormulaText("dA_prev", "dZ.transpose(2, 0, 1, 3).reshape(n_prev, m, T)", (
        edit("interleaved", INTERLEAVED, "(2, 0, 1, 3)", "(0, 2, 1, 3)"),
        edit("missing-transpose", "reshape alone mixes features and examples",
             ".transpose(2, 0, 1, 3)", ""),
        edit("heads-as-positions", NOT_TRANSPOSED, ALL,
             "dZ.transpose(1, 2, 3, 0).reshape(m, T, n_prev).transpose(2, 0, 1)"),
        edit("reversed-heads", "the heads stand in reversed order", "dZ.", "dZ[:, :, ::-1]."),
        edit("missing-gradient", "this path has no gradient", ALL,
             "0 * dZ.transpose(2, 0, 1, 3).reshape(n_prev, m, T)"),
        edit("reversed-positions", "the positions stand in reversed order",
             "dZ.", "dZ[..., ::-1]."),
    )),
    graph=graph,
    alone=(SplitHeads(2), (6, 3)),
)  # fmt: skip
