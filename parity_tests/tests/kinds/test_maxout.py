"""Maxout: by hand, at ties, beside torch's pooling, and in chains, graphs and files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import ref_numpy
import torch_impl
from parity_tests import check
from parity_tests.checking.verdict import PASSED
from parity_tests.error_model.precisions import PRECISIONS
from parity_tests.kinds.formula_text import apply_edits
from parity_tests.kinds.known_kinds import kind_of
from parity_tests.kinds.random_problem import random_problem
from parity_tests.page.graph.graph_svg import graph_picture
from parity_tests.tests.support.graphs.graph_runs import M, StoredRun, graph_problem
from ref_numpy import (
    Add,
    Array,
    Cache,
    Context,
    Dense,
    Graph,
    Identity,
    InputError,
    Maxout,
    NetworkSpec,
    SquaredError,
)
from torch_impl.twin import twin

CHAIN = NetworkSpec.chain(
    (Dense(5, 6), Maxout(2, pieces=3), Dense(2, 4), Maxout(2), Dense(2, 3), Identity()),
    SquaredError(),
)


def residual() -> NetworkSpec:
    graph = Graph({"x": (4, 3)})
    graph.add("up", Dense(4, 8), "x")
    graph.add("z", Maxout(4), "up")
    graph.add("y", Add(), "x", "z")
    graph.add("flat", ref_numpy.Flatten(), "y")
    return NetworkSpec.from_graph(graph, "squared_error")


def results(layer: Maxout, Z: Array, dA: Array) -> tuple[Array, Array]:
    A, kept = layer.forward({}, Context(), Z)
    dZ, gradients = layer.backward({}, Cache((Z,), (A,), kept, Context()), dA)
    assert gradients == {}
    return A, dZ


def test_two_units_of_three_pieces_on_paper() -> None:
    """Unit 0 has rows 0 to 2, unit 1 rows 3 to 5. Of equal pieces the first has the gradient."""
    Z = np.array([[1, 2], [5, -3], [4, 2], [-7, 0], [-6, 0], [-8, 0]])
    A, dZ = results(Maxout(2, pieces=3), Z, np.array([[10, 20], [30, 40]]))
    assert A.tolist() == [[5, 2], [-6, 0]]
    assert dZ.tolist() == [[0, 20], [10, 0], [0, 0], [0, 40], [30, 0], [0, 0]]


def test_a_piece_that_lost_has_the_gradient_0_whatever_the_other_is() -> None:
    _, dZ = results(Maxout(1), np.array([[1.0], [2.0]]), np.array([[np.inf]]))
    assert dZ.tolist() == [[0], [np.inf]]


@pytest.mark.parametrize("positions", [(), (5,), (5, 7)], ids=len)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_torchs_maximum_and_pooling_give_the_same_bits(
    dtype: type, positions: tuple[int, ...]
) -> None:
    """A maximum rounds nothing. Of numbers from −2 to 2 every second unit has equal pieces."""
    rng = np.random.default_rng(0)
    layer = Maxout(2, pieces=3)
    Z = rng.integers(-2, 3, (6, 4, *positions)).astype(dtype)
    dA = rng.standard_normal((2, 4, *positions)).astype(dtype)
    A, dZ = results(layer, Z, dA)
    assert (A.dtype, dZ.dtype) == (dtype, dtype)
    axis = 1 if len(positions) > 1 else -1  # torch has the channels of images first
    pool = nn.MaxPool1d(3)
    of_torch = {
        "twin": twin(layer),
        "pooling": lambda x: pool(x.movedim(axis, -1).flatten(0, -2)).unflatten(
            0, x.movedim(axis, -1).shape[:-1]
        ).movedim(-1, axis),
    }  # fmt: skip
    for name, module in of_torch.items():
        x = torch.from_numpy(np.moveaxis(Z, 0, axis).copy()).requires_grad_()
        a = module(x)
        a.backward(torch.from_numpy(np.moveaxis(dA, 0, axis).copy()))
        assert x.grad is not None
        np.testing.assert_array_equal(np.moveaxis(a.detach().numpy(), axis, 0), A, name)
        np.testing.assert_array_equal(np.moveaxis(x.grad.numpy(), axis, 0), dZ, name)


@pytest.mark.parametrize("precision", ["float64", "float32", "bfloat16"])
@pytest.mark.parametrize("spec", [CHAIN, residual()], ids=["chain", "graph"])
def test_a_network_with_maxout_passes(spec: NetworkSpec, precision: str) -> None:
    params, X, Y = random_problem(spec, 9)
    for run in (ref_numpy.run, torch_impl.run):
        if run is torch_impl.run or precision != "bfloat16":
            report = check(run, spec, params, X, Y, precision)
            assert report.verdict == PASSED, str(report)


LINES = [kind_of(Maxout(2)).line, kind_of(Maxout(2)).derivative_line]


@pytest.mark.parametrize(("tensor", "line"), [("A1", LINES[0]), ("dZ1", LINES[1])])
def test_mistakes_in_a_chain_are_named(tensor: str, line: Any) -> None:
    params, inputs, Y = graph_problem(CHAIN, PRECISIONS["float32"], seed=2)
    (X,) = inputs.values()
    for one in line.edits:
        run = StoredRun(CHAIN, PRECISIONS["float64"], (params, inputs, Y), context=Context(M))
        wrong: Mapping[str, Any] = {tensor: run.value_of(apply_edits(line, one) or "", "A1")}
        run = StoredRun(CHAIN, run.p, run.problem, wrong, run.context)
        report = check(run.trace, CHAIN, params, X, Y)
        (finding,) = report.findings
        assert finding.tensor == tensor
        assert f"{line.left}.{one.code}" in [cause.code for cause in finding.causes], one


def test_a_file_has_the_pieces(tmp_path: Path) -> None:
    params = ref_numpy.initialise(CHAIN)
    path = tmp_path / "weights.safetensors"
    ref_numpy.save(path, CHAIN, params)
    spec, read = ref_numpy.load(path)
    assert spec == CHAIN == NetworkSpec.from_json(CHAIN.to_json())
    assert read.keys() == params.keys()
    assert spec.summary.startswith("5-6-4-3 (maxout, maxout")


def test_a_picture_has_its_shapes() -> None:
    picture = graph_picture(residual())
    assert "maxout" in picture
    assert "(8, m, 3)" in picture


REFUSALS = [
    ("layer.size", lambda: Maxout(0)),
    ("layer.size", lambda: Maxout(3, pieces=0)),
    ("layer.input-features", lambda: NetworkSpec.chain((Dense(2, 5), Maxout(2)), SquaredError())),
    ("activation.needs-fields", lambda: NetworkSpec.dense([2, 6, 1], "maxout")),
]


@pytest.mark.parametrize(("code", "refused"), REFUSALS)
def test_sizes_that_do_not_fit_are_refused(code: str, refused: Callable[[], Any]) -> None:
    with pytest.raises(InputError) as error:
        refused()
    assert error.value.code == code
