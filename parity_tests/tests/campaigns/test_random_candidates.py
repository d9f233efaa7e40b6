"""The problems of the campaign of false positives: any network, size and kind of data."""

from __future__ import annotations

import numpy as np
import pytest

from parity_tests.campaigns.data_kinds import DATA_KINDS
from parity_tests.campaigns.random_candidates import random_candidate, random_network
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, NetworkSpec, forward

SPEC, M = NetworkSpec.dense([5, 7, 3], "tanh"), 11


def data_of(kind: str, seed: int = 0) -> tuple[dict[str, Array], Array, Array]:
    return DATA_KINDS[kind](SPEC, random_problem(SPEC, M, seed), np.random.default_rng(seed))


def test_a_seed_gives_the_same_problem_again() -> None:
    first, second = (random_candidate(17, "float32") for _ in range(2))
    assert str(first) == str(second)
    assert all((first.params[n] == second.params[n]).all() for n in first.params)
    assert str(first) != str(random_candidate(18, "float32"))


def test_the_data_sets_of_one_graph_share_its_network() -> None:
    problems = [random_candidate(seed, "float32", 20) for seed in (40, 41, 59, 60)]
    assert len({(problem.spec, problem.X.shape) for problem in problems[:3]}) == 1
    assert problems[3].spec != problems[0].spec
    assert not np.array_equal(problems[0].params["W1"], problems[1].params["W1"])


@pytest.mark.slow
def test_sizes_reach_their_limits() -> None:
    networks = [random_network(np.random.default_rng(seed)) for seed in range(1500)]
    ms = [m for _, m in networks]
    widths = [n for spec, _ in networks for shape in spec.parameter_shapes.values() for n in shape]
    assert 2**15 < max(ms) <= 2**16
    assert 2**13 < max(widths) <= 2**14
    assert min(ms) == min(widths) == 1
    products = [m * max(spec.parameter_shapes["W1"]) for spec, m in networks]
    assert max(products) < 2**21  # a trace fits into memory


def test_other_activations_are_drawn_where_they_are_named() -> None:
    """The network of a seed has the same sizes, data and loss; the others have none of them."""
    names = ("gelu", "silu")
    both = [
        [random_candidate(seed, "float32", 1, *g) for g in ((), (names,))] for seed in range(60)
    ]
    for usual, other in both:
        assert usual.X.shape == other.X.shape
        assert usual.spec.parameter_shapes == other.spec.parameter_shapes
        assert usual.spec.loss == other.spec.loss
        kinds = {step.layer.kind for step in other.spec.steps if not step.parameters}
        assert kinds <= {*names, "softmax", "sigmoid", "identity"}
        assert not {step.layer.kind for step in usual.spec.steps} & {*names}
    hidden = {step.layer.kind for _, other in both for step in other.spec.steps}
    assert {*names} <= hidden


def test_every_kind_of_data_occurs() -> None:
    problems = [random_candidate(seed, "float32") for seed in range(150)]
    assert {problem.kind for problem in problems} == {*DATA_KINDS}


@pytest.mark.parametrize("kind", DATA_KINDS)
def test_a_kind_keeps_shapes_and_labels(kind: str) -> None:
    params, X, Y = data_of(kind)
    assert {n: p.shape for n, p in params.items()} == SPEC.parameter_shapes
    assert (X.shape, Y.shape) == ((5, M), (3, M))
    SPEC.loss.check_labels(Y)
    assert all(np.isfinite(x).all() for x in (*params.values(), X))


def test_what_the_kinds_are() -> None:
    assert not any(p.any() for p in data_of("zero weights")[0].values())
    equal = data_of("equal weights")[0]
    assert [len(np.unique(equal[W])) for W in ("W1", "W2")] == [1, 1]
    assert len(np.unique(data_of("constant inputs")[1])) == 1
    assert len(np.unique(data_of("repeated examples")[1], axis=1).T) <= 3
    one_hot = data_of("one-hot inputs")[1]
    assert (one_hot.sum(axis=0) == 1).all()
    assert np.isin(one_hot, [0, 1]).all()
    sorted_along = {
        axis for seed in range(9) for axis in (0, 1)
        if (np.diff(data_of("sorted inputs", seed)[1], axis=axis) >= 0).all()
    }  # fmt: skip
    assert sorted_along == {0, 1}
    params, X, _ = data_of("two values")
    assert {*np.unique(X)} == {-1, 1}
    assert len(np.unique(np.abs(params["W1"]))) == 1
    assert (data_of("sparse inputs")[1] == 0).mean() > 0.4
    params, X, _ = data_of("saturated")
    activations, _ = forward(SPEC, params, X)
    for Z in ("Z1", "Z2"):
        assert 1.99 < np.abs(activations[Z]).max() < 513
    pixels = data_of("pixels")[1]
    assert (pixels == np.rint(pixels)).all()
    assert 0 <= pixels.min() < pixels.max() <= 255
    assert len(np.unique(data_of("one class")[2], axis=1).T) == 1
    params, X, _ = data_of("of one sign")
    assert min(X.min(), *(p.min() for p in params.values())) >= 0


@pytest.mark.parametrize("seed", range(20))
def test_float16_holds_the_numbers_of_a_problem(seed: int) -> None:
    _, params, X, Y = random_candidate(seed, "float16").rounded_to("float16")
    assert all(np.isfinite(x).all() and x.dtype == np.float16 for x in (*params.values(), X, Y))
