"""What the mean over all positions brings to the proof."""

from __future__ import annotations

from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from parity_tests.kinds.layer_kind import LayerKind
from parity_tests.kinds.windows.grown_windows import of_both
from ref_numpy import Graph, Identity
from ref_numpy.layers.convolutional.global_average_pool import GlobalAveragePool

SIZE = "A_prev[0, 0].size"
BACK = f"(dZ / {SIZE}).reshape(n, m, 1).repeat({SIZE}, axis=2).reshape(A_prev.shape)"


def graph() -> Graph:
    """Return a graph of small images."""
    graph = Graph({"x": (5, 4, 3)})
    graph.add("z", GlobalAveragePool(), "x")
    graph.add("flat", Identity(), "z")
    return graph


KIND = LayerKind(
    meaning="the mean over all positions of each feature of {Z}",
    line=FormulaText("Z", "A_prev.reshape(n, m, -1).mean(axis=2)", (
        edit("sum-over-positions", "the mean over the positions was expected, the sum is used",
             ".mean(", ".sum("),
        edit("largest-position", "the mean over the positions was expected, the maximum is used",
             ".mean(", ".max("),
        edit("n-minus-1", "it is divided by the number of positions less 1",
             ".mean(axis=2)", f".sum(axis=2) / ({SIZE} - 1)"),
        edit("divided-by-one-axis", "it is divided by the size of the last axis alone",
             ".mean(axis=2)", ".sum(axis=2) / T"),
        edit("last-position", "the last position is used, and no mean is taken",
             ".mean(axis=2)", "[:, :, -1]"),
        edit("mixed-examples", "reshape alone mixes the examples and the features",
             ALL, "A_prev.reshape(m, n, -1).mean(axis=2).T"),
        edit("over-examples", "the mean is taken over the examples, too",
             ".mean(axis=2)", ".mean(axis=(1, 2), keepdims=True)[:, :, 0] + 0 * Z"),
    )),
    derivative_line=FormulaText("dA_prev", BACK, (
        edit("missing-count", "it is not divided by the number of positions", f" / {SIZE}", ""),
        edit("divided-by-one-axis", "it is divided by the size of the last axis alone",
             f" / {SIZE}", " / T"),
        edit("divided-by-N", "it is divided by the number of examples as well",
             f" / {SIZE}", " / N"),
        edit("n-minus-1", "it is divided by the number of positions less 1",
             f" / {SIZE}", f" / ({SIZE} - 1)"),
        edit("times-A", "it is multiplied by the input", ALL, f"A_prev * {BACK}"),
        edit("mixed-examples", "reshape alone mixes the examples and the features",
             "reshape(n, m, 1)", "T.reshape(n, m, 1)"),
    )),
    graph=graph,
    grown=of_both(lambda g, n: GlobalAveragePool()),
)  # fmt: skip
