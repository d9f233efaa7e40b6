"""What maxout brings to the proof."""

from __future__ import annotations

import numpy as np

from parity_tests.kinds.backward_lines import NO_DA
from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from parity_tests.kinds.layer_kind import LayerKind
from ref_numpy import Flatten, Graph, Maxout

PIECES = "Z.reshape(n, pieces, *Z.shape[1:])"
STRIDED = "Z.reshape(pieces, n, *Z.shape[1:])"
WINNER = f"{PIECES}.argmax(axis=1, keepdims=True)"
APART = "the pieces of a unit are taken n features apart, not side by side"


def graph() -> Graph:
    """Return a graph with two units of three pieces."""
    graph = Graph({"x": (6, 4)})
    graph.add("z", Maxout(2, pieces=3), "x")
    graph.add("flat", Flatten(), "z")
    return graph


def of_features(rng: np.random.Generator, n: int) -> Maxout:
    """Return a maxout of n features; all of them are the pieces of one unit where n is prime."""
    pieces = int(rng.choice([k for k in range(2, n + 1) if n % k == 0] or [1]))
    return Maxout(n // pieces, pieces)


KIND = LayerKind(
    words="maxout of {pieces} pieces",
    meaning="the largest of each group of successive numbers in a column of {Z}",
    line=FormulaText("A", f"{PIECES}.max(axis=1)", (
        edit("minimum", "the maximum was expected, the minimum is used", ".max(", ".min("),
        edit("mean-of-pieces", "the maximum was expected, the mean is used", ".max(", ".mean("),
        edit("sum-of-pieces", "the maximum was expected, the sum is used", ".max(", ".sum("),
        edit("pieces-apart", APART, ALL, f"{STRIDED}.max(axis=0)"),
        edit("largest-magnitude", "the largest z was expected, the largest |z| is used",
             PIECES, f"np.abs({PIECES})"),
        edit("zero-as-a-piece", "0 is one more piece, as in ReLU",
             ALL, f"np.maximum({PIECES}.max(axis=1), 0)"),
        edit("missing-last-piece", "the last piece is left out", ".max(", "[:, :-1].max("),
        edit("first-piece", "the first piece is used, and no maximum is taken",
             ".max(axis=1)", "[:, 0]"),
    )),
    derivative_line=FormulaText(
        "dZ",
        f"np.where(({WINNER}.T == np.arange(pieces)[:, None]).T, dA[:, None], 0).reshape(Z.shape)",
        (
            edit("every-piece", "the gradient goes to every piece, not to that which won alone",
                 ALL, "dA.repeat(pieces, axis=0)"),
            edit("shared-among-pieces", "the gradient is shared among the pieces, as of their mean",
                 ALL, "dA.repeat(pieces, axis=0) / pieces"),
            edit("smallest-piece", "the gradient goes to the smallest piece",
                 PIECES, f"(-{PIECES})"),
            edit("first-piece", "the gradient goes to the first piece, whichever won",
                 WINNER, f"(0 * {WINNER})"),
            edit("next-piece", "the gradient goes to the piece after that which won",
                 "np.arange(pieces)", "(np.arange(pieces) - 1)"),
            edit("pieces-apart", APART,
                 ALL, f"np.where(({STRIDED}.argmax(axis=0, keepdims=True).T == np.arange(pieces)).T"
                 ", dA, 0).reshape(Z.shape)"),
            edit("mask-of-relu", "the mask of ReLU is used, z > 0",
                 ALL, "dA.repeat(pieces, axis=0) * (Z > 0)"),
            edit("times-A", "dA is multiplied by the result", "dA[", "(dA * A)["),
            edit("missing-dA", NO_DA, "dA[:, None]", "1.0"),
        ),
    ),
    graph=graph,
    of_features=of_features,
)  # fmt: skip
