"""What a learned vector for each position brings to the proof."""

from __future__ import annotations

from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from parity_tests.kinds.layer_kind import LayerKind
from ref_numpy import Flatten, Graph
from ref_numpy.layers.attention.positions import Positions


def graph() -> Graph:
    """Return a graph with as many positions as features, so that P may be transposed."""
    graph = Graph({"x": (4, 4)})
    graph.add("z", Positions(4, 4), "x")
    graph.add("flat", Flatten(), "z")
    return graph


KIND = LayerKind(
    meaning="{Z}, with the vector of its position added at each place",
    line=FormulaText("Z", "A_prev + P[:, None]", (
        edit("missing-positions", "the positions are not added", " + P[:, None]", ""),
        edit("first-position", "the vector of the first position is added everywhere",
             "P[:", "P[:, :1][:"),
        edit("off-by-one", "the vector of the position before is added",
             "P[:, None]", "np.roll(P, 1, axis=1)[:, None]"),
        edit("reversed-positions", "the positions are counted from the end", "None]",
             "None, ::-1]"),
        edit("transposed", "P is transposed: features and positions are exchanged",
             "P[", "P.T["),
        edit("multiplied", "the positions are multiplied, not added", " + ", " * "),
        edit("first-example", "the positions are added to the first example alone",
             ALL, "np.concatenate((A_prev[:, :1] + P[:, None], A_prev[:, 1:]), axis=1)"),
    )),
    derivative_line=FormulaText("dA_prev", "dZ", (
        edit("missing-gradient", "this path has no gradient", ALL, "0 * dZ"),
        edit("added-twice", "dZ is added twice", ALL, "dZ + dZ"),
        edit("times-positions", "the positions are multiplied in", ALL, "dZ * P[:, None]"),
    )),
    parameter_lines={"dP": FormulaText("dP", "dZ.sum(axis=1)", (
        edit("mean-over-examples", "the mean over the examples is taken, not the sum",
             "sum", "mean"),
        edit("last-example", "only the last example is added", "dZ.sum(axis=1)", "dZ[:, -1]"),
        edit("missing-gradient", "the positions have no gradient", ALL, "0 * dZ.sum(axis=1)"),
        edit("reversed-positions", "the positions of dZ stand in reversed order",
             "dZ", "dZ[..., ::-1]"),
        edit("transposed", "it is transposed", ".sum(axis=1)", ".sum(axis=1).T"),
        edit("one-vector", "the sum runs over the positions, too: all have one gradient",
             ALL, "dZ.sum(axis=(1, 2))[:, None] + 0 * P"),
    ))},
    graph=graph,
    alone=(Positions(5, 3), (5, 3)),
)  # fmt: skip
