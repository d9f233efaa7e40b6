"""Exports of graphs: those with the preprocessing, and what a plain nn.Sequential cannot hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import ref_numpy
import torch_impl
from parity_tests.checking.comparison import Comparison
from parity_tests.checking.expected.layerwise import expectations
from parity_tests.error_model.precisions import FLOAT32
from ref_numpy import (
    DataSpec,
    Dense,
    Embedding,
    Identity,
    InputError,
    NetworkSpec,
    Softmax,
    Tanh,
    TokenCrossEntropy,
    WholeNumbers,
)
from ref_numpy.graphs.graph import Graph
from torch_impl.export.command import export, lines, load


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


def of_tokens(path: Path) -> Path:
    """Weights of a network with a class for each of 4 tokens."""
    graph = Graph({"tokens": WholeNumbers(7, (4,))})
    graph.add("e", Embedding(7, 5), "tokens")
    graph.add("z", Dense(5, 3), "e")
    graph.add("y", Softmax(), "z")
    spec = NetworkSpec.from_graph(graph, TokenCrossEntropy())
    params = ref_numpy.initialise(spec, "xavier", 1)
    ref_numpy.save(path, spec, {n: p.astype(np.float32) for n, p in params.items()})
    return path


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["torch.export", "onnx"])
def test_a_network_of_tokens_takes_whole_numbers(kind: str, tmp_path: Path) -> None:
    """Probabilities (m, T, n) within the bounds of float32, and the most probable class (m, T)."""
    path = export(weights := of_tokens(tmp_path / "weights.safetensors"), kind)
    spec, params = ref_numpy.load(weights)
    x = np.random.default_rng(2).integers(0, 7, (9, 4))
    if kind == "onnx":
        runtime = pytest.importorskip("onnxruntime")
        session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        A, prediction = session.run(None, {"x": x})
    else:
        A, prediction = (t.numpy() for t in torch.export.load(path).module()(torch.from_numpy(x)))
    labels = np.zeros((9, 4), int)
    right = dict(expectations(spec, params, x, labels, {}, FLOAT32))["y"][0]
    assert A.shape == (9, 4, 3)
    assert Comparison.of(np.moveaxis(A, 2, 0).astype(np.float64), right).ratio <= 1
    np.testing.assert_array_equal(prediction, A.argmax(axis=2))
    trained = load(weights)
    said = lines(trained, kind, path)
    assert said["takes"] == "x (m, 4) int64, whole numbers from 0 to 6"
    assert said["gives"].endswith("3 classes: 0, 1, 2; at each of 4 positions")


def test_of_tokens_there_is_no_sequential(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        export(of_tokens(tmp_path / "weights.safetensors"), "state_dict")
    assert refused.value.code == "export.graph"
