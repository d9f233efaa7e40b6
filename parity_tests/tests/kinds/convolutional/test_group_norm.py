"""Group norm: on paper, as its two ends, beside torch; what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from parity_tests import check
from parity_tests.adapters.torch_twin import twin
from parity_tests.checking.verdict import PASSED
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT64
from parity_tests.kinds.known_kinds import kind_of
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import (
    Array,
    Cache,
    Context,
    Dense,
    Flatten,
    Graph,
    GroupNorm,
    InputError,
    LayerNorm,
    NetworkSpec,
)

SLOW = pytest.mark.slow


def passes(layer: Any, params: dict[str, Any], A: Any, dZ: Any) -> list[Any]:
    """Z, dA, dγ and dβ."""
    Z, kept = layer.forward(params, Context(), A)
    dA, gradients = layer.backward(params, Cache((A,), (Z,), kept), dZ)
    return [Z, dA, *gradients.values()]


def ball(x: Array) -> ErrorArray:
    return ErrorArray(x, p=FLOAT64)


def agree(x: ErrorArray, y: ErrorArray) -> bool:
    """Whether the rounding at float64 may be all that two results differ by."""
    return bool((np.abs(x.value - y.value) <= x.error + y.error).all())


def test_two_groups_on_paper() -> None:
    """Of an example without positions: 0, 4 and 1, 7, whose σ² + ε are 4 + 0 and 9 + 0, nearly.

    Of two numbers Â is −1 and 1, r = 2/distance; dA is 0 where nothing but these two count.
    """
    layer, A = GroupNorm(4, 2, epsilon=2.0**-200), np.array([[0.0], [4], [1], [7]])
    params = {"gamma": np.array([[2.0], [2], [3], [3]]), "beta": np.array([[0.0], [1], [0], [1]])}
    Z, dA, dgamma, dbeta = passes(layer, params, A, np.array([[5.0], [0], [0], [7]]))
    assert Z.tolist() == [[-2], [3], [-3], [4]]
    assert dA.tolist() == [[0], [0], [0], [0]]
    assert dgamma.tolist() == [[-5], [0], [0], [7]]
    assert dbeta.tolist() == [[5], [0], [0], [7]]


def test_positions_and_features_of_a_group_count_alike() -> None:
    """Moved from features to positions, and back, the numbers of a group stay what they are."""
    rng = np.random.default_rng(0)
    A, dZ = map(ball, rng.standard_normal((2, 4, 3, 2, 3)))

    def moved(x: Any) -> Any:  # (4, 3, 2, 3) → (2, 3, 2, 2, 3)
        return x.reshape(2, 2, 3, 2, 3).swapaxes(1, 2)

    def params(n: int) -> dict[str, ErrorArray]:
        return {"gamma": ball(np.full((n, 1), 0.5)), "beta": ball(np.ones((n, 1)))}

    Z, dA, *_ = passes(GroupNorm(4, 2), params(4), A, dZ)
    other = passes(GroupNorm(2, 2), params(2), moved(A), moved(dZ))
    assert agree(moved(Z), other[0])
    assert agree(moved(dA), other[1])


def test_one_group_without_positions_is_a_layer_norm() -> None:
    rng = np.random.default_rng(1)
    A, dZ = map(ball, rng.standard_normal((2, 4, 6)))
    params = {name: ball(rng.standard_normal((4, 1))) for name in ("gamma", "beta")}
    for x, y in zip(
        passes(GroupNorm(4, 1), params, A, dZ), passes(LayerNorm(4), params, A, dZ), strict=True
    ):
        assert agree(x, y)


def network(groups: int, shape: tuple[int, ...]) -> NetworkSpec:
    """x → n → flat → y."""
    graph = Graph({"x": shape})
    graph.add("n", GroupNorm(shape[0], groups), "x")
    graph.add("flat", Flatten(), "n")
    graph.add("y", Dense(*graph.shapes["flat"], 2), "flat")
    return NetworkSpec.from_graph(graph, "squared_error")


@pytest.mark.parametrize("shape", [(6,), (6, 5), (6, 3, 4), (6, 2, 3, 2)], ids=len)
@pytest.mark.parametrize("groups", [1, 3, pytest.param(2, marks=SLOW)])
@pytest.mark.parametrize("mean", [0, pytest.param(50, marks=SLOW)])
@pytest.mark.parametrize(
    "precision",
    ["float32", *(pytest.param(p, marks=SLOW) for p in ("float64", "bfloat16", "float16"))],
)
def test_torch_passes(precision: str, mean: int, groups: int, shape: tuple[int, ...]) -> None:
    spec = network(groups, shape)
    params, X, Y = random_problem(spec, 4)
    report = check(twin(precision), spec, params, X + mean, Y, precision, calls=1)
    assert not report.findings, str(report)
    assert report.verdict == PASSED or (mean and precision.endswith("16")), str(report)


LAYER = GroupNorm(4, 2, epsilon=2.0**-4)
EVERY = kind_of(LAYER).every_formula


@pytest.mark.parametrize("k", range(len(EVERY.forwards)))
def test_formulas_of_the_result_are_equal_on_paper(k: int) -> None:
    rng = np.random.default_rng(2)
    A = ball(rng.standard_normal((4, 3, 2, 3)))
    params = {n: ball(rng.standard_normal((4, 1))) for n in ("gamma", "beta")}
    own, other = LAYER.forward(params, Context(), A)[0], EVERY.forwards[k](LAYER, params, A)
    assert agree(own, other)
    assert (np.abs(other.value) > other.error).any()


@pytest.mark.parametrize("k", range(len(EVERY.backwards)))
def test_formulas_of_the_gradients_are_equal_on_paper(k: int) -> None:
    rng = np.random.default_rng(3)
    A, dZ = map(ball, rng.standard_normal((2, 4, 3, 2, 3)))
    params = {n: ball(rng.standard_normal((4, 1))) for n in ("gamma", "beta")}
    Z, kept = LAYER.forward(params, Context(), A)
    cache = Cache((A,), (Z,), kept, Context(scale=4))
    own, of_own = LAYER.backward(params, cache, dZ)
    (other,), of_other = EVERY.backwards[k](LAYER, params, cache, dZ)
    for x, y in [(own, other), *((of_own[n], of_other[n]) for n in of_own)]:
        assert agree(x, y)
        assert (np.abs(y.value) > y.error).all()


REFUSALS: list[tuple[str, Callable[[], Any]]] = [
    ("layer.size", lambda: GroupNorm(4, 0)),
    ("norm.groups", lambda: GroupNorm(4, 3)),
    ("norm.epsilon", lambda: GroupNorm(4, 2, epsilon=0)),
    ("layer.input-features", lambda: GroupNorm(4, 2).output_shape((6, 3))),
    ("norm.groups-of-one", lambda: GroupNorm(4, 4).output_shape((4,))),
    ("norm.groups-of-one", lambda: GroupNorm(4, 4).output_shape((4, 1, 1))),
]


@pytest.mark.parametrize(("code", "refused"), REFUSALS)
def test_what_does_not_fit_is_refused(code: str, refused: Callable[[], Any]) -> None:
    with pytest.raises(InputError) as error:
        refused()
    assert error.value.code == code
