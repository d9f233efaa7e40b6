"""Runs of graphs as a candidate's: each tensor stored in a precision, and one of them wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from parity_tests.campaigns.plant_in_graphs import NETWORKS
from parity_tests.campaigns.stored_run import StoredRun
from parity_tests.checking.expected.layerwise import LayerwiseReference
from parity_tests.error_model.precisions import Precision, precision_named
from parity_tests.kinds.equivalent_formulas import Formulas
from parity_tests.kinds.known_kinds import built_in_layers
from parity_tests.kinds.random_problem import random_state
from ref_numpy import (
    Add,
    Array,
    Concatenate,
    Context,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    Graph,
    Layer,
    LayerNorm,
    Multiply,
    NetworkSpec,
    RMSNorm,
    Softmax,
    Unembedding,
    WholeNumbers,
    initialise,
)
from ref_numpy.arrays.axes import batch_shape
from ref_numpy.layers.attention.attention import Attention
from ref_numpy.layers.attention.padded_softmax import PaddedSoftmax

M = 6
Problem = tuple[dict[str, Array], dict[str, Array], Array]  # params, inputs, Y


def graph_problem(spec: NetworkSpec, p: Precision, seed: int = 0) -> Problem:
    """Random parameters, inputs and labels: numbers of p, at float64."""
    rng = np.random.default_rng(seed)

    def normal(shape: tuple[int, ...]) -> Array:
        return p.round(rng.standard_normal(shape)).astype(np.float64)

    params = {
        name: p.round(random_state(x, rng)).astype(np.float64)
        if name in spec.state_shapes
        else normal(x.shape)
        for name, x in initialise(spec).items()
    }
    inputs = {
        name: rng.integers(0, of.n, (M, *of.shape))
        if isinstance(of, WholeNumbers)
        else normal(batch_shape(of, M))
        for name, of in spec.inputs.items()
    }
    return params, inputs, normal(batch_shape(spec.output_shape, M))


def network(graph: Graph) -> NetworkSpec:
    """The graph with half the squared error, whose gradient is a random one: Y is random."""
    return NetworkSpec.from_graph(graph, "squared_error")


def one_step(layer: Layer, n: int = 5) -> Graph:
    """The graph x → z → flat."""
    graph = Graph({"x": (n, 4)})
    graph.add("z", layer, "x")
    graph.add("flat", Flatten(), "z")
    return graph


def residual() -> Graph:
    """Two sums, whose inputs are used twice."""
    graph = Graph({"x": (5, 4)})
    graph.add("z", Dense(5, 5), "x")
    graph.add("r", Add(), "z", "x")
    graph.add("n", LayerNorm(5), "r")
    graph.add("s", Add(), "r", "n", "n")
    graph.add("flat", Flatten(), "s")
    return graph


def tied() -> Graph:
    """Tokens and their scores by one E, with a gate, a norm and a dropout between them."""
    graph = Graph({"tokens": WholeNumbers(7, (4,))})
    graph.add("v", Embedding(7, 5), "tokens")
    graph.add("n", RMSNorm(5), "v")
    graph.add("up", Dense(5, 8, bias=False), "n")
    graph.add("gate", Dense(5, 8), "n")
    graph.add("gated", Multiply(), "up", "gate")
    graph.add("down", Dense(8, 5), "gated")
    graph.add("drop", Dropout(0.25), "down")
    graph.add("r", Add(), "v", "drop")
    graph.add("z", Unembedding(5, 7), "r", share={"E": "v.E"})
    graph.add("flat", Flatten(), "z")
    return graph


def with_log_sums() -> Graph:
    """An attention from 4 places to 6, whose L is used as well; values have other sizes."""
    graph = Graph({"q": (3, 2, 4), "k": (3, 2, 6), "v": (5, 2, 6)})
    graph.add(["z", "L"], Attention(), "q", "k", "v")
    graph.add("flat_z", Flatten(), "z")
    graph.add("flat_L", Flatten(), "L")
    graph.add("flat", Concatenate(), "flat_z", "flat_L")
    return graph


def padded() -> Graph:
    """Scores with padding, which are not causal; some examples have no key."""
    graph = Graph({"s": (2, 3, 5), "counting": WholeNumbers(2, (2,))})
    graph.add("z", PaddedSoftmax(), "s", "counting")
    graph.add("flat", Flatten(), "z")
    return graph


KINDS = {kind: NETWORKS[kind] for kind, of in built_in_layers().items() if of.graph}
GRAPHS = NETWORKS | {
    "dense at positions": network(one_step(Dense(5, 3))),
    "dense without bias": network(one_step(Dense(5, 3, bias=False))),
    "softmax at positions": network(one_step(Softmax())),
    "residual": network(residual()),
    "tied": network(tied()),
    "attention and its sums": network(with_log_sums()),
    "padding": network(padded()),
}


def right_run(
    kind: str, precision: str, wrong: Mapping[str, Array] | None = None, digits: str = ""
) -> StoredRun:
    """The run of one of GRAPHS in training; its numbers are short ones where `digits` says so."""
    spec, p = GRAPHS[kind], precision_named(precision)
    problem = graph_problem(spec, precision_named(digits or precision))
    return StoredRun(spec, p, problem, wrong or {}, Context(1, training=True, seed=3, update=5))


def each_expected(
    run: StoredRun, trace: Mapping[str, Array] | None = None
) -> Iterator[tuple[str, Formulas]]:
    """Value ± error of every tensor of a run, from its own tensors, or from those of a trace."""
    params, X, Y = run.problem
    if trace is None:
        trace = {name: x for name, x in run.trace.items() if name not in X}
    reference = LayerwiseReference.from_trace(run.spec, params, X, trace, run.p)
    reference.context = run.context
    with np.errstate(all="ignore"):  # as in a check: a formula may overflow
        yield from reference.expected_tensors(X, Y)


def expected_tensors(
    run: StoredRun, trace: Mapping[str, Array] | None = None
) -> dict[str, Formulas]:
    """The same by name."""
    return dict(each_expected(run, trace))
