"""The twins of graphs: every tensor is the reference's, and the module is an ordinary one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import nn

import ref_numpy
import torch_impl
from parity_tests.adapters.torch_twin import twin
from parity_tests.checking.comparison import Comparison
from parity_tests.checking.expected.layerwise import expectations
from parity_tests.error_model.precisions import PRECISIONS, precision_named
from parity_tests.tests.support.graphs.graph_networks import (
    Mask,
    Plus,
    batches,
    everything,
    known,
    random_graph,
    random_graph_problem,
    whole_problem,
)
from ref_numpy import Dense, Identity, InputError, NetworkSpec
from ref_numpy.graphs.graph import Graph
from torch_impl.twin import Network

M = 8  # a power of two: 1/m is exact


@pytest.fixture(autouse=True)
def added() -> Iterator[None]:
    with known():
        yield


@pytest.mark.parametrize("lambd", [0.0, 16.0])
@pytest.mark.parametrize("backend", [None, "eager"])
def test_whole_numbers_give_the_reference_to_the_bit(lambd: float, backend: str | None) -> None:
    """Sums over all uses of a tensor, a shared weight once, positions, tokens: nothing rounds."""
    spec = everything(lambd)
    for seed in range(3 if backend is None else 1):
        problem = whole_problem(spec, M, seed)
        right = ref_numpy.run(spec, *problem)
        trace = torch_impl.run(spec, *problem, backend=backend)
        assert [*trace] == [*spec.trace_shapes(M)]
        assert {*trace} == {*right}
        for name, expected in right.items():
            assert np.abs(expected).max() > 0, name
            np.testing.assert_array_equal(trace[name], expected, err_msg=name)


def test_the_module_takes_batches_and_gives_the_gradients_of_J() -> None:
    """The same numbers by plain autograd on the module, without hooks."""
    spec = everything()
    params, X, Y = whole_problem(spec, M, 1)
    network = Network(spec).double()
    torch_impl.load_params(network, params)
    x = batches(X)
    leaf = x["s"].requires_grad_()
    outputs = network(*x.values())
    J = (outputs - torch.from_numpy(Y.T)).square().sum() / (2 * M)
    J.backward()
    right = ref_numpy.run(spec, params, X, Y)
    np.testing.assert_array_equal(outputs.detach().numpy().T, right["out"])
    assert leaf.grad is not None
    for i in range(M):
        for t in range(2):
            np.testing.assert_array_equal(leaf.grad[i, t].numpy(), right["ds"][:, i, t])
    for name, gradient in torch_impl.get_gradients(network).items():
        np.testing.assert_array_equal(gradient, right[name], err_msg=name)
    assert network.predict(*x.values()).equal(outputs)


@pytest.mark.parametrize("precision", ["float64", "float32", "bfloat16"])
@pytest.mark.parametrize("seed", range(12))
def test_random_graphs_are_within_their_bounds(seed: int, precision: str) -> None:
    check_within_bounds(seed, precision)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 140))
def test_more_random_graphs(seed: int) -> None:
    for precision in ("float64", "float32", "bfloat16"):
        check_within_bounds(seed, precision)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("precision", "backend"), [("float32", "aot_eager"), ("bf16-mixed", None), ("fp16-mixed", None)]
)
@pytest.mark.parametrize("seed", range(3))
def test_traced_and_mixed_graphs(seed: int, precision: str, backend: str | None) -> None:
    check_within_bounds(seed, precision, backend)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")  # torch's own, of itself
@pytest.mark.skipif(shutil.which("c++") is None, reason="torch.compile needs a C++ compiler")
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_compiled_graph(precision: str) -> None:
    check_within_bounds(1, precision, "inductor")


def check_within_bounds(seed: int, precision: str, backend: str | None = None) -> None:
    spec, p = random_graph(seed), PRECISIONS[precision]
    fused = precision_named(f"{precision}-fused") if backend == "inductor" else p
    params, X, Y = random_graph_problem(spec, 11, seed, np.float64)
    params = {name: p.round(x) for name, x in params.items()}
    X = {name: x if x.dtype.kind == "i" else p.round(x) for name, x in X.items()}
    trace = twin(precision, backend=backend)(spec, params, X, p.round(Y))
    wide = {name: x.astype(np.float64) for name, x in trace.items()}
    params = {name: x.astype(np.float64) for name, x in params.items()}
    inputs = {n: x if x.dtype.kind == "i" else x.astype(np.float64) for n, x in X.items()}
    judged = {
        name: Comparison.of(wide[name], formulas)
        for name, formulas in expectations(
            spec, params, inputs, p.round(Y).astype(np.float64), wide, fused
        )
    }
    assert judged.keys() == trace.keys() - {"t"}
    assert {name: c.ratio for name, c in judged.items() if c.ratio > 1 or c.unbounded} == {}


def test_a_wrong_share_is_outside_the_bound() -> None:
    """Of a tensor used twice the gradient of one use alone is found, and a shared weight's too."""
    spec = everything()
    params, X, Y = whole_problem(spec, M, 2)
    trace = dict(torch_impl.run(spec, params, X, Y))
    for wrong in ("dh.2", "dh.2.W", "dh.1.values.E"):
        given = {**trace, wrong: trace[wrong] / 2}
        ratios = {
            name: Comparison.of(given[name], formulas).ratio
            for name, formulas in expectations(spec, params, X, Y, given, PRECISIONS["float64"])
            if name == wrong
        }
        assert ratios[wrong] > 1


def masked() -> NetworkSpec:
    graph = Graph({"x": (3,)})
    graph.add("h", Dense(3, 4), "x")
    graph.add("first", Mask(), "h")
    graph.add("second", Mask(), "h")
    graph.add("r", Plus(), "first", "second")
    graph.add("y", Identity(), "r")
    return NetworkSpec.from_graph(graph)


def test_random_layers_draw_what_the_reference_draws() -> None:
    """By seed, update, step and example, in training alone."""
    spec = masked()
    problem = whole_problem(spec, M, 7)
    contexts = [
        spec.context(M, training=True, seed=1, update=2),
        spec.context(M, training=True, seed=1, update=3),
        spec.context(M, training=True, seed=2, update=2),
        spec.context(M, training=True, seed=1, update=2)._replace(examples=np.arange(M) + 5),
    ]
    results = []
    for context in contexts:
        right = ref_numpy.run(spec, *problem, context=context)
        trace = torch_impl.run(spec, *problem, context=context)
        for name, expected in right.items():
            np.testing.assert_array_equal(trace[name], expected, err_msg=name)
        assert (trace["first"] != trace["second"]).any()
        results.append(trace["first"].tobytes())
    assert len({*results}) == len(contexts)
    plain = torch_impl.run(spec, *problem)
    np.testing.assert_array_equal(plain["first"], plain["h"])
    for name, expected in ref_numpy.run(spec, *problem).items():
        np.testing.assert_array_equal(plain[name], expected, err_msg=name)


def test_a_random_layer_whose_twin_takes_no_context_is_refused() -> None:
    torch_impl.register(Mask, lambda layer: nn.Dropout())
    spec = masked()
    with pytest.raises(InputError) as refused:
        torch_impl.run(spec, *whole_problem(spec, M, 8))
    assert refused.value.code == "twin.no-context"
    assert refused.value.facts == {"name": "Mask"}


def test_the_text_of_a_graph_gives_the_same_trace() -> None:
    spec = everything(0.25)
    again = NetworkSpec.from_json(spec.to_json())
    problem = whole_problem(spec, M, 6)
    trace = torch_impl.run(again, *problem)
    for name, value in torch_impl.run(spec, *problem).items():
        np.testing.assert_array_equal(trace[name], value)
