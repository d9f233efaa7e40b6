"""What the scores of keys and queries bring to the proof."""

from __future__ import annotations

from typing import Any

from parity_tests.kinds.formula_text import FormulaText, edit
from parity_tests.kinds.heads import head_lines as heads
from parity_tests.kinds.heads.attention_formulas import gradients_of_factors, scores
from parity_tests.kinds.layer_kind import LayerKind
from ref_numpy import Flatten, Graph
from ref_numpy.arrays.heads import in_groups
from ref_numpy.layers.attention.scores import Scores


def graph() -> Graph:
    """Return a graph with four heads of queries and two of keys, as many keys as queries."""
    graph = Graph({"q": (3, 4, 5), "k": (3, 2, 5)})
    graph.add("z", Scores(), "q", "k")
    graph.add("flat", Flatten(), "z")
    return graph


def forward(layer: Scores, params: Any, Q: Any, K: Any) -> Any:
    """Return S from Q and K that were divided by d^¼ first; bounds what divides Q alone, too."""
    return scores(Q, K)


def backward(layer: Scores, params: Any, cache: Any, dS: Any) -> Any:
    """Return dQ and dK from K and Q that were divided by d^¼; bounds what divides dS, too."""
    groups = cache.inputs[1].shape[2]
    return gradients_of_factors(*(in_groups(x, groups) for x in (*cache.inputs, dS))), {}


KIND = LayerKind(
    meaning="the products of the keys and queries of {inputs}, divided by √d",
    inputs=("Q", "K"),
    results=("S",),
    names=heads.of_queries_and_keys,
    line=FormulaText("S", f"products(K, Q){heads.SCALE}", (
        *heads.OF_SCALE,
        *heads.other_heads("K,"),
        edit("transposed", "S is transposed: Q^T K was computed, with the queries first",
             "(K, Q)", "(Q, K)"),
    )),
    derivative_line=FormulaText("dQ", f"weighted(K, dS){heads.SCALE}", (
        *heads.OF_SCALE,
        *heads.other_heads("K,"),
        edit("missing-transposition", "dS is transposed: keys and queries are exchanged",
             "dS", "dS.swapaxes(0, 3)"),
        edit("result-for-gradient", "S is used instead of dS", "dS", "S"),
        edit("query-for-key", "Q is used instead of K", "K", "Q"),
    )),
    further_lines=(FormulaText("dK", f"summed(Q, dS){heads.SCALE}", (
        *heads.OF_SCALE,
        *heads.OF_GROUP,
        edit("missing-transposition", "Q dS was computed, not Q dS^T: keys and queries are "
             "exchanged", "dS", "dS.swapaxes(0, 3)"),
        edit("result-for-gradient", "S is used instead of dS", "dS", "S"),
        edit("missing-gradient", "this path has no gradient", "summed", "0 * summed"),
    )),),
    forwards=(forward,),
    backwards=(backward,),
    graph=graph,
)  # fmt: skip
