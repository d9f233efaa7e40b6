"""What the softmax over the keys that count brings to the proof."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from parity_tests.kinds.heads import head_lines as heads
from parity_tests.kinds.layer_kind import LayerKind
from ref_numpy import Flatten, Graph, WholeNumbers
from ref_numpy.layers.attention.padded_softmax import PaddedSoftmax


def graph() -> Graph:
    """Return a graph of two heads, causal and with padding; some queries have no key."""
    graph = Graph({"s": (4, 2, 4), "counting": WholeNumbers(2, (4,))})
    graph.add("z", PaddedSoftmax(causal=True), "s", "counting")
    graph.add("flat", Flatten(), "z")
    return graph


def names(layer: Any, S: Any, ids: Any) -> Mapping[str, Any]:
    """Return the softmax, the numbers of keys and queries, and which keys count."""
    of_keys = (ids.T != 0)[:, :, None, None]
    return {"softmax": heads.softmax, "counts": of_keys, **heads.places(S.shape[0], S.shape[3])}


def by_log_sums(layer: PaddedSoftmax, params: Any, S: Any, counting: Any) -> Any:
    """Return P = e^{S − L}."""
    return heads.by_log_sums(S, layer.counts(S, counting))


@cache
def of(causal: bool) -> LayerKind:
    """Return what the kind brings, causal or not."""
    right = "counts & (keys <= queries)" if causal else "counts"
    mask = [one._replace(replacements=((f"({old})", f"({new})"),))
            for one in heads.OF_MASK[:3] for old, new in one.replacements]  # fmt: skip
    of_causal = (
        *mask, edit("missing-mask", "the mask is missing: a query sees later positions",
                    " & (keys <= queries)", ""),
        edit("missing-padding", "padding counts as keys do", "counts & ", ""),
        edit("either-mask", "a key counts where one of both masks has it, not both", "&", "|"),
    ) if causal else (
        edit("missing-padding", "padding counts as keys do", ", counts", ""),
    )  # fmt: skip
    return LayerKind(
        meaning="the scores as probabilities of the keys that count: they add up to 1",
        inputs=("S",),
        results=("P",),
        names=names,
        line=FormulaText("P", f"softmax(S, {right})", (
            *of_causal,
            edit("padding-for-keys", "the padding counts, and not the keys", "counts", "~counts"),
            edit("mask-after-softmax", "the mask is applied after the softmax: the probabilities "
                 "of a query do not add up to 1", ALL, f"softmax(S) * ({right})"),
            edit("masked-with-0", "masked scores are 0, not −∞: e^0 is 1",
                 ALL, f"softmax(np.where({right}, S, 0))"),
            edit("over-queries", "the softmax is taken over the queries, not over the keys",
                 right, f"{right}, axis=3"),
            edit("padding-of-first-example", "all examples have the padding of the first",
                 "counts", "counts[:, :1]"),
            edit("uniform-without-keys", "where no key counts the probabilities are equal, not 0",
                 ALL, f"softmax(S, {right}) + ~({right}).any(axis=0, keepdims=True) / S.shape[0]"),
        )),
        derivative_line=FormulaText("dS", heads.SOFTMAX_GRADIENT, heads.OF_SOFTMAX_GRADIENT),
        forwards=(by_log_sums,),
        graph=graph,
        for_layer=lambda layer: of(layer.causal),
    )  # fmt: skip


KIND = of(False)
