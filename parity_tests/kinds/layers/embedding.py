"""What an embedding brings to the proof."""

from __future__ import annotations

from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from parity_tests.kinds.grown_steps import Grown, of_tokens
from parity_tests.kinds.layer_kind import LayerKind
from ref_numpy import Embedding, Flatten, Graph, WholeNumbers


def graph() -> Graph:
    """Return a graph of short texts, in which tokens occur several times."""
    graph = Graph({"tokens": WholeNumbers(7, (4,))})
    graph.add("z", Embedding(7, 5), "tokens")
    graph.add("flat", Flatten(), "z")
    return graph


KIND = LayerKind(
    meaning="for each token its column of E",
    line=FormulaText("Z", "E[:, ids]", (
        edit("off-by-one", "the column before the token's is taken, as of numbers from 1 on",
             "ids", "ids - 1"),
        edit("from-the-end", "the columns are counted from the end", "ids", "-ids - 1"),
        edit("first-token", "each place has the vector of the first token of its text",
             "ids]", "ids[:, :1] + 0 * ids]"),
        edit("reversed-positions", "the positions stand in reversed order",
             "ids", "ids[:, ::-1]"),
        edit("times-root-n", "the vectors are multiplied by √n, as in the Transformer of 2017",
             "]", "] * np.sqrt(n)"),
        edit("reversed-features", "the features stand in reversed order", "E[:", "E[::-1"),
    )),
    parameter_lines={"dE": FormulaText("dE", "add_at(ids, dZ, V)", (
        edit("overwritten", "dE[:, ids] = dZ, or += dZ, keeps only the last place of a token; "
             "np.add.at adds all", "add_at", "set_at"),
        edit("mean-over-places", "the mean over the places of a token is taken, not the sum",
             ALL, "add_at(ids, dZ, V) / np.maximum(add_at(ids, 1 + 0 * dZ, V), 1)"),
        edit("divided-by-m", "it is divided by m once more", "V)", "V) / m"),
        edit("off-by-one", "the column after the token's is taken", "ids", "(ids + 1) % V"),
        edit("last-position", "only the last position is added",
             "ids, dZ", "ids[:, -1:], dZ[:, :, -1:]"),
        edit("first-example", "only the first example is added", "ids, dZ", "ids[:1], dZ[:, :1]"),
        edit("reversed-positions", "the positions of dZ stand in reversed order",
             "dZ", "dZ[:, :, ::-1]"),
    ))},
    graph=graph,
    grown=Grown(of_tokens, place=10),
)  # fmt: skip
