"""What the features of all heads as one vector bring to the proof."""

from __future__ import annotations

from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from parity_tests.kinds.layer_kind import LayerKind
from ref_numpy import Flatten, Graph
from ref_numpy.layers.attention.join_heads import JoinHeads


def graph() -> Graph:
    """Return a graph with two heads of three features."""
    graph = Graph({"x": (3, 2, 4)})
    graph.add("z", JoinHeads(), "x")
    graph.add("flat", Flatten(), "z")
    return graph


NOT_TRANSPOSED = "the heads and positions of an example are exchanged: a transposition is missing"
INTERLEAVED = "the heads are interleaved: their first features come first, then the second ones"

KIND = LayerKind(
    meaning="the features of all heads of {Z} as one vector, head after head",
    line=FormulaText("Z", "A_prev.transpose(2, 0, 1, 3).reshape(n, m, T)", (
        edit("interleaved", INTERLEAVED, "(2, 0, 1, 3)", "(0, 2, 1, 3)"),
        edit("missing-transpose", "reshape alone mixes features and examples",
             ".transpose(2, 0, 1, 3)", ""),
        edit("heads-as-positions", NOT_TRANSPOSED, ALL,
             "A_prev.transpose(1, 2, 3, 0).reshape(m, T, n).transpose(2, 0, 1)"),
        edit("reversed-heads", "the heads stand in reversed order",
             "A_prev", "A_prev[:, :, ::-1]"),
        edit("reversed-features", "the features of a head stand in reversed order",
             "A_prev", "A_prev[::-1]"),
        edit("reversed-positions", "the positions stand in reversed order",
             "A_prev", "A_prev[..., ::-1]"),
        edit("first-head-for-all", "the features of the first head are used for each",
             "A_prev", "(A_prev[:, :, :1] + 0 * A_prev)"),
    )),
    derivative_line=FormulaText("dA_prev", "dZ.reshape(-1, n_prev, m, T).transpose(1, 2, 0, 3)", (
        edit("interleaved", INTERLEAVED, "(-1, n_prev, m, T).transpose(1, 2, 0, 3)",
             "(n_prev, -1, m, T).transpose(0, 2, 1, 3)"),
        edit("missing-transpose", "reshape alone mixes features and examples",
             "(-1, n_prev, m, T).transpose(1, 2, 0, 3)", "(n_prev, m, -1, T)"),
        edit("heads-as-positions", NOT_TRANSPOSED, ALL,
             "dZ.transpose(1, 2, 0).reshape(m, -1, T, n_prev).transpose(3, 0, 1, 2)"),
        edit("reversed-heads", "the heads stand in reversed order", "0, 3)", "0, 3)[:, :, ::-1]"),
        edit("reversed-features", "the features of a head stand in reversed order",
             "0, 3)", "0, 3)[::-1]"),
        edit("reversed-positions", "the positions stand in reversed order",
             "0, 3)", "0, 3)[..., ::-1]"),
    )),
    graph=graph,
    alone=(JoinHeads(), (3, 2, 4)),
)  # fmt: skip
