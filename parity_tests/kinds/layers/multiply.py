"""What the product of two tensors brings to the proof."""

from __future__ import annotations

from parity_tests.kinds.formula_text import ALL, Edit, FormulaText, edit
from parity_tests.kinds.grown_steps import Grown, of_one_shape
from parity_tests.kinds.layer_kind import LayerKind
from ref_numpy import Flatten, Graph, Multiply


def graph() -> Graph:
    """Return a graph with a product."""
    graph = Graph({"x": (5, 4), "y": (5, 4)})
    graph.add("z", Multiply(), "x", "y")
    graph.add("flat", Flatten(), "z")
    return graph


def mistakes(own: str, other: str) -> tuple[Edit, ...]:
    """Return the mistakes in the gradient of the input `own`."""
    return (
        edit("own-input", "dZ is multiplied by the input itself, not by the other one", other, own),
        edit("missing-factor", "dZ is not multiplied by the other input", f" * {other}", ""),
        edit("missing-gradient", "this path has no gradient", ALL, "0 * dZ"),
        edit("missing-dZ", "the other input is not multiplied by dZ", "dZ * ", ""),
        edit("result-for-factor", "dZ is multiplied by the product itself", other, "Z"),
        edit("sum-rule", "dZ and the other input are added, not multiplied", "*", "+"),
    )


KIND = LayerKind(
    meaning="the product of {inputs}, number by number",
    line=FormulaText("Z", "A_prev * B_prev", (
        edit("sum", "the inputs are added, not multiplied", "*", "+"),
        edit("square", "the first input is multiplied by itself", "B_prev", "A_prev"),
        edit("missing-second", "the second input is left out", " * B_prev", ""),
        edit("summed", "the products are summed over the features, as an inner product",
             ALL, "(A_prev * B_prev).sum(axis=0, keepdims=True)"),
        edit("quotient", "the first input is divided by the second", "*", "/"),
        edit("order-of-features", "the features of the second input stand in reversed order",
             "B_prev", "B_prev[::-1]"),
    )),
    derivative_line=FormulaText("dA_prev", "dZ * B_prev", mistakes("A_prev", "B_prev")),
    further_lines=(FormulaText("dB_prev", "dZ * A_prev", mistakes("B_prev", "A_prev")),),
    graph=graph,
    grown=Grown(of_one_shape(Multiply(), several=False), place=7),
)  # fmt: skip
