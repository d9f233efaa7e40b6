"""Poolings: on paper, at ties, beside torch at each number of axes; what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from parity_tests import check
from parity_tests.adapters.torch_twin import twin
from parity_tests.campaigns.stored_run import StoredRun, lines_at
from parity_tests.checking.comparison import Comparison
from parity_tests.checking.verdict import PASSED
from parity_tests.error_model.precisions import FLOAT64
from parity_tests.kinds.formula_text import apply_edits
from parity_tests.kinds.known_kinds import kind_of
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.graphs.graph_runs import KINDS, expected_tensors, graph_problem
from ref_numpy import (
    Array,
    AveragePool,
    Cache,
    Context,
    Dense,
    Flatten,
    GlobalAveragePool,
    Graph,
    InputError,
    Layer,
    MaxPool,
    NetworkSpec,
    run,
)
from torch_impl.twin import twin as twin_of_layer

SLOW = pytest.mark.slow


def passes(layer: Layer, A: Any, dZ: Any) -> tuple[Array, Array]:
    """Z and dA."""
    A = np.asarray(A, float)
    Z, kept = layer.forward({}, Context(), A)
    dA, gradients = layer.backward({}, Cache((A,), (Z,), kept), np.asarray(dZ, float))
    assert gradients == {}
    return Z, dA


def test_the_largest_of_windows_that_overlap_on_paper() -> None:
    """(−∞, −3), (−3, 5), (5, 5), (5, −∞) with padding: of the equal 5 the first one wins."""
    Z, dA = passes(MaxPool(2, stride=1, padding=1), [[[-3, 5, 5]]], [[[1, 20, 300, 4000]]])
    assert Z.tolist() == [[[-3, 5, 5, 5]]]
    assert dA.tolist() == [[[1, 320, 4000]]]


def test_the_first_of_equal_numbers_is_the_first_row_by_row() -> None:
    A = np.array([[[[0, 7], [7, 7]]]])
    _, dA = passes(MaxPool(2), A, [[[[1]]]])
    assert dA.tolist() == [[[[0, 1], [0, 0]]]]


def test_the_mean_of_windows_on_paper() -> None:
    """(0, 8), (8, 4), (4, 0): the zeros of the padding count, or do not."""
    A, dZ = [[[8, 4]]], [[[2, 6, 10]]]
    Z, dA = passes(AveragePool(2, stride=1, padding=1), A, dZ)
    assert (Z.tolist(), dA.tolist()) == ([[[4, 6, 2]]], [[[1 + 3, 3 + 5]]])
    Z, dA = passes(AveragePool(2, stride=1, padding=1, count_include_pad=False), A, dZ)
    assert (Z.tolist(), dA.tolist()) == ([[[8, 6, 4]]], [[[2 + 3, 3 + 10]]])


def test_the_mean_over_all_positions_on_paper() -> None:
    A = np.array([[[[1, 2], [3, 6]], [[0, 0], [0, 4]]]])  # one feature, two examples
    Z, dA = passes(GlobalAveragePool(), A, [[8, 4]])
    assert Z.tolist() == [[3, 1]]
    assert dA.tolist() == [[[[2, 2], [2, 2]], [[1, 1], [1, 1]]]]


POOLS = {
    "max": MaxPool(2),
    "max, overlaps": MaxPool(3, stride=2, padding=1),
    "max, apart": MaxPool(2, stride=3),
    "mean": AveragePool(2),
    "mean, overlaps": AveragePool(3, stride=1, padding=1),
    "mean, without the padding": AveragePool(3, 2, 1, count_include_pad=False),
    "global": GlobalAveragePool(),
}
POSITIONS = [(5,), (6, 5), (3, 4, 5)]


def network(layer: Layer, shape: tuple[int, ...]) -> NetworkSpec:
    """x → p → flat → y."""
    graph = Graph({"x": shape})
    graph.add("p", layer, "x")
    graph.add("flat", Flatten(), "p")
    graph.add("y", Dense(*graph.shapes["flat"], 2), "flat")
    return NetworkSpec.from_graph(graph, "squared_error")


@pytest.mark.parametrize("positions", POSITIONS, ids=len)
@pytest.mark.parametrize("name", POOLS)
@pytest.mark.parametrize(
    "precision",
    ["float32", *(pytest.param(p, marks=SLOW) for p in ("float64", "bfloat16", "float16"))],
)
def test_torch_passes(name: str, precision: str, positions: tuple[int, ...]) -> None:
    if name.startswith("mean") and len(positions) == 3 and precision.endswith("16"):
        pytest.skip("torch has no such mean of halves on a CPU")
    spec = network(POOLS[name], (3, *positions))
    if (name, precision) == ("max, overlaps", "bfloat16"):
        precision = "bfloat16-sums"  # torch adds what one element won in several windows
    problem = random_problem(spec, 4)
    report = check(twin(precision.removesuffix("-sums")), spec, *problem, precision, calls=1)
    assert report.verdict == PASSED, str(report)


@pytest.mark.parametrize("positions", POSITIONS, ids=len)
@pytest.mark.parametrize("name", [name for name in POOLS if name.startswith("max")])
def test_torchs_maxima_of_equal_numbers_have_the_same_bits(
    name: str, positions: tuple[int, ...]
) -> None:
    """Of numbers from −2 to 2 most windows have ties; integers add up exactly."""
    layer, rng = POOLS[name], np.random.default_rng(0)
    A = rng.integers(-2, 3, (3, 4, *positions)).astype(float)
    dZ = rng.integers(-9, 9, (3, 4, *layer.output_shape((3, *positions))[1:])).astype(float)
    Z, dA = passes(layer, A, dZ)
    axis = 1 if len(positions) > 1 else -1  # torch has the features of images first
    x = torch.from_numpy(np.moveaxis(A, 0, axis).copy()).requires_grad_()
    z = twin_of_layer(layer, len(positions))(x)
    z.backward(torch.from_numpy(np.moveaxis(dZ, 0, axis).copy()))
    assert x.grad is not None
    np.testing.assert_array_equal(np.moveaxis(z.detach().numpy(), axis, 0), Z)
    np.testing.assert_array_equal(np.moveaxis(x.grad.numpy(), axis, 0), dA)


TIES = {edit.code: edit for edit in kind_of(MaxPool(2)).derivative_line.edits if edit.at_ties}  # pyright: ignore[reportOptionalMemberAccess]


@pytest.mark.parametrize("code", ["every-tie", "last-tie", "shared-among-ties", "no-tie"])
def test_mistakes_at_ties_are_found_and_named(code: str) -> None:
    """With inputs from −2 to 2, of which most windows have equal ones."""
    spec = KINDS["max_pool"]
    params, inputs, Y = graph_problem(spec, FLOAT64)
    inputs = {name: np.random.default_rng(3).integers(-2, 3, x.shape) * 1.0
              for name, x in inputs.items()}  # fmt: skip
    context = Context(1)
    right = StoredRun(spec, FLOAT64, (params, inputs, Y), {}, context)
    (line,) = (line for tensor, line in lines_at(spec) if tensor == "dx")
    wrong = right.value_of(apply_edits(line, TIES[code]) or "")
    assert Comparison.of(wrong, expected_tensors(right)["dx"]).ratio > 1
    run = StoredRun(spec, FLOAT64, right.problem, {"dx": wrong}, context)
    report = check(run.trace, spec, *right.problem)
    (finding,) = report.findings
    assert finding.tensor == "dx"
    assert [cause.code for cause in finding.causes] == [f"dA_prev.{code}"]
    assert {*TIES} == {"every-tie", "last-tie", "shared-among-ties", "no-tie"}


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_results_have_the_dtype_of_the_input(dtype: type) -> None:
    for layer in POOLS.values():
        params, X, Y = random_problem(spec := network(layer, (3, 6, 5)), 3, dtype=dtype)
        assert {x.dtype for x in run(spec, params, X, Y).values() if x.ndim} == {np.dtype(dtype)}


def test_lines_of_a_mean_say_what_is_counted() -> None:
    for pad, count in ((True, "every"), (False, "inside")):
        kind = kind_of(AveragePool(3, 2, 1, pad))
        assert kind.line is not None
        assert kind.line.right.endswith(f" / {count}")


REFUSALS: list[tuple[str, Callable[[], Any]]] = [
    ("layer.size", lambda: MaxPool(0)),
    ("layer.size", lambda: AveragePool(2, stride=0)),
    ("windows.padding", lambda: MaxPool(2, padding=-1)),
    ("windows.wide-padding", lambda: MaxPool(3, padding=2)),
    ("windows.wide-padding", lambda: AveragePool(1, padding=1)),
    ("windows.axes", lambda: MaxPool(2).output_shape((4,))),
    ("windows.axes", lambda: AveragePool(2).output_shape((4, 2, 2, 2, 2))),
    ("windows.axes", lambda: GlobalAveragePool().output_shape((4,))),
    *(
        ("twin.positions", lambda pool=pool, n=n: twin_of_layer(pool, n))
        for pool, n in ((MaxPool(2), 0), (AveragePool(2), 4), (GlobalAveragePool(), 0))
    ),
    ("windows.too-large", lambda: MaxPool(4).output_shape((2, 5, 3))),
]


@pytest.mark.parametrize(("code", "refused"), REFUSALS)
def test_what_does_not_fit_is_refused(code: str, refused: Callable[[], Any]) -> None:
    with pytest.raises(InputError) as error:
        refused()
    assert error.value.code == code
