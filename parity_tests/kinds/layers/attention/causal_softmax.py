"""What the softmax over the keys up to the query brings to the proof."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from parity_tests.kinds.heads import head_lines as heads
from parity_tests.kinds.layer_kind import LayerKind
from ref_numpy import Flatten, Graph
from ref_numpy.arrays.heads import causal
from ref_numpy.layers.attention.causal_softmax import CausalSoftmax


def graph() -> Graph:
    """Return a graph of two heads, with as many keys as queries."""
    graph = Graph({"s": (4, 2, 4)})
    graph.add("z", CausalSoftmax(), "s")
    graph.add("flat", Flatten(), "z")
    return graph


def names(layer: Any, S: Any) -> Mapping[str, Any]:
    """Return the softmax, and the numbers of keys and queries."""
    return {"softmax": heads.softmax, **heads.places(S.shape[0], S.shape[3])}


KIND = LayerKind(
    meaning="{Z} as probabilities of the keys up to each query: they add up to 1",
    inputs=("S",),
    results=("P",),
    names=names,
    line=FormulaText("P", f"softmax(S{heads.CAUSAL})", (
        *heads.OF_MASK,
        edit("mask-after-softmax", "the mask is applied after the softmax: the probabilities of a "
             "query do not add up to 1", ALL, "softmax(S) * (keys <= queries)"),
        edit("masked-with-0", "masked scores are 0, not −∞: e^0 is 1",
             ALL, "softmax(np.where(keys <= queries, S, 0))"),
        edit("over-queries", "the softmax is taken over the queries, not over the keys",
             "queries)", "queries, axis=3)"),
        edit("exp-without-sum", "e^s is not divided by its sum",
             ALL, "np.where(keys <= queries, np.exp(S), 0)"),
    )),
    derivative_line=FormulaText("dS", heads.SOFTMAX_GRADIENT, (
        *heads.OF_SOFTMAX_GRADIENT,
        edit("mask-after-softmax", "the derivative is that of a softmax that is masked afterwards",
             ALL, "softmax(S) * ((keys <= queries) * dP - (dP * P).sum(axis=0, keepdims=True))"),
    )),
    formulas=(lambda S: heads.by_log_sums(S, causal(S.shape[0], S.shape[3])),),
    graph=graph,
)  # fmt: skip
