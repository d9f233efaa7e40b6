"""Runs of graphs as a candidate's: each tensor stored in a precision, and one of them wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from parity_tests.checking.expected.layerwise import LayerwiseReference
from parity_tests.error_model.precisions import Precision, precision_named
from parity_tests.kinds.equivalent_formulas import Formulas
from parity_tests.kinds.formula_text import FormulaText
from parity_tests.kinds.known_kinds import built_in_layers, kind_of
from parity_tests.kinds.line_names import INPUTS, names_of
from ref_numpy import (
    Add,
    Array,
    Cache,
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
from ref_numpy.inputs import named_inputs
from ref_numpy.propagation import cost, first_gradient

M = 6
Problem = tuple[dict[str, Array], dict[str, Array], Array]  # params, inputs, Y


def graph_problem(spec: NetworkSpec, p: Precision, seed: int = 0) -> Problem:
    """Random parameters, inputs and labels: numbers of p, at float64."""
    rng = np.random.default_rng(seed)

    def normal(shape: tuple[int, ...]) -> Array:
        return p.round(rng.standard_normal(shape)).astype(np.float64)

    params = {name: normal(x.shape) for name, x in initialise(spec).items()}
    inputs = {
        name: rng.integers(0, of.n, (M, *of.shape))
        if isinstance(of, WholeNumbers)
        else normal(batch_shape(of, M))
        for name, of in spec.inputs.items()
    }
    return params, inputs, normal(batch_shape(spec.output_shape, M))


@dataclass
class StoredRun:
    """The reference's run, whose every tensor is rounded to p before another is computed from it.

    Attributes:
        wrong: tensors that are used instead of the right ones.
        trace: every tensor by name.
        caches: of each step.
    """

    spec: NetworkSpec
    p: Precision
    problem: Problem
    wrong: Mapping[str, Array] = field(default_factory=dict)
    context: Context = field(default_factory=Context)

    def __post_init__(self) -> None:
        params, X, Y = self.problem
        spec, self.caches = self.spec, dict[str, Cache]()
        self.trace: dict[str, Any] = dict(named_inputs(spec, X))
        for step in spec.steps:
            given = [self.trace[name] for name in step.inputs]
            cache = step.forward(step.select(params), self.context, *given)
            outputs = tuple(map(self.stored, step.outputs, cache.outputs))
            self.caches[step.output] = cache._replace(outputs=outputs)
        self.stored("J", cost(spec, params, self.trace, Y))
        shares = {spec.loss_reads: [first_gradient(spec, self.trace, Y)]}
        for step in spec.backward_steps:
            d = [self.stored(f"d{name}", sum(shares[name])) for name in step.outputs]
            cache = self.caches[step.output]
            d_inputs, gradients = step.backward(step.select(params), cache, *d)
            for own, full in step.parameters.items():
                shares.setdefault(full, []).append(gradients[own])
            for name, share in zip(step.inputs, d_inputs, strict=True):
                if share is not None:
                    shares.setdefault(name, []).append(share)
        for name in spec.weights if spec.lambd else ():
            shares[name].append(spec.lambd / Y.shape[-1] * params[name])
        for name in (*params, *spec.inputs):
            if name in shares:
                self.stored(f"d{name}", sum(shares[name]))

    def stored(self, name: str, x: Array) -> Array:
        """Put a tensor into the trace."""
        x = self.wrong.get(name, x)
        self.trace[name] = self.p.round(np.asarray(x)).astype(np.float64)
        return self.trace[name]

    def value_of(self, text: str, step: str = "z") -> Any:
        """The value of a line of a step."""
        return eval(text, self.names(step))

    def names(self, step: str) -> dict[str, Any]:
        """The names that the lines of a step may use."""
        of = next(s for s in self.spec.steps if s.output == step)
        d = [self.trace[f"d{name}"] for name in of.outputs]
        params = of.select(self.problem[0])
        return names_of(of.layer, params, self.caches[of.output], *d)


def lines_at(spec: NetworkSpec, step: str = "z") -> Iterator[tuple[str, FormulaText]]:
    """(tensor, line) of each line of a step's kind."""
    of = next(s for s in spec.steps if s.output == step)
    kind = kind_of(of.layer)
    if kind.line:
        yield of.output, kind.line
    tensors = dict(zip(INPUTS, (n for n, s in zip(of.inputs, of.input_shapes, strict=True)
                                if not isinstance(s, WholeNumbers)), strict=False))  # fmt: skip
    for line in filter(None, (kind.derivative_line, *kind.further_lines)):
        yield f"d{tensors[line.left.removeprefix('d')]}", line
    for name, line in kind.parameter_lines.items():
        yield f"d{of.parameters[name.removeprefix('d')]}", line


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


KINDS = {kind: network(of.graph()) for kind, of in built_in_layers().items() if of.graph}
GRAPHS = KINDS | {
    "dense at positions": network(one_step(Dense(5, 3))),
    "dense without bias": network(one_step(Dense(5, 3, bias=False))),
    "softmax at positions": network(one_step(Softmax())),
    "residual": network(residual()),
    "tied": network(tied()),
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
