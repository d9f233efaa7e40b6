"""Batch norm: by hand, beside torch at every rank, in evaluation, in chains; what it refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import ref_numpy
import torch_impl
from parity_tests import check
from parity_tests.adapters.torch_twin import twin
from parity_tests.campaigns.stored_run import StoredRun, lines_at
from parity_tests.checking.comparison import Comparison
from parity_tests.checking.expected.layerwise import expectations
from parity_tests.checking.verdict import PASSED
from parity_tests.error_model.precisions import FLOAT64, precision_named
from parity_tests.kinds.formula_text import FormulaText, apply_edits
from parity_tests.kinds.random_problem import random_problem
from parity_tests.page.graph.graph_svg import graph_picture
from parity_tests.tests.support.central_differences import H
from parity_tests.tests.support.graphs.graph_runs import (
    KINDS,
    M,
    expected_tensors,
    graph_problem,
)
from ref_numpy import (
    Array,
    BatchNorm,
    Cache,
    Context,
    Dense,
    Flatten,
    Graph,
    Identity,
    InputError,
    NetworkSpec,
    ReLU,
    SquaredError,
    cost,
    forward,
    initialise,
)

SPEC = KINDS["batch_norm"]
EVALUATION = Context(1)
CHAIN = NetworkSpec.chain(
    (Dense(3, 5), BatchNorm(5, 0.25, 0.25), ReLU(), Dense(5, 2), Identity()), SquaredError(), 0.5
)


def network(*positions: int) -> NetworkSpec:
    """x → norm → a → y, the first on the input itself."""
    graph = Graph({"x": (3, *positions)})
    graph.add("norm", BatchNorm(3), "x")
    graph.add("a", ReLU(), "norm")
    graph.add("flat", Flatten(), "a")
    graph.add("y", Dense(3 * int(np.prod(positions, dtype=int)), 2), "flat")
    return NetworkSpec.from_graph(graph, "squared_error", 0.5)


SPECS = {"rows": network(), "positions": network(4), "images": network(4, 2), "chain": CHAIN}

# r is 1/4 in training, where σ² = 6 of 0, 3, 6, and in evaluation, where the variance is 6 too.
LAYER = BatchNorm(1, epsilon=10.0, momentum=0.5)
PARAMS = {name: np.array([[x]]) for name, x in
          {"gamma": 8.0, "beta": 2.0, "mean": 1.0, "variance": 6.0}.items()}  # fmt: skip


def passes(training: bool, shape: tuple[int, ...]) -> dict[str, list[float]]:
    """Z, dA, dγ, dβ and the next state of A = 0, 3, 6 with dZ = 3, 0, 0, of J / 2."""
    A, dZ = (np.array(x, float).reshape(shape) for x in ([0, 3, 6], [3, 0, 0]))
    context = Context(2, training)
    Z, kept = LAYER.forward(PARAMS, context, A)
    cache = Cache((A,), (Z,), kept, context)
    dA, gradients = LAYER.backward(PARAMS, cache, dZ)
    assert dA is not None
    assert Z.shape == dA.shape == shape
    state = LAYER.next_state(PARAMS, cache) if training else {}
    tensors = {"Z": Z, "dA": dA, **gradients, **state}
    return {name: x.ravel().tolist() for name, x in tensors.items()}


@pytest.mark.parametrize("shape", [(1, 3), (1, 3, 1), (1, 1, 3), (1, 1, 3, 1)])
def test_three_columns_on_paper(shape: tuple[int, ...]) -> None:
    """Examples and positions are columns alike."""
    assert passes(True, shape) == {
        "Z": [-4, 2, 8],
        "dA": [2.875, -2, -0.875],  # ¼ (24 − 8 − 4.5), ¼ (−8), ¼ (−8 + 4.5)
        "gamma": [-1.125],  # 3 · (−¾) / 2
        "beta": [1.5],
        "mean": [2],  # ½ 1 + ½ 3
        "variance": [7.5],  # ½ 6 + ½ 6 · 3/2
    }
    assert passes(False, shape) == {
        "Z": [0, 6, 12], "dA": [6, 0, 0], "gamma": [-0.375], "beta": [1.5],
    }  # fmt: skip


def test_the_state_begins_at_0_and_1() -> None:
    params = initialise(network())
    state = {name: params[name].ravel().tolist() for name in network().state_shapes}
    assert state == {"norm.mean": [0, 0, 0], "norm.variance": [1, 1, 1]}


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("positions", [(2, 3, 2), (2, 3, 2, 2), (2, 1, 2, 1, 3)])
def test_torch_passes_at_any_number_of_axes(positions: tuple[int, ...], training: bool) -> None:
    """Torch has no batch norm of four axes of positions or more: they are one meanwhile."""
    spec = network(*positions)
    context = Context(training=training)
    problem = random_problem(spec, 5)
    report = check(twin("float32"), spec, *problem, "float32", context=context, calls=1)
    assert report.verdict == PASSED, str(report)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
@pytest.mark.parametrize(
    "precision",
    ["float32", *(pytest.param(p, marks=pytest.mark.slow) for p in
                  ("float64", "bfloat16", "float16", "bf16-mixed"))],
)  # fmt: skip
def test_torch_passes(spec: NetworkSpec, precision: str, training: bool) -> None:
    params, X, Y = random_problem(spec, 7)
    report = check(
        twin(precision), spec, params, X, Y, precision, context=Context(training=training), calls=1
    )
    assert report.verdict == PASSED, str(report)
    assert {f"{name}.next" for name in spec.state_shapes} <= {t.name for t in report.tensors}


def run_in(context: Context, wrong: dict[str, Array] | None = None) -> StoredRun:
    return StoredRun(SPEC, FLOAT64, graph_problem(SPEC, FLOAT64), wrong or {}, context)


def lines() -> Iterator[tuple[str, FormulaText]]:
    yield from lines_at(SPEC, training=False)


def test_right_lines_of_an_evaluation_give_the_layers_own_numbers() -> None:
    run = run_in(EVALUATION)
    right = expected_tensors(run)
    for name, line in lines():
        value = np.broadcast_to(run.value_of(line.right), run.trace[name].shape)
        assert Comparison.of(value, right[name]).ratio <= 1, (name, line)
    assert {name for name, _ in lines()} == {
        "z", "dx", "dz.gamma", "dz.beta", "z.mean.next", "z.variance.next",
    }  # fmt: skip


@pytest.mark.parametrize("name", [name for name, _ in lines()])
def test_mistakes_of_an_evaluation_are_found_and_named(name: str) -> None:
    (line,) = (line for at, line in lines() if at == name)
    for one in line.edits:
        wrong = run_in(EVALUATION).value_of(apply_edits(line, one) or "")
        if np.shape(wrong) != run_in(EVALUATION).trace[name].shape:
            continue
        bad = run_in(EVALUATION, {name: wrong})
        report = check(bad.trace, SPEC, *bad.problem, context=EVALUATION)
        first = report.findings[0]
        assert first.tensor == name, one
        assert f"{line.left}.{one.code}" in [cause.code for cause in first.causes], one


@pytest.mark.parametrize("training", [True, False])
def test_gradients_of_a_chain_equal_central_differences(training: bool) -> None:
    """The examples of a batch depend on each other; with λ, and in scale m. db1 is 0 on paper."""
    m = 6
    params, X, Y = random_problem(CHAIN, m)
    context = CHAIN.context(m, training)
    right = dict(expectations(CHAIN, params, X, Y, {}, FLOAT64, context=context))
    rounding = 2 * right["J"][0].error / H

    def J(name: str, value: Array) -> float:
        theta = {**params, "A0": X, name: value}
        x = theta.pop("A0")
        activations, _ = forward(CHAIN, theta, x, context)
        return float(cost(CHAIN, theta, activations, Y))

    for name in (*CHAIN.parameter_shapes, "A0"):
        value = {**params, "A0": X}[name]
        D, D2 = np.empty_like(value), np.empty_like(value)
        for i in np.ndindex(value.shape):
            for h, into in ((H, D), (2 * H, D2)):
                step = np.zeros_like(value)
                step[i] = h
                into[i] = (J(name, value + step) - J(name, value - step)) / (2 * h)
        g, scale = right[f"d{name}"][0], m if name == "A0" else 1
        allowed = np.abs(D2 - D) + rounding + g.error
        for factor in (1, 1 + H, -1):
            close = np.abs(factor * g.value / scale - D) <= allowed
            assert close.all() == (factor == 1 or (name == "b1" and training)), name


def biased(spec: NetworkSpec, params: Any, X: Any, Y: Any, context: Any = None) -> Any:
    """A right program, but for a running variance that is divided by N."""
    trace = dict(ref_numpy.run(spec, params, X, Y, context=context))
    old, q, N = params["variance1"], 0.25, X.shape[1]
    new = trace["variance1.next"] - (1 - q) * old
    return trace | {"variance1.next": (1 - q) * old + new * (N - 1) / N}


def test_a_wrong_running_variance_of_a_chain_is_one_finding() -> None:
    params, X, Y = random_problem(CHAIN, 11)
    report = check(biased, CHAIN, params, X, Y, context=Context(training=True))
    (finding,) = report.findings
    assert finding.tensor == "variance1.next"
    assert [cause.code for cause in finding.causes] == ["variance.biased"]


def test_a_program_that_keeps_its_state_to_itself_is_told_so() -> None:
    def silent(*problem: Any, context: Any = None) -> Any:
        trace = ref_numpy.run(*problem, context=context)
        return {name: x for name, x in trace.items() if not name.endswith(".next")}

    params, X, Y = random_problem(CHAIN, 11)
    report = check(silent, CHAIN, params, X, Y, context=Context(training=True))
    assert report.verdict == PASSED
    assert report.not_checked == ("mean1.next", "variance1.next")
    assert "not checked: mean1.next variance1.next" in str(report)


def test_parts_of_a_batch_are_refused_in_training_alone() -> None:
    params, X, Y = random_problem(CHAIN, M)
    p = precision_named("float64")
    trace = ref_numpy.run(CHAIN, params, X, Y, context=CHAIN.context(M, training=True))
    with pytest.raises(InputError) as refused:
        check(trace, CHAIN, params, X, Y, replace(p, parts=2), context=Context(training=True))
    assert refused.value.code == "parts.coupled-examples"


def one_example(run: Any, *positions: int) -> Any:
    spec = network(*positions)
    params, X, Y = random_problem(spec, 1)
    return run(spec, params, X, Y, context=spec.context(1, training=True))


def test_one_column_cannot_be_normalised() -> None:
    for run in (ref_numpy.run, torch_impl.run):
        with pytest.raises(InputError) as refused:
            one_example(run)
        assert refused.value.code == "norm.one-column"
        assert np.isfinite(one_example(run, 4)["J"])


def test_a_picture_has_the_kind() -> None:
    assert "batch_norm" in graph_picture(network(4))


REFUSALS: list[tuple[str, Callable[[], Any]]] = [
    ("layer.size", lambda: BatchNorm(0)),
    ("norm.epsilon", lambda: BatchNorm(3, epsilon=0)),
    ("norm.momentum", lambda: BatchNorm(3, momentum=0)),
    ("norm.momentum", lambda: BatchNorm(3, momentum=1.5)),
    ("layer.input-features", lambda: Graph({"x": (4,)}).add("z", BatchNorm(3), "x")),
    ("graph.no-such-parameter",
     lambda: Graph({"x": (3,)}).add("z", BatchNorm(3), "x", share={"mean": "y.mean"})),
]  # fmt: skip


@pytest.mark.parametrize(("code", "refused"), REFUSALS)
def test_what_does_not_fit_is_refused(code: str, refused: Callable[[], Any]) -> None:
    with pytest.raises(InputError) as error:
        refused()
    assert error.value.code == code
