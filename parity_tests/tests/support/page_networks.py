"""The networks that pages are made of in tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from ref_numpy import (
    Add,
    Conv2d,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    Gelu,
    GlobalAveragePool,
    Graph,
    GroupNorm,
    LayerNorm,
    MaxPool,
    Multiply,
    NetworkSpec,
    ReLU,
    Silu,
    Softmax,
    TransposedConv2d,
    Unembedding,
    WholeNumbers,
)

SPECS = {
    "binary": NetworkSpec.dense([2, 4, 1], "tanh", "sigmoid"),
    "classes": NetworkSpec.dense([5, 4, 6, 3], ["relu", "sigmoid"], "softmax", lambd=0.1),
    "values": NetworkSpec.dense([5, 4, 3, 2], ["leaky_relu", "softmax"], "identity"),
}
each_spec = pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)


def residual() -> NetworkSpec:
    """A residual block with a LayerNorm, of pairwise distinct sizes: h is used twice."""
    graph = Graph({"x": (7,)})
    graph.add("h", Dense(7, 9), "x")
    graph.add("norm", LayerNorm(9), "h")
    graph.add("inner", Dense(9, 6), "norm")
    graph.add("act", Gelu(), "inner")
    graph.add("outer", Dense(6, 9, bias=False), "act")
    graph.add("r", Add(), "h", "outer")
    graph.add("z", Dense(9, 4), "r")
    graph.add("y", Softmax(), "z")
    return NetworkSpec.from_graph(graph)


def texts() -> NetworkSpec:
    """Texts of 5 tokens with tied embeddings, of pairwise distinct sizes and with a penalty."""
    graph = Graph({"tokens": WholeNumbers(11, (5,))})
    graph.add("e", Embedding(11, 6), "tokens")
    graph.add("gate.0", Silu(), "e")
    graph.add("mixed", Multiply(), "gate.0", "e")
    graph.add("drop", Dropout(0.25), "mixed")
    graph.add("scores", Unembedding(6, 11), "drop", share={"E": "e.E"})
    graph.add("flat", Flatten(), "scores")
    graph.add("z", Dense(55, 3), "flat")
    graph.add("y", Softmax(), "z")
    return NetworkSpec.from_graph(graph, lambd=0.3)


def images() -> NetworkSpec:
    """Images of 5 × 4 with a convolution, a pooling whose windows overlap, and a group norm."""
    graph = Graph({"x": (2, 5, 4)})
    graph.add("c", Conv2d(2, 6, 3, padding=1), "x")
    graph.add("n", GroupNorm(6, 3), "c")
    graph.add("act", ReLU(), "n")
    graph.add("p", MaxPool(3, stride=2, padding=1), "act")
    graph.add("t", TransposedConv2d(6, 4, 2), "p")
    graph.add("mean", GlobalAveragePool(), "t")
    graph.add("z", Dense(4, 3), "mean")
    graph.add("y", Softmax(), "z")
    return NetworkSpec.from_graph(graph, lambd=0.3)


GRAPHS = {"residual": residual(), "texts": texts(), "images": images()}
each_graph = pytest.mark.parametrize("spec", GRAPHS.values(), ids=GRAPHS)

# A candidate of `texts`, one of whose numbers is wrong.
PLANTED = """
import numpy as np
import ref_numpy


def one_number(spec, params, X, Y):
    trace = ref_numpy.run(spec, params, X, Y)
    drop = trace["drop"].copy()
    drop[2, 3, 1] *= 1.5
    return trace | {"drop": drop}
"""


def written(spec: NetworkSpec, folder: Path) -> str:
    """The file of a network's description."""
    file = folder / "network.json"
    file.write_text(spec.to_json(), encoding="utf-8")
    return str(file)
