"""What the scores of all tokens bring to the proof."""

from __future__ import annotations

from typing import Any

from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from parity_tests.kinds.grown_steps import Grown
from parity_tests.kinds.layer_kind import LayerKind
from ref_numpy import Flatten, Graph, Unembedding


def graph() -> Graph:
    """Return a graph whose E is its own."""
    graph = Graph({"x": (5, 4)})
    graph.add("z", Unembedding(5, 7), "x")
    graph.add("flat", Flatten(), "z")
    return graph


def grow(g: Any) -> None:
    """Score the tokens of an embedding of a graph that grows, or of a vocabulary of its own."""
    tables: list[Any] = [step.layer for step in g.graph.steps if "E" in step.parameters]
    fitting = [(t, name) for t in tables for name in g.floats(n=t.n)]
    if fitting and g.rng.random() < 0.8:
        table, name = g.pick(fitting)
        g.add(Unembedding(table.n, table.V), name)
    else:
        name = g.one(g.floats())
        g.add(Unembedding(g.shapes[name][0], g.size()), name)


KIND = LayerKind(
    meaning="for each place the inner product of {Z} with the vector of each token",
    line=FormulaText("Z", "(E.T @ columns(A_prev)).reshape(n, m, T)", (
        edit("divided-by-root-n", "the scores are divided by √n, as of attention",
             "T)", "T) / np.sqrt(n_prev)"),
        edit("unit-vectors", "the vectors of E are made unit vectors first",
             "E.T", "(E / np.sqrt((E * E).sum(axis=0, keepdims=True))).T"),
        edit("examples-as-positions", "examples and positions are exchanged",
             ".reshape(n, m, T)", ".reshape(n, T, m).transpose(0, 2, 1)"),
        edit("reversed-tokens", "the tokens stand in reversed order", "E.T", "E.T[::-1]"),
        edit("reversed-positions", "the positions stand in reversed order",
             "A_prev", "A_prev[:, :, ::-1]"),
        edit("reversed-features", "the features stand in reversed order", "E.T", "E[::-1].T"),
    )),
    derivative_line=FormulaText("dA_prev", "(E @ columns(dZ)).reshape(n_prev, m, T)", (
        edit("missing-gradient", "this path has no gradient", "(E @", "(0 * E @"),
        edit("divided-by-root-n", "it is divided by √n, as of attention",
             "T)", "T) / np.sqrt(n_prev)"),
        edit("examples-as-positions", "examples and positions are exchanged",
             ".reshape(n_prev, m, T)", ".reshape(n_prev, T, m).transpose(0, 2, 1)"),
        edit("result-for-gradient", "Z is used instead of dZ", "dZ", "Z"),
        edit("reversed-tokens", "the tokens stand in reversed order", "(E @", "(E[:, ::-1] @"),
    )),
    parameter_lines={"dE": FormulaText("dE", "columns(A_prev) @ columns(dZ).T", (
        edit("missing-gradient", "the shared E has no gradient from here",
             ALL, "0 * (columns(A_prev) @ columns(dZ).T)"),
        edit("divided-by-m", "it is divided by m once more", ".T", ".T / m"),
        edit("last-position", "only the last position is added",
             ALL, "A_prev[:, :, -1] @ dZ[:, :, -1].T"),
        edit("first-example", "only the first example is added", ALL, "A_prev[:, 0] @ dZ[:, 0].T"),
        edit("result-for-gradient", "Z is used instead of dZ", "dZ", "Z"),
        edit("transposed", "it is transposed", ALL, "columns(dZ) @ columns(A_prev).T"),
    ))},
    graph=graph,
    grown=Grown(grow, place=11),
)  # fmt: skip
