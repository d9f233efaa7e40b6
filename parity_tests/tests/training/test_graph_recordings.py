"""What a training step of a graph computed: recorded, joined from parts, and replayed compiled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import numpy as np
import pytest
import torch

import ref_numpy
from parity_tests.tests.support.graphs.graph_networks import (
    Plus,
    SumAndProduct,
    known,
    whole_problem,
)
from parity_tests.training.step_recorder import REAL, Recording, Replay, join_parts
from ref_numpy import Array, Dense, Identity, NetworkSpec
from ref_numpy.graphs.graph import Graph
from torch_impl import conventions, torch_costs
from torch_impl.twin import Network

M = 8


@pytest.fixture(autouse=True)
def added() -> Iterator[None]:
    with known():
        yield


def products() -> NetworkSpec:
    """Whole numbers stay whole; a step with two results, a shared weight, a residual."""
    graph = Graph({"x": (3,)})
    graph.add("h", Dense(3, 4), "x")
    graph.add("k", Dense(4, 4), "h")
    graph.add(("s", "p"), SumAndProduct(), "h", "k")
    graph.add("q", Dense(4, 4), "p", share={"W": "k.W"})
    graph.add("r", Plus(), "q", "s", "h")
    graph.add("out", Dense(4, 2), "r")
    graph.add("y", Identity(), "out")
    return NetworkSpec.from_graph(graph)


def record(network: Network, x: Array, Y: Array) -> Recording:
    batch = conventions.to_batch(x), conventions.to_batch(Y)
    recording = Recording(network, batch)
    recording.begin()
    J = torch_costs.cost(network, network(batch[0]), batch[1])
    recording.end(J, 1.0)
    J.backward()
    return recording


def problem() -> tuple[Network, dict[str, Array], Array, Array]:
    spec = products()
    params, X, Y = whole_problem(spec, M, 1)
    network = Network(spec).double()
    conventions.load_params(network, params)
    return network, params, X["x"], Y


def test_parts_join_to_the_tensors_of_their_common_cost() -> None:
    """Gradients of activations are of J in a graph: of the mean of two J each has half."""
    network, params, x, Y = problem()
    right = ref_numpy.run(network.spec, params, x, Y)
    parts = [record(network, x[:, a:b], Y[:, a:b]).arrays() for a, b in ((0, 4), (4, 8))]
    joined = join_parts(parts, network.spec)
    recorded = right.keys() - {"dx", *(f"d{name}" for name in params)}
    assert joined.keys() == recorded | {"X", "Y"}
    for name in recorded:
        np.testing.assert_array_equal(joined[name], right[name], err_msg=name)
    (alone,) = (record(network, x, Y).arrays(),)
    for name in recorded:
        np.testing.assert_array_equal(join_parts([alone], network.spec)[name], right[name])


@pytest.mark.slow
def test_a_replay_has_every_gradient_of_a_graph() -> None:
    network, params, x, Y = problem()
    right = ref_numpy.run(network.spec, params, x, Y)
    recording = record(network, x, Y)
    torch.compiler.reset()
    again = Replay(network, "aot_eager").arrays(recording, M, 1.0, nullcontext())
    assert again.keys() == (right.keys() - {"dx"}) | {"X", "Y", REAL}
    for name in right.keys() - {"dx"}:
        np.testing.assert_array_equal(again[name], right[name], err_msg=name)
