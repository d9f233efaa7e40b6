"""What all positions as features bring to the proof."""

from __future__ import annotations

from typing import Any

from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from parity_tests.kinds.grown_steps import Grown
from parity_tests.kinds.layer_kind import LayerKind
from ref_numpy import Flatten, Graph, Identity


def graph() -> Graph:
    """Return a graph that flattens one axis of positions."""
    graph = Graph({"x": (5, 4)})
    graph.add("z", Flatten(), "x")
    graph.add("flat", Identity(), "z")
    return graph


def grow(g: Any) -> None:
    """Flatten a tensor at positions of a graph that grows, if there is one."""
    floats = g.floats(images=True)
    at_positions = [name for name in floats if len(g.shapes[name]) > 1]
    g.add(Flatten(), g.one(at_positions or floats))


KIND = LayerKind(
    meaning="the features of {Z} at all positions as one column",
    line=FormulaText("Z", "A_prev.transpose(2, 0, 1).reshape(-1, m)", (
        edit("features-slowest", "the positions of one feature come first, then those of the next",
             "(2, 0, 1)", "(0, 2, 1)"),
        edit("missing-transpose", "reshape alone mixes the examples", ".transpose(2, 0, 1)", ""),
        edit("transposed-reshape", "reshape to (m, n) and a transposition mix the examples",
             ALL, "A_prev.reshape(m, -1).T"),
        edit("examples-first", "the examples' axis is moved into the features",
             "(2, 0, 1)", "(1, 0, 2)"),
        edit("reversed-positions", "the positions stand in reversed order",
             "A_prev", "A_prev[..., ::-1]"),
        edit("reversed-features", "the features stand in reversed order",
             "A_prev", "A_prev[::-1]"),
    )),
    derivative_line=FormulaText("dA_prev", "dZ.reshape(T, n_prev, m).transpose(1, 2, 0)", (
        edit("features-slowest", "the rows of dZ are taken as the positions of one feature, then "
             "of the next",
             "(T, n_prev, m).transpose(1, 2, 0)", "(n_prev, T, m).transpose(0, 2, 1)"),
        edit("missing-transpose", "reshape alone mixes the examples",
             "(T, n_prev, m).transpose(1, 2, 0)", "(n_prev, m, T)"),
        edit("transposed-reshape", "dZ^T, reshaped, mixes the examples",
             ALL, "dZ.T.reshape(n_prev, m, T)"),
        edit("reversed-positions", "the positions stand in reversed order",
             ALL, "dZ.reshape(T, n_prev, m).transpose(1, 2, 0)[..., ::-1]"),
        edit("reversed-features", "the features stand in reversed order",
             ALL, "dZ.reshape(T, n_prev, m).transpose(1, 2, 0)[::-1]"),
    )),
    graph=graph,
    alone=(Flatten(), (5, 3)),  # without positions it changes nothing
    grown=Grown(grow, place=9, often=0.5),
)  # fmt: skip
