"""What the features of one tensor as several bring to the proof."""

from __future__ import annotations

from functools import cache

from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from parity_tests.kinds.layer_kind import LayerKind
from ref_numpy import Flatten, Graph, Multiply
from ref_numpy.layers.split import Split


def graph() -> Graph:
    """Return a graph of three parts, of which one is not used."""
    graph = Graph({"x": (6, 4)})
    graph.add(["z", "y", "w"], Split(3), "x")
    graph.add("product", Multiply(), "z", "y")
    graph.add("flat", Flatten(), "product")
    return graph


def part(k: int, parts: int) -> FormulaText:
    """Return the line of part k."""
    start = f"{k} * n" if k else ""
    end = f"{k + 1} * n" if k + 1 < parts else ""
    right = f"A_prev[{start}:{end}]"
    return FormulaText(f"Z_{k}", right, (
        *(
            edit(f"part-{other}", f"part {other} is taken, counted from 0",
                 ALL, f"A_prev[{other} * n:{other + 1} * n]")
            for other in range(parts) if other != k
        ),
        edit("interleaved", "every so many features are taken, not successive ones",
             ALL, f"A_prev[{k}::{parts}]"),
        edit("reversed", "the features stand in reversed order", "]", "][::-1]"),
    ))  # fmt: skip


@cache
def of(parts: int) -> LayerKind:
    """Return what a split into so many parts brings."""
    line, *further = (part(k, parts) for k in range(parts))
    return LayerKind(
        meaning="one of {parts} equal parts of the features of {Z}",
        results=tuple(f"Z_{k}" for k in range(parts)),
        line=line,
        further_results=(*further,),
        derivative_line=FormulaText("dA_prev", "np.concatenate(dZs)", (
            edit("reversed-parts", "the parts stand in reversed order", "dZs", "dZs[::-1]"),
            edit("first-part-for-all", "every part has the gradient of the first",
                 "dZs", "dZs[:1] * parts"),
            edit("missing-part", "the first part has no gradient",
                 "dZs", "(0 * dZs[0], *dZs[1:])"),
            edit("interleaved", "the features of the parts are interleaved",
                 ALL, "np.stack(dZs, axis=1).reshape(A_prev.shape)"),
            edit("sum-of-parts", "every part has the sum of all gradients",
                 ALL, "np.concatenate([sum(dZs)] * parts)"),
        )),
        graph=graph,
        for_layer=lambda layer: of(layer.parts),
    )  # fmt: skip


KIND = of(3)
