"""What a fully connected layer brings to the proof."""

from __future__ import annotations

from typing import Any

from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from parity_tests.kinds.grown_steps import Grown
from parity_tests.kinds.layer_kind import LayerKind
from ref_numpy import Dense

Z = FormulaText("Z", "W @ A_prev + b", (
    edit("missing-b", "b{l} is missing", " + b", ""),
    edit("minus-b", "b{l} was subtracted", " + b", " - b"),
    edit("b-twice", "b{l} was added twice", " + b", " + 2 * b"),
    edit("b-along-examples", "b{l} is added along the examples", " + b", " + b.T"),
    edit("transposed-W", "W{l}^T is used instead of W{l}", "W @", "W.T @"),
    edit("missing-activation", "Z{p} is used instead of A{p}: the activation is left out",
         "A_prev", "Z_prev"),
    edit("elementwise-product", "the product is elementwise, W{l} ∗ A{p}", "@", "*"),
    edit("activated", "the activation of Z{l} is given instead of Z{l}",
         ALL, "g(W @ A_prev + b)"),
))  # fmt: skip

DA_FOR_DZ = edit("dA-for-dZ", "dA{l} is used instead of dZ{l}", "dZ", "dA")

DW = FormulaText("dW", "dZ @ A_prev.T / m", (
    edit("A-for-A_prev", "A{l} is used instead of A{p}", "A_prev", "A"),
    edit("Z_prev-for-A_prev", "Z{p} is used instead of A{p}", "A_prev", "Z_prev"),
    DA_FOR_DZ,
    edit("transposed", "it is transposed: A{p} dZ{l}^T", "dZ @ A_prev.T", "A_prev @ dZ.T"),
    edit("elementwise-product", "the product is elementwise, dZ{l} ∗ A{p}",
         "dZ @ A_prev.T", "dZ * A_prev"),
    edit("of-first-example", "it is the gradient of the first example alone",
         "dZ @ A_prev.T / m", "dZ[:, :1] @ A_prev[:, :1].T"),
    edit("of-last-example", "it is the gradient of the last example alone",
         "dZ @ A_prev.T / m", "dZ[:, -1:] @ A_prev[:, -1:].T"),
    edit("sum-of-first-example", "only the first example is summed",
         "dZ @ A_prev.T", "dZ[:, :1] @ A_prev[:, :1].T"),
    edit("sum-of-last-example", "only the last example is summed",
         "dZ @ A_prev.T", "dZ[:, -1:] @ A_prev[:, -1:].T"),
    edit("missing-first-example", "the first example is left out",
         "dZ @ A_prev.T", "dZ[:, 1:] @ A_prev[:, 1:].T"),
    edit("missing-last-example", "the last example is left out",
         "dZ @ A_prev.T", "dZ[:, :-1] @ A_prev[:, :-1].T"),
    edit("plus-batch-before", "the gradient of the previous batch was added",
         " / m", " / m + dW_before"),
))  # fmt: skip

DB = FormulaText("db", "dZ.sum(axis=1, keepdims=True) / m", (
    DA_FOR_DZ,
    edit("mean-of-everything", "it is the mean of all numbers: axis=1 is missing",
         ALL, "dZ.sum() / (n * m)"),
    edit("sum-of-everything", "the sum runs over the units as well",
         "dZ.sum(axis=1, keepdims=True)", "dZ.sum()"),
    edit("sum-over-units", "the sum runs over the units, axis 0", "axis=1", "axis=0"),
    edit("sum-over-units-transposed", "the sum runs over the units, axis 0, and is transposed",
         "dZ.sum(axis=1, keepdims=True)", "dZ.sum(axis=0, keepdims=True).T"),
    edit("missing-keepdims", "keepdims=True is missing, which leaves a rank-1 array",
         ", keepdims=True", ""),
    edit("missing-sum", "the examples are not summed", ".sum(axis=1, keepdims=True)", ""),
    edit("of-first-example", "it is the gradient of the first example alone",
         "dZ.sum(axis=1, keepdims=True) / m", "dZ[:, :1]"),
    edit("of-last-example", "it is the gradient of the last example alone",
         "dZ.sum(axis=1, keepdims=True) / m", "dZ[:, -1:]"),
    edit("sum-of-first-example", "only the first example is summed",
         "dZ.sum(axis=1, keepdims=True)", "dZ[:, :1]"),
    edit("sum-of-last-example", "only the last example is summed",
         "dZ.sum(axis=1, keepdims=True)", "dZ[:, -1:]"),
    edit("missing-first-example", "the first example is left out", "dZ.sum", "dZ[:, 1:].sum"),
    edit("missing-last-example", "the last example is left out", "dZ.sum", "dZ[:, :-1].sum"),
    edit("plus-batch-before", "the gradient of the previous batch was added",
         " / m", " / m + db_before"),
    edit("plus-L2", "(λ/m) b{l} was added: the biases have no L2 term",
         " / m", " / m + lambd / m * b"),
    edit("plus-twice-L2", "2 (λ/m) b{l} was added: the biases have no L2 term",
         " / m", " / m + 2 * lambd / m * b"),
    edit("plus-L2-missing-1/m", "λ b{l} was added: the biases have no L2 term",
         " / m", " / m + lambd * b"),
    edit("plus-L2-of-1", "λ/m was added, as for a parameter that is 1: the biases have no L2 term",
         " / m", " / m + lambd / m"),
))  # fmt: skip

DA = FormulaText("dA_prev", "W.T @ dZ", (
    edit("untransposed-W", "W{l} is used instead of W{l}^T", "W.T", "W"),
    DA_FOR_DZ,
    edit("elementwise-product", "the product is elementwise, W{l}^T ∗ dZ{l}", "@", "*"),
    edit("A-for-dZ", "A{l} is used instead of dZ{l}", "dZ", "A"),
))  # fmt: skip


def grow(g: Any) -> None:
    """Add a layer with a bias or without to a graph that grows, now and then of known sizes."""
    name = g.one(g.floats())
    n_prev = g.shapes[name][0]
    earlier: list[Any] = [s.layer for s in g.graph.steps if getattr(s.layer, "n_prev", 0) == n_prev]
    again = earlier and g.takes_again()
    n = g.pick(earlier).n if again else g.size_of_result()
    g.add(Dense(n_prev, n, bool(g.rng.random() < 0.75)), name)


KIND = LayerKind(
    place=0,
    meaning="weighted sums of the features of {Z}",
    line=Z,
    derivative_line=DA,
    parameter_lines={"dW": DW, "db": DB},
    alone=(Dense(5, 4), (5,)),
    grown=Grown(grow, place=1, often=3),
)  # fmt: skip
