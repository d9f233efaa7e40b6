"""What dropout brings to the proof."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from parity_tests.kinds.grown_steps import Grown, of_features
from parity_tests.kinds.layer_kind import LayerKind
from ref_numpy import Array, Dropout, Flatten, Graph


def graph() -> Graph:
    """Return a graph with a dropout."""
    graph = Graph({"x": (5, 4)})
    graph.add("z", Dropout(0.4), "x")
    graph.add("flat", Flatten(), "z")
    return graph


def drawn(A: Array | None, Z: Array) -> tuple[Array, Array]:
    """Return the mask, Z ≠ 0, and where it is known: not where A is 0, and Z with or without it."""
    kept = Z != 0
    return kept, kept if A is None else kept | (A != 0)


def drawn_features(A: Array | None, Z: Array) -> tuple[Array, Array]:
    """Return the same where whole features are drawn: that of each feature, for all positions."""
    positions = tuple(range(2, Z.ndim))
    mask, known = (x.any(axis=positions, keepdims=True) for x in drawn(A, Z))
    return np.broadcast_to(mask, Z.shape).copy(), np.broadcast_to(known, Z.shape).copy()


SCALE = " / (1 - rate)"
MASKS = (
    edit("unscaled", "it is not divided by 1 − rate", SCALE, ""),
    edit("divided-by-rate", "it is divided by the rate, and not by 1 − rate", "(1 - rate)", "rate"),
    edit("times-keep", "it is multiplied by 1 − rate, not divided", "/ (1 - rate)", "* (1 - rate)"),
    edit("inverted-mask", "the mask is inverted: what should stay is 0", " D ", " (1 - D) "),
)  # fmt: skip

KIND = LayerKind(
    meaning="{Z} with a random part of its numbers set to 0, the others a little larger",
    line=FormulaText("Z", f"A_prev * D{SCALE}", (
        *MASKS,
        edit("missing-mask", "nothing is set to 0", ALL, "A_prev"),
        edit("one-mask-for-all-examples", "all examples have the mask of the first", " D ",
             " D[:, :1] "),
        edit("one-mask-for-all-positions", "all positions have the mask of the first", " D ",
             " D[:, :, :1] "),
    )),
    derivative_line=FormulaText("dA_prev", f"dZ * D{SCALE}", (
        *MASKS,
        edit("missing-mask", "the mask is missing", " * D ", " "),
        edit("missing-derivative", "dZ is passed on as it is", ALL, "dZ"),
        edit("another-mask", "the mask of the backward pass is another one",
             " D ", " D[::-1] "),
        edit("mask-twice", "the mask and 1/(1 − rate) are applied twice",
             "(1 - rate)", "(1 - rate) / (1 - rate)"),
    )),
    drawn=drawn,
    graph=graph,
    # At ½ a program's number may be the rate, or 1 − the rate.
    alone=(Dropout(0.5), (5,)),
    grown=Grown(of_features(lambda g, n: Dropout(0.25), images=True), place=3),
    for_layer=lambda layer: OF_FEATURES if layer.whole_features else KIND,
)  # fmt: skip

OF_FEATURES = replace(
    KIND,
    meaning="{Z} with random features of it set to 0 at all positions, the others a little larger",
    drawn=drawn_features,
)
