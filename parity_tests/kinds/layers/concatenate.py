"""What several tensors as one bring to the proof."""

from __future__ import annotations

from typing import Any

from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from parity_tests.kinds.grown_steps import Grown
from parity_tests.kinds.layer_kind import LayerKind
from ref_numpy import Concatenate, Flatten, Graph


def graph() -> Graph:
    """Return a graph with the features of two tensors."""
    graph = Graph({"x": (5, 4), "y": (3, 4)})
    graph.add("z", Concatenate(), "x", "y")
    graph.add("flat", Flatten(), "z")
    return graph


def grow(g: Any) -> None:
    """Concatenate two or three tensors of the same positions of a graph that grows."""
    first = g.one(g.floats(images=True))
    alike = g.floats((*g.shapes[first][1:],))
    g.add(Concatenate(), first, *(g.one(alike) for _ in range(g.rng.integers(1, 3))))


KIND = LayerKind(
    meaning="the features of {inputs}, one after the other",
    line=FormulaText("Z", "np.concatenate((A_prev, B_prev))", (
        edit("swapped", "the second input comes first",
             "A_prev, B_prev", "B_prev, A_prev"),
        edit("missing-second", "the second input is left out",
             ALL, "A_prev"),
        edit("first-twice", "the first input is used instead of the second",
             "B_prev", "A_prev"),
        edit("interleaved", "the features are interleaved: one of the first input, then one of "
             "the second", ALL, "np.concatenate((A_prev[:3], B_prev, A_prev[3:]))"),
        edit("reversed", "the features of the second input stand in reversed order",
             "B_prev", "B_prev[::-1]"),
        edit("of-positions", "the positions of the second input stand in reversed order",
             "B_prev", "B_prev[..., ::-1]"),
    )),
    derivative_line=FormulaText("dA_prev", "dZ[:n_prev]", (
        edit("last-features", "the last features are taken, which are those of the second input",
             "[:n_prev]", "[-n_prev:]"),
        edit("off-by-one", "the features begin one too late", ":n_prev", "1:n_prev + 1"),
        edit("missing-gradient", "this path has no gradient", ALL, "0 * dZ[:n_prev]"),
        edit("whole", "the gradient of all features is passed on", "[:n_prev]", ""),
    )),
    further_lines=(FormulaText("dB_prev", "dZ[n_prev:]", (
        edit("first-features", "the first features are taken, which are those of the first input",
             "[n_prev:]", "[:n - n_prev]"),
        edit("off-by-one", "the features begin one too early", "n_prev:", "n_prev - 1:-1"),
        edit("missing-gradient", "this path has no gradient", ALL, "0 * dZ[n_prev:]"),
        edit("whole", "the gradient of all features is passed on", "[n_prev:]", ""),
    )),),
    graph=graph,
    grown=Grown(grow, place=8),
)  # fmt: skip
