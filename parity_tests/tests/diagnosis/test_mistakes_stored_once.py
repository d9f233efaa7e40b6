"""Mistakes that bfloat16 hides: found and named where results are known to be stored once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ref_numpy
from parity_tests import check
from parity_tests.campaigns.stored_run import lines_at
from parity_tests.checking.comparison import Comparison
from parity_tests.checking.expected.layerwise import LayerwiseReference
from parity_tests.error_model.precisions import precision_named
from parity_tests.kinds.formula_text import apply_edits
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.graphs.graph_runs import (
    StoredRun,
    graph_problem,
    network,
    one_step,
)
from parity_tests.tests.support.graphs.stored_once import run_stored_once
from parity_tests.tests.support.named_causes import causes_in_graph
from ref_numpy import (
    Add,
    Array,
    Context,
    Dense,
    Graph,
    Layer,
    LayerNorm,
    NetworkSpec,
    RMSNorm,
    Sigmoid,
    Tanh,
)  # fmt: skip

ONCE = precision_named("bfloat16-once")


def judged(layer: Layer, code: str, precision: str, scale: float) -> tuple[float, set[str]]:
    """The error ratio of a listed mistake in the layer's result, and the codes of its causes."""
    spec, p = network(one_step(layer)), precision_named(precision)
    params, X, Y = graph_problem(spec, p)
    problem = params, {name: scale * x for name, x in X.items()}, Y
    line = next(line for name, line in lines_at(spec) if name == "z")
    one = next(one for one in line.edits if one.code == code)
    text = apply_edits(line, one)
    wrong = StoredRun(spec, p, problem).value_of(str(text))
    run = StoredRun(spec, p, problem, {"z": wrong}, Context())
    trace = {name: x for name, x in run.trace.items() if name not in X}
    reference = LayerwiseReference.from_trace(spec, *problem[:2], trace, p)
    with np.errstate(all="ignore"):  # as in a check: a formula may overflow
        right = dict(reference.expected_tensors(*problem[1:]))["z"]
    causes = causes_in_graph(reference, "z", right, run.trace["z"], p)
    return Comparison.of(run.trace["z"], right).ratio, {cause.code for cause in causes}


@pytest.mark.parametrize(
    ("layer", "code", "scale"),
    [(LayerNorm(5, 2.0**-6), "epsilon-outside-root", 1),
     (LayerNorm(5, 2.0**-8), "missing-epsilon", 1),
     (RMSNorm(5, 2.0**-4), "epsilon-outside-root", 8)],
    ids=["layer norm, outside", "layer norm, without", "rms norm"],
)  # fmt: skip
def test_an_epsilon_that_bfloat16_hides_is_named(layer: Layer, code: str, scale: float) -> None:
    ratio, _ = judged(layer, code, "bfloat16", scale)
    assert ratio <= 1
    ratio, causes = judged(layer, code, "bfloat16-once", scale)
    assert ratio > 1
    assert f"Z.{code}" in causes


CHAIN = NetworkSpec.dense([6, 5, 4, 3], ["tanh", "leaky_relu"], "softmax", lambd=0.5)
M = 11
WRONG: dict[str, Any] = {
    "dW3": lambda t, p: M * t["dW3"],
    "db2": lambda t, p: 2 * t["db2"],
    "A1": lambda t, p: 1 / (1 + np.exp(-t["Z1"])),
    "Z2": lambda t, p: p["W2"] @ t["A1"],
    "dZ1": lambda t, p: t["dA1"] * (1 - t["A1"]),
    "A2": lambda t, p: np.where(t["Z2"] > 0, t["Z2"], 0.07 * t["Z2"]),
    "dA1": lambda t, p: p["W2"].T @ t["dZ2"] / M,
    "dW1": lambda t, p: t["dZ1"] @ t["A0"].T / M,
}


def codes_of(precision: str, name: str, trace: dict[str, Array], given: Any) -> set[str]:
    p = precision_named(precision)
    wrong = p.round(WRONG[name]({**trace, "A0": given[1]}, given[0]))
    report = check(trace | {name: wrong.astype(p.dtype)}, CHAIN, *given, precision)
    (finding,) = (f for f in report.findings if f.tensor == name)
    return {cause.code for cause in finding.causes}


@pytest.mark.parametrize(
    "name", ["dW3", *(pytest.param(name, marks=pytest.mark.slow) for name in [*WRONG][1:])]
)
def test_a_mistake_in_a_chain_has_the_causes_that_it_has_at_float64(name: str) -> None:
    params, X, Y = random_problem(CHAIN, M)
    given = {n: ONCE.round(x).astype(float) for n, x in params.items()}, ONCE.round(X), Y
    exact = ref_numpy.run(CHAIN, *(given[0], given[1].astype(float), Y))
    causes = codes_of("float64", name, dict(exact), (given[0], given[1].astype(float), Y))
    assert causes
    assert causes <= codes_of("bfloat16-once", name, run_stored_once(CHAIN, *given, ONCE), given)


def residual() -> NetworkSpec:
    """h is used twice: by tanh, and in the sum with its result."""
    graph = Graph({"x": (3,)})
    graph.add("h", Dense(3, 5), "x")
    graph.add("a", Tanh(), "h")
    graph.add("s", Add(), "a", "h")
    graph.add("y", Dense(5, 2), "s")
    graph.add("p", Sigmoid(), "y")
    return NetworkSpec.from_graph(graph)


def test_a_mistake_in_one_share_is_named() -> None:
    """The wrong share is stored before the others are added."""
    spec = residual()
    params, X, Y = random_problem(spec, M)
    given = {n: ONCE.round(x) for n, x in params.items()}, ONCE.round(X), ONCE.round(Y)
    trace = run_stored_once(spec, *given, ONCE)
    share = ONCE.round(trace["da"] * (1 - trace["a"]))
    trace["dh"] = ONCE.round(share + trace["ds"])
    report = check(trace, spec, *given, "bfloat16-once")
    (finding,) = (f for f in report.findings if f.tensor == "dh")
    assert finding.causes
    assert all(cause.code.startswith("dZ.") for cause in finding.causes)
