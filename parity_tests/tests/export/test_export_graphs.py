"""Exports of graphs: those with the preprocessing, and what a plain nn.Sequential cannot hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import ref_numpy
import torch_impl
from ref_numpy import DataSpec, Dense, Identity, InputError, NetworkSpec, Tanh
from ref_numpy.graphs.graph import Graph
from torch_impl.export.command import export


def saved(path: Path) -> Path:
    """Weights of a graph with a shared parameter."""
    graph = Graph({"x": (3,)})
    graph.add("h", Dense(3, 4), "x")
    graph.add("values", Tanh(), "h")
    graph.add("k", Dense(4, 4), "values")
    graph.add("l", Dense(4, 4), "k", share={"W": "k.W"})
    graph.add("out", Dense(4, 2), "l")
    graph.add("y", Identity(), "out")
    spec = NetworkSpec.from_graph(graph)
    data = DataSpec((3,), "regression", ("a", "b"))
    ref_numpy.save(path, spec, ref_numpy.initialise(spec, "xavier", 1), data)
    return path


def test_a_graph_is_no_sequential(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        export(saved(tmp_path / "weights.safetensors"), "state_dict")
    assert refused.value.code == "export.graph"
    assert not list(tmp_path.glob("*.pt"))


@pytest.mark.slow
def test_torchs_own_format_computes_what_the_reference_does(tmp_path: Path) -> None:
    """The program is the same sums in torch: equal to the twin's own to the bit."""
    weights = saved(tmp_path / "weights.safetensors")
    program = torch.export.load(export(weights, "torch.export"))
    spec, params = ref_numpy.load(weights)
    x = np.random.default_rng(2).standard_normal((7, 3))
    (values,) = program.module()(torch.from_numpy(x))
    network = torch_impl.Network(spec).double()
    torch_impl.load_params(network, params)
    with torch.no_grad():
        assert values.equal(network.predict(torch.from_numpy(x)))
