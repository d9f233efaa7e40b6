"""What attention as one layer brings to the proof."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from parity_tests.kinds.grown_steps import Grown
from parity_tests.kinds.heads import head_lines as heads
from parity_tests.kinds.heads.attention_formulas import backward, forward
from parity_tests.kinds.heads.grown_attention import attend
from parity_tests.kinds.layer_kind import LayerKind
from ref_numpy import Flatten, Graph
from ref_numpy.layers.attention.attention import Attention

ALONG = " - (dO * O).sum(axis=0, keepdims=True)"
D_S = f"P * (products(V, dO){ALONG})"


def graph() -> Graph:
    """Return a graph of four heads of queries and two of keys and values, whose L is not used."""
    graph = Graph({"q": (3, 4, 5), "k": (3, 2, 5), "v": (3, 2, 5)})
    graph.add(["z", "L"], Attention(causal=True), "q", "k", "v")
    graph.add("flat", Flatten(), "z")
    return graph


def names(layer: Attention, Q: Any, K: Any, V: Any) -> Mapping[str, Any]:
    """Return the functions of products and the softmax, and P."""
    known = heads.of_queries_and_keys(layer, Q, K)
    counts = layer.counts(Q, K)
    S = layer.scores(Q, K)
    return {**known, "P": heads.softmax(S, True if counts is None else counts)}


OF_DS = (
    edit("missing-sum", "Σ dO ∗ O, which is Σ_k dp_k p_k, is missing", ALONG, ""),
    edit("sum-over-heads", "the sum runs over the features of all heads, not over those of one",
         "axis=0", "axis=(0, 2)"),
    edit("plus-sum", "Σ dO ∗ O is added, not subtracted", " - (dO", " + (dO"),
    edit("missing-P", "the softmax's P is missing", "P * (products", "(products"),
    edit("missing-transposition", "dS is transposed: keys and queries are exchanged",
         D_S, f"({D_S}).swapaxes(0, 3)"),
)  # fmt: skip


@cache
def of(causal: bool) -> LayerKind:
    """Return what the kind brings, causal or not."""
    scores, mask = f"products(K, Q){heads.SCALE}", heads.CAUSAL if causal else ""
    of_causal = (
        *heads.OF_MASK,
        edit("mask-after-softmax", "the mask is applied after the softmax: the probabilities of a "
             "query do not add up to 1",
             ALL, f"weighted(V, softmax({scores}) * (keys <= queries))"),
    ) if causal else (
        edit("causal", "a query sees the positions up to its own alone: the mask of a decoder",
             f"{scores})", f"{scores}, keys <= queries)"),
    )  # fmt: skip
    over_queries = f"{scores}{mask}"
    return LayerKind(
        meaning="the values of {inputs}, weighted by how well each key fits each query",
        inputs=("Q", "K", "V"),
        results=("O", "L"),
        names=names,
        line=FormulaText("O", f"weighted(V, softmax({scores}{mask}))", (
            *heads.OF_SCALE,
            *of_causal,
            *heads.other_heads("K,"),
            *heads.other_heads("V,"),
            edit("over-queries", "the softmax is taken over the queries, not over the keys",
                 over_queries, f"{over_queries}, axis=3"),
            edit("scores-transposed", "Q^T K was computed, with the queries first",
                 "(K, Q)", "(Q, K)"),
            edit("missing-softmax", "the scores themselves weight the values",
                 ALL, f"weighted(V, {scores})"),
        )),
        further_results=(FormulaText("L", f"logsumexp({scores}{mask})", (
            *heads.OF_SCALE,
            *(heads.OF_MASK[1:] if causal else ()),
            edit("in-base-2", "it is the logarithm in base 2",
                 ALL, f"logsumexp({scores}{mask}) / np.log(2)"),
            edit("missing-logarithm", "the logarithm is missing",
                 ALL, f"np.exp(logsumexp({scores}{mask}))"),
        )),),
        derivative_line=FormulaText("dQ", f"weighted(K, {D_S}){heads.SCALE}", (
            *heads.OF_SCALE, *OF_DS, *heads.other_heads("K,"),
        )),
        further_lines=(
            FormulaText("dK", f"summed(Q, {D_S}){heads.SCALE}", (
                *heads.OF_SCALE, *OF_DS, *heads.OF_GROUP,
            )),
            FormulaText("dV", "summed(dO, P)", (
                *heads.OF_GROUP,
                edit("missing-transposition", "dO P was computed, not dO P^T: keys and queries "
                     "are exchanged", "P", "P.swapaxes(0, 3)"),
                edit("result-for-gradient", "O is used instead of dO", "dO", "O"),
                edit("scores-for-probabilities", "the scores are used instead of P",
                     "P", f"{scores}"),
                edit("missing-gradient", "this path has no gradient", "summed", "0 * summed"),
            )),
        ),
        forwards=(forward,),
        backwards=(backward,),
        graph=graph,
        grown=Grown(attend, apart=0.4),
        for_layer=lambda layer: of(layer.causal),
    )  # fmt: skip


KIND = of(False)
