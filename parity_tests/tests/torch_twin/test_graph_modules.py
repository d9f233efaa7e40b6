"""The module of a graph: its names, the parameters that steps share, the axes of its tensors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import ref_numpy
import torch_impl
from parity_tests.tests.support.graphs.graph_networks import (
    Lookup,
    Plus,
    batches,
    everything,
    known,
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
