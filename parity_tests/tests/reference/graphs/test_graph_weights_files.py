"""Weights files of graphs: a shared parameter once, to the bit, and what a Model cannot take."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

import ref_numpy
import torch_impl
from parity_tests.tests.support.graphs.graph_networks import (
    Plus,
    SumOfPositions,
    graph_of_everything,
    known,
    whole_problem,
)
from ref_numpy import DataSpec, Dense, Identity, InputError, NetworkSpec, Tanh
from ref_numpy.graphs.graph import Graph
from torch_impl.lightning.runs.initial_weights import parameters_in
from torch_impl.lightning.runs.weights_checkpoint import checkpoint_of


@pytest.fixture(autouse=True)
def added() -> Iterator[None]:
    with known():
        yield


def residual() -> NetworkSpec:
    graph = Graph({"x": (3,)})
    graph.add("h", Dense(3, 3), "x")
    graph.add("a", Tanh(), "h")
    graph.add("again", Dense(3, 3), "a", share={"W": "h.W"})
    graph.add("r", Plus(), "again", "x")
    graph.add("out", Dense(3, 2), "r")
    graph.add("y", Identity(), "out")
    return NetworkSpec.from_graph(graph, lambd=0.5)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_load_returns_what_save_wrote(tmp_path: Path, dtype: type) -> None:
    spec = NetworkSpec.from_graph(graph_of_everything(), lambd=0.5)
    rng = np.random.default_rng(1)
    params = {n: rng.standard_normal(s).astype(dtype) for n, s in spec.parameter_shapes.items()}
    path = tmp_path / "w.safetensors"
    ref_numpy.save(path, spec, params)
    again, loaded = ref_numpy.load(path)
    assert again == spec
    assert dict(again.inputs) == dict(spec.inputs)
    assert [*loaded] == [*params]
    assert load_file(path).keys() == params.keys()
    for name, value in params.items():
        np.testing.assert_array_equal(loaded[name], value, strict=True)


def test_the_twin_takes_a_file_and_gives_it_back(tmp_path: Path) -> None:
    """Through a torch checkpoint too, in which a shared parameter has two names."""
    spec = residual()
    rng = np.random.default_rng(2)
    params = {n: rng.standard_normal(s) for n, s in spec.parameter_shapes.items()}
    ref_numpy.save(tmp_path / "w.safetensors", spec, params)
    checkpoint = checkpoint_of(tmp_path / "w.safetensors")
    back = parameters_in(checkpoint)
    network = torch_impl.Network(spec).double()
    torch_impl.load_params(network, params)
    for given in (back, torch_impl.get_params(network)):
        assert given.keys() == params.keys()
        for name, value in params.items():
            np.testing.assert_array_equal(given[name], value, strict=True)


def test_a_model_predicts_with_a_graph_of_rows(tmp_path: Path) -> None:
    spec = residual()
    params, X, _ = whole_problem(spec, 5, 3)
    data = DataSpec((3,), "regression", ("a", "b"))
    for described in (None, data):
        ref_numpy.save(tmp_path / "w.safetensors", spec, params, described)
        model = ref_numpy.load_model(tmp_path / "w.safetensors")
        np.testing.assert_array_equal(
            model.predict(X["x"].T).T, ref_numpy.predict(spec, params, X["x"])
        )


def of_positions() -> NetworkSpec:
    graph = Graph({"x": (3, 2)})
    graph.add("s", SumOfPositions(), "x")
    graph.add("y", Dense(3, 1), "s")
    return NetworkSpec.from_graph(graph, "squared_error")


def of_several() -> NetworkSpec:
    return NetworkSpec.from_graph(graph_of_everything())


@pytest.mark.parametrize("make", [of_positions, of_several])
def test_inputs_that_are_no_rows_have_no_description(tmp_path: Path, make: Any) -> None:
    """Such a file is weights for `run`, and no model."""
    spec = make()
    params, _, _ = whole_problem(spec, 5, 3)
    path = tmp_path / "w.safetensors"
    with pytest.raises(InputError) as refused:
        ref_numpy.save(path, spec, params, DataSpec((3,), "regression", ("a",)))
    assert refused.value.code == "data-spec.rows"
    assert refused.value.facts["inputs"] == spec.inputs
    ref_numpy.save(path, spec, params)
    with pytest.raises(InputError, match=r"takes .*give each input by name") as refused:
        ref_numpy.load_model(path)
    assert refused.value.code == "data-spec.rows"
