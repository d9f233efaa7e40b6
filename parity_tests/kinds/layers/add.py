"""What the sum of several tensors brings to the proof."""

from __future__ import annotations

from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from parity_tests.kinds.grown_steps import Grown, of_one_shape
from parity_tests.kinds.layer_kind import LayerKind
from ref_numpy import Add, Flatten, Graph


def graph() -> Graph:
    """Return a graph with a sum of two tensors."""
    graph = Graph({"x": (5, 4), "y": (5, 4)})
    graph.add("z", Add(), "x", "y")
    graph.add("flat", Flatten(), "z")
    return graph


def gradient(name: str, other: str) -> FormulaText:
    """Return the line of the gradient of an input, with the other one's name."""
    return FormulaText(name, "dZ", (
        edit("missing-gradient", "this path of the residual has no gradient", ALL, "0 * dZ"),
        edit("shared-among-inputs", "dZ is divided among the inputs", ALL, "dZ / 2"),
        edit("added-twice", "dZ is added twice, as for an input that is used twice",
             ALL, "dZ + dZ"),
        edit("product-rule", "dZ is multiplied by the other input, as of a product",
             ALL, f"dZ * {other}"),
    ))  # fmt: skip


KIND = LayerKind(
    meaning="the sum of {inputs}, number by number",
    line=FormulaText("Z", "A_prev + B_prev", (
        edit("missing-second", "the second input is left out", " + B_prev", ""),
        edit("first-twice", "the first input is added to itself", "B_prev", "A_prev"),
        edit("minus", "the second input is subtracted", "+", "-"),
        edit("product", "the inputs are multiplied, not added", "+", "*"),
        edit("mean", "the mean is taken, not the sum", ALL, "(A_prev + B_prev) / 2"),
        edit("larger", "the larger of the two is taken, not their sum",
             ALL, "np.maximum(A_prev, B_prev)"),
    )),
    derivative_line=gradient("dA_prev", "B_prev"),
    further_lines=(gradient("dB_prev", "A_prev"),),
    graph=graph,
    grown=Grown(of_one_shape(Add(), several=True), place=6),
)  # fmt: skip
