"""The softmax over an axis of positions: by hand, beside torch, in files, and what refuses it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import ref_numpy
import torch_impl
from parity_tests import check
from parity_tests.checking.comparison import Comparison
from parity_tests.checking.verdict import PASSED
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import PRECISIONS
from parity_tests.kinds.formula_text import apply_edits
from parity_tests.kinds.known_kinds import kind_of
from parity_tests.kinds.random_problem import random_problem
from parity_tests.kinds.softmax_bounds import bound_softmax, largest_change
from parity_tests.page.graph.graph_meanings import meaning_of_result
from parity_tests.page.graph.graph_svg import graph_picture
from parity_tests.tests.support.graphs.graph_runs import StoredRun, expected_tensors, graph_problem
from parity_tests.tests.support.named_causes import codes
from ref_numpy import (
    Array,
    Cache,
    Context,
    Dense,
    Flatten,
    Graph,
    InputError,
    NetworkSpec,
    Softmax,
    SquaredError,
    TokenCrossEntropy,
)
from ref_numpy.graphs.chosen_loss import default_loss
from ref_numpy.graphs.network_json import item_of

M = 5


def of_axis(axis: int, *positions: int) -> NetworkSpec:
    graph = Graph({"x": (3, *positions)})
    graph.add("z", Softmax(axis), "x")
    graph.add("flat", Flatten(), "z")
    graph.add("y", Dense(3 * math.prod(positions), 2), "flat")
    return NetworkSpec.from_graph(graph, "squared_error")


def results(layer: Softmax, Z: Array, dA: Array) -> tuple[Array, Array]:
    A, kept = layer.forward({}, Context(), Z)
    dZ, _ = layer.backward({}, Cache((Z,), (A,), kept, Context()), dA)
    return A, dZ


def test_two_features_of_four_positions_on_paper() -> None:
    """Of equal logits each has ¼; of two that are −2000, which are nothing beside 7, ½ or 0."""
    Z = np.array([[[3.0, 3, 3, 3]], [[7, -1993, -1993, 7]]])  # (2, 1, 4)
    A, dZ = results(Softmax(axis=2), Z, np.array([[[4.0, 8, 0, 0]], [[1, 9, 9, 5]]]))
    assert A.tolist() == [[[0.25] * 4], [[0.5, 0, 0, 0.5]]]
    # Σ dA A = 3 of the first feature, and 3 of the second.
    assert dZ.tolist() == [[[0.25, 1.25, -0.75, -0.75]], [[-1, 0, 0, 1]]]


@pytest.mark.parametrize("precision", ["float64", "float32", "bfloat16"])
@pytest.mark.parametrize(
    ("axis", "positions"), [(2, (7,)), (0, (7, 4)), (2, (7, 4)), (3, (7, 4)), (4, (2, 4, 7))]
)
def test_torch_is_within_the_bounds_at_any_rank(
    axis: int, positions: tuple[int, ...], precision: str
) -> None:
    """By the twin, and by the axis itself in an array of the reference's shape."""
    spec = of_axis(axis, *positions)
    report = check(torch_impl.run, spec, *random_problem(spec, M), precision)
    assert report.verdict == PASSED, str(report)
    if precision != "float64":
        return
    problem = graph_problem(spec, PRECISIONS[precision])
    run = StoredRun(spec, PRECISIONS[precision], problem)
    x = torch.from_numpy(problem[1]["x"].copy()).requires_grad_()
    z = torch.softmax(x, dim=axis)
    z.backward(torch.from_numpy(run.trace["dz"]))
    assert x.grad is not None
    right = expected_tensors(run)
    assert Comparison.of(z.detach().numpy(), right["z"]).ratio <= 1
    assert Comparison.of(x.grad.numpy(), right["dx"]).ratio <= 1


def test_the_bound_of_inexact_logits_is_along_the_axis() -> None:
    """(|δ_k| + max_j |δ_j|) (1 + 8u): another feature, and another example, have no share."""
    error = np.array([[[0.5, 0.25, 0.125]], [[8, 4, 2]]])  # (2, 1, 3)
    Z: Any = ErrorArray(np.zeros_like(error), error)
    change = np.array([[[1, 0.75, 0.625]], [[16, 12, 10]]]) * (1 + 8 * Z.p.u)
    assert np.array_equal(largest_change(Z, axis=2), change)
    A, _ = Softmax(axis=2).forward({}, Context(), Z)
    exact: Any = ErrorArray(Z.value)
    own = Softmax(axis=2).forward({}, Context(), exact)[0]
    bound = bound_softmax(A, Z, axis=2).error
    assert (bound >= (own.value + own.error) * np.exp(change) - own.value).all()
    assert (bound <= (own.value + own.error) * np.exp(change * (1 + 2**-40)) - own.value).all()


@pytest.mark.parametrize(
    ("axis", "tensor", "code"),
    [
        (0, "z", "A.sum-over-examples"),
        (2, "z", "A.over-features"),
        (2, "z", "A.over-axis-3"),
        (2, "z", "A.sum-over-axis-3"),
        (2, "dx", "dZ.sum-over-axis-3"),
        (3, "z", "A.over-axis-2"),
        (3, "dx", "dZ.sum-over-features"),
        (3, "dx", "dZ.sum-over-axis-2"),
    ],
)
def test_the_wrong_axis_is_named(axis: int, tensor: str, code: str) -> None:
    spec, p = of_axis(axis, 7, 4), PRECISIONS["float64"]
    kind = kind_of(Softmax(axis))
    line: Any = kind.line if tensor == "z" else kind.derivative_line
    (one,) = (x for x in line.edits if f"{line.left}.{x.code}" == code)
    problem = graph_problem(spec, p)
    wrong = StoredRun(spec, p, problem).value_of(apply_edits(line, one) or "")
    run = StoredRun(spec, p, problem, {tensor: wrong})
    trace = {name: x for name, x in run.trace.items() if name not in spec.inputs}
    (finding,) = check(trace, spec, *problem).findings
    assert finding.tensor == tensor
    assert codes(finding) == [code]
    assert f"axis={axis}" in finding.causes[0].right
    if tensor == "z":  # with what t is, over the same axis
        assert f"t = np.exp(Z - Z.max(axis={axis}, " in finding.causes[0].right


def test_a_program_with_another_axis_of_positions_is_named() -> None:
    """The whole layer has axis 4 instead of 2; a softmax of rows has no such mistake."""
    given, other = of_axis(2, 3, 2, 4), of_axis(4, 3, 2, 4)
    problem = random_problem(given, M)
    findings = check(dict(ref_numpy.run(other, *problem)), given, *problem).findings
    assert codes(findings[0]) == ["A.over-axis-4"]
    assert {finding.tensor for finding in findings} == {"z", "dx"}
    kind = kind_of(Softmax())
    assert kind.line is not None
    assert not [one for one in kind.line.edits if "axis-" in one.code]  # chains have no positions


def test_a_file_names_the_axis_only_where_it_is_not_that_of_features() -> None:
    """Earlier versions read the others."""
    assert item_of(Softmax()) == {"kind": "softmax"}
    assert item_of(Softmax(axis=3)) == {"kind": "softmax", "axis": 3}
    for spec in (of_axis(0, 7), of_axis(2, 7), of_axis(3, 7, 4)):
        assert NetworkSpec.from_json(spec.to_json()) == spec


def test_a_page_and_a_picture_have_it() -> None:
    spec = of_axis(2, 7)
    assert "along axis 2, of positions" in meaning_of_result(spec, spec.steps[0], "z")
    assert "in each column" in meaning_of_result(of_axis(0, 7), of_axis(0, 7).steps[0], "z")
    assert "(3, m, 7)" in graph_picture(spec)


def test_a_softmax_over_positions_has_no_cross_entropy_of_its_own() -> None:
    assert default_loss(Softmax(axis=2)) == SquaredError()
    graph = Graph({"x": (3, 4)})
    graph.add("z", Dense(3, 6), "x")
    graph.add("a", Softmax(axis=2), "z")
    with pytest.raises(InputError) as refused:
        NetworkSpec.from_graph(graph, TokenCrossEntropy())
    assert refused.value.code == "network.output-over-positions"
    assert refused.value.facts == {"loss": "token_cross_entropy"}


REFUSALS = [
    ("softmax.axis", lambda: Softmax(1)),
    ("softmax.axis", lambda: Softmax(-1)),
    ("softmax.axis", lambda: Softmax(True)),
    ("softmax.axis", lambda: Softmax(2.0)),  # pyright: ignore[reportArgumentType]
    ("softmax.no-such-axis", lambda: of_axis(3, 7)),
    ("softmax.no-such-axis", lambda: NetworkSpec.dense([3, 2], (), Softmax(2), "squared_error")),
]


@pytest.mark.parametrize(("code", "refused"), REFUSALS)
def test_an_axis_that_is_none_is_refused(code: str, refused: Callable[[], Any]) -> None:
    with pytest.raises(InputError) as error:
        refused()
    assert error.value.code == code
