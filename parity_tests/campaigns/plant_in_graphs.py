"""Known mistakes, each planted in the step of a graph: is it found there, and named?

Every kind of layer is tried in a graph, in training.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import numpy as np

from parity_tests.campaigns.plant_in_reference import Planted, make_key
from parity_tests.campaigns.stored_run import StoredRun, lines_at
from parity_tests.checking.report import Report
from parity_tests.diagnosis.explained_check import check
from parity_tests.error_model.precisions import Precision, precision_named
from parity_tests.kinds.formula_text import apply_edits
from parity_tests.kinds.known_kinds import built_in_layers
from parity_tests.kinds.layer_kind import LayerKind
from parity_tests.kinds.random_problem import mapped_floats, random_problem
from ref_numpy import Array, Context, Flatten, Graph, Identity, NetworkSpec


def graph_of(kind: LayerKind) -> Graph | None:
    """Return the kind's own graph, or of an activation x → z → flat.

    None of Dense, which chains have, and of the identity, in which no mistake changes a number.
    """
    if kind.graph:
        return kind.graph()
    activation = next((layer for layer in kind.samples if layer.symbol == "A"), Identity())
    if isinstance(activation, Identity):
        return None
    graph = Graph({"x": (5, 4)})
    graph.add("z", activation, "x")
    graph.add("flat", Flatten(), "z")
    return graph


NETWORKS = {
    kind: NetworkSpec.from_graph(graph, "squared_error")
    for kind, of in built_in_layers().items()
    if (graph := graph_of(of))
}
M = 6
TRAINING = Context(training=True, seed=3, update=5)


def planted(network: str, precision: str, seed: int = 0, step: int = 1) -> Iterator[Planted]:
    """Yield every mistake in the lines of a kind that changes a number; or one out of `step`."""
    numbers = count()
    spec, p = NETWORKS[network], precision_named(precision)
    right = stored_run(spec, p, seed)
    report = report_on(right)
    assert not report.findings, str(report)
    for name, line in lines_at(spec):
        for one in line.edits:
            text = apply_edits(line, one)
            wrong = right.value_of(text) if text else None
            if wrong is None or np.shape(wrong) != right.trace[name].shape:
                continue  # which nothing after it could take
            bad = stored_run(spec, p, seed, {name: wrong})
            changes = np.isfinite(wrong).all() and (bad.trace[name] != right.trace[name]).any()
            if changes and next(numbers) % step == 0:
                key = make_key(f"{line.left}.{one.code}", {})
                yield Planted.of(network, name, key, report_on(bad))


def stored_run(
    spec: NetworkSpec, p: Precision, seed: int, wrong: dict[str, Array] | None = None
) -> StoredRun:
    """Return a run over random numbers of p, with some tensors wrong."""

    def rounded(x: Array) -> Array:
        return p.round(x).astype(np.float64)

    params, X, Y = random_problem(spec, M, seed)
    problem = {n: rounded(a) for n, a in params.items()}, mapped_floats(X, rounded), rounded(Y)
    return StoredRun(spec, p, problem, wrong or {}, TRAINING)


def report_on(run: StoredRun) -> Report:
    """Check a run's tensors as a candidate's."""
    given = run.spec.inputs
    trace = {n: x.astype(run.p.dtype) for n, x in run.trace.items() if n not in given}
    return check(trace, run.spec, *run.problem, run.p, context=run.context)
