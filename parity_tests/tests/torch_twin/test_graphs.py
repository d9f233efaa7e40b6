"""The twins of graphs: every tensor is the reference's, and the module is an ordinary one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

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
    Lookup,
    Mask,
    Plus,
    batches,
    graph_of_everything,
    known,
    random_graph,
    random_graph_problem,
    whole_problem,
)
from ref_numpy import Dense, Identity, InputError, NetworkSpec
from ref_numpy.graphs.graph import Graph, WholeNumbers
from torch_impl import conventions
from torch_impl.twin import Network, module_name

M = 8  # a power of two: 1/m is exact


@pytest.fixture(autouse=True)
def added() -> Iterator[None]:
    with known():
        yield


def everything(lambd: float = 0.0) -> NetworkSpec:
    return NetworkSpec.from_graph(graph_of_everything(), lambd=lambd)


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


def test_the_state_dict_has_readable_names() -> None:
    state = Network(everything()).state_dict()
    assert [*state] == [
        "layers.h/0.weight", "layers.h/0.bias",
        "layers.h/1/values.embedding.weight",
        "layers.h/2.weight", "layers.h/2.bias",
        "layers.values/.weight", "layers.values/.bias",
        "layers.again.embedding.weight",
        "layers.out.weight", "layers.out.bias",
    ]  # fmt: skip
    assert state["layers.h/2.weight"].data_ptr() == state["layers.values/.weight"].data_ptr()


def test_a_chain_has_the_names_that_it_had() -> None:
    network = Network(NetworkSpec.dense([3, 4, 2]))
    assert [*network.state_dict()] == [
        "layers.Z1.weight", "layers.Z1.bias", "layers.Z2.weight", "layers.Z2.bias"
    ]  # fmt: skip
    assert [*network.layers] == ["Z1", "A1", "Z2"]
    assert isinstance(network.output, nn.Softmax)


def test_names_of_steps_never_meet() -> None:
    """Also those that a ModuleDict has taken for itself, which torch refuses."""
    names = ["h.0", "h_0", "h", "keys", "keys.0", "training", "forward", "a.keys", "_x", "h.h.0"]
    assert len({module_name(name) for name in names}) == len(names)
    graph = Graph({"x": (2,)})
    before = "x"
    for name in names:
        before = graph.add(name, Dense(2, 2), before)
    network = Network(NetworkSpec.from_graph(graph, "squared_error"))
    for key, name in zip(network.layers, names, strict=True):
        assert "." not in key
        assert key.rstrip("/").replace("/", ".") == name


def test_a_shared_parameter_is_one_for_torch() -> None:
    spec = everything()
    network = Network(spec)
    names = [name for name, _ in conventions.named_parameters(network)]
    assert names == [*spec.parameter_shapes]
    assert len(names) == len({*names}) == len([*network.parameters()]) == 8
    first, second = network.layers["h/2"], network.layers["values/"]
    assert first.get_parameter("weight") is second.get_parameter("weight")
    assert first.get_parameter("bias") is not second.get_parameter("bias")
    update = torch.optim.SGD(network.parameters(), lr=1.0)
    params, X, Y = whole_problem(spec, M, 3, np.float32)
    torch_impl.load_params(network, params)
    x = batches(X)
    torch_impl.cost(network, network(*x.values()), torch.from_numpy(Y.T.copy())).backward()
    gradients = torch_impl.get_gradients(network)
    update.step()
    after = torch_impl.get_params(network)
    for name in ("h.2.W", "h.1.values.E"):
        assert after[name].shape == spec.parameter_shapes[name]
        np.testing.assert_array_equal(after[name], params[name] - gradients[f"d{name}"])


def test_a_parameter_that_torch_holds_transposed_comes_back_as_it_was() -> None:
    spec = everything()
    network = Network(spec).double()
    params, _, _ = whole_problem(spec, M, 4)
    assert params["h.1.values.E"].shape == (4, 5)
    torch_impl.load_params(network, params)
    module = network.layers["h/1/values"]
    np.testing.assert_array_equal(
        module.get_parameter("embedding.weight").detach().numpy(), params["h.1.values.E"].T
    )
    for name, back in torch_impl.get_params(network).items():
        np.testing.assert_array_equal(back, params[name], strict=True)


def test_a_parameter_that_is_held_in_two_ways_is_not_shared() -> None:
    graph = Graph({"x": (4,), "t": WholeNumbers(4)})
    graph.add("a", Lookup(4, 4), "t", "x")
    graph.add("b", Dense(4, 4), "a", share={"W": "a.E"})
    spec = NetworkSpec.from_graph(graph, "squared_error")
    with pytest.raises(InputError) as refused:
        Network(spec)
    assert refused.value.code == "twin.shared-transposed"
    assert refused.value.facts == {"name": "a.E", "step": "b"}


def test_one_layer_may_use_a_parameter_of_two_names() -> None:
    """A dense layer's W as both weights of a sum of two, as a step that shares with itself."""
    graph = Graph({"x": (2,)})
    graph.add("a", Dense(2, 2), "x")
    graph.add("b", Dense(2, 2), "a", share={"W": "a.W", "b": "a.b"})
    graph.add("c", Plus(), "a", "b")
    graph.add("y", Identity(), "c")
    spec = NetworkSpec.from_graph(graph)
    assert [*dict(Network(spec).named_parameters())] == ["layers.a.weight", "layers.a.bias"]
    problem = whole_problem(spec, M, 5)
    right = ref_numpy.run(spec, *problem)
    for name, value in torch_impl.run(spec, *problem).items():
        np.testing.assert_array_equal(value, right[name])


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


@pytest.mark.parametrize(
    ("shape", "of_torch", "at"),
    [
        ((2, 3), (3, 2), lambda f, i: (i, f)),
        ((2, 3, 4), (3, 4, 2), lambda f, i, t: (i, t, f)),
        ((2, 3, 4, 5), (3, 2, 4, 5), lambda f, i, *at: (i, f, *at)),
    ],
)
def test_features_go_where_torch_has_them_and_back(
    shape: tuple[int, ...], of_torch: tuple[int, ...], at: Any
) -> None:
    """Also from a view that torch cannot share, with its axes backwards."""
    ours = np.arange(float(np.prod(shape))).reshape(shape)[..., ::-1]
    batch = conventions.to_batch(ours)
    assert batch.shape == of_torch
    for index in np.ndindex(shape):
        assert batch[at(*index)] == ours[index]
    np.testing.assert_array_equal(conventions.from_batch(batch), ours, strict=True)
    gradient = torch.ones(of_torch, dtype=torch.bfloat16)
    for per_example, scale in ((True, 3), (False, 1)):
        expected = np.full(shape, scale, np.float32)  # m times as large, or as it is
        back = conventions.from_batch_gradient(gradient, per_example)
        np.testing.assert_array_equal(back, expected, strict=True)


@pytest.mark.parametrize("shape", [(3,), (3, 4)])
def test_whole_numbers_stay_as_they_are(shape: tuple[int, ...]) -> None:
    tokens = np.arange(np.prod(shape), dtype=np.int32).reshape(shape)
    batch = conventions.to_batch(tokens)
    assert (batch.shape, batch.dtype) == (shape, torch.int64)
    np.testing.assert_array_equal(conventions.from_batch(batch), tokens)
