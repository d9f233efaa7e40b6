"""What values, weighted by probabilities, bring to the proof."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parity_tests.kinds.formula_text import FormulaText, edit
from parity_tests.kinds.heads import head_lines as heads
from parity_tests.kinds.layer_kind import LayerKind
from ref_numpy import Flatten, Graph
from ref_numpy.layers.attention.weighted_values import WeightedValues


def graph() -> Graph:
    """Return a graph with four heads of probabilities and two of values."""
    graph = Graph({"p": (5, 4, 5), "v": (3, 2, 5)})
    graph.add("z", WeightedValues(), "p", "v")
    graph.add("flat", Flatten(), "z")
    return graph


def names(layer: Any, P: Any, V: Any) -> Mapping[str, Any]:
    """Return the functions of products of each head."""
    return {"h": P.shape[2], "d": V.shape[0], **heads.with_heads(V.shape[2])}


KIND = LayerKind(
    meaning="the sum of the values, each times its probability, of {inputs}",
    inputs=("P", "V"),
    results=("O",),
    names=names,
    line=FormulaText("O", "weighted(V, P)", (
        *heads.other_heads("V,"),
        edit("missing-transposition", "P is transposed: keys and queries are exchanged",
             "P", "P.swapaxes(0, 3)"),
        edit("divided-by-root-d", "it is divided by √d, as the scores are",
             ")", ") / np.sqrt(d)"),
        edit("mean-of-values", "the products are divided by the number of keys",
             ")", ") / P.shape[0]"),
        edit("reversed-keys", "the keys of the values stand in reversed order",
             "V,", "V[..., ::-1],"),
    )),
    derivative_line=FormulaText("dP", "products(V, dO)", (
        *heads.other_heads("V,"),
        edit("missing-transposition", "dP is transposed: keys and queries are exchanged",
             "V, dO", "dO, V"),
        edit("divided-by-root-d", "it is divided by √d, as the scores are",
             ")", ") / np.sqrt(d)"),
        edit("result-for-gradient", "O is used instead of dO", "dO", "O"),
        edit("times-P", "P is multiplied in, as in the softmax's gradient", ")", ") * P"),
    )),
    further_lines=(FormulaText("dV", "summed(dO, P)", (
        *heads.OF_GROUP,
        edit("missing-transposition", "dO P was computed, not dO P^T: keys and queries are "
             "exchanged", "P", "P.swapaxes(0, 3)"),
        edit("result-for-gradient", "O is used instead of dO", "dO", "O"),
        edit("divided-by-root-d", "it is divided by √d, as the scores are",
             ")", ") / np.sqrt(d)"),
        edit("missing-gradient", "this path has no gradient", "summed", "0 * summed"),
    )),),
    graph=graph,
)  # fmt: skip
