"""Dropout of whole features: its masks, torch, and programs that draw masks of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import ref_numpy
import torch_impl
from parity_tests import check
from parity_tests.adapters.torch_twin import twin
from parity_tests.checking.verdict import PASSED
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, Context, Dense, Dropout, Flatten, Graph, NetworkSpec
from ref_numpy.arrays.masks import keep_mask

RATE = 0.5
TRAINING = Context(training=True, seed=3, update=2)


def network(*positions: int, whole_features: bool = True) -> NetworkSpec:
    """x → h → d → flat → y, where d drops; h is never 0."""
    graph = Graph({"x": (5, *positions)})
    graph.add("d", Dropout(RATE, whole_features), "x")
    graph.add("flat", Flatten(), "d")
    graph.add("y", Dense(*graph.shapes["flat"], 2), "flat")
    return NetworkSpec.from_graph(graph, "squared_error")


def test_a_feature_stays_at_all_positions_or_at_none() -> None:
    """Of each example on its own, and as often as the rate says."""
    shape, context = (40, 30, 3, 2), TRAINING._replace(step="d")
    mask = keep_mask(context, shape, 0.25, whole_features=True)
    assert mask.shape == shape
    assert (mask == mask[:, :, :1, :1]).all()
    first = mask[:, :, 0, 0]
    assert (first != first[:, :1]).any(axis=1).all()
    n, kept = first.size, int(first.sum())  # six deviations of a binomial distribution
    assert (kept - 0.75 * n) ** 2 < 36 * n * 0.75 * 0.25
    alone = keep_mask(context._replace(examples=np.array([7])), (40, 1, 3, 2), 0.25, True)
    np.testing.assert_array_equal(alone[:, 0], mask[:, 7])


@pytest.mark.parametrize("positions", [(), (4,), (4, 3)], ids=len)
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_twin_passes(precision: str, positions: tuple[int, ...]) -> None:
    spec = network(*positions)
    problem = random_problem(spec, 6)
    report = check(twin(precision), spec, *problem, precision, context=TRAINING, calls=1)
    assert report.verdict == PASSED, str(report)
    assert check(torch_impl.run, spec, *problem, context=Context(), calls=1).verdict == PASSED


def with_mask(mask: Array) -> Any:
    """A candidate of `network` that draws by itself."""

    def run(spec: NetworkSpec, params: Any, X: Array, Y: Array, context: Context) -> Any:
        own = context._replace(draws={"d": mask})
        return ref_numpy.run(spec, params, X, Y, context=own)

    return run


def test_a_program_may_draw_its_own_features_but_no_single_numbers() -> None:
    spec, rng = network(4, 3), np.random.default_rng(8)
    problem = random_problem(spec, 6)
    features = np.broadcast_to(rng.random((5, 6, 1, 1)) >= RATE, (5, 6, 4, 3))
    own = check(with_mask(features), spec, *problem, context=TRAINING, own_draws=True)
    assert own.verdict == PASSED, str(own)
    numbers = rng.random((5, 6, 4, 3)) >= RATE
    report = check(with_mask(numbers), spec, *problem, context=TRAINING, own_draws=True)
    assert "d" in {finding.tensor for finding in report.findings}


def test_a_file_has_the_option_where_it_is_set() -> None:
    text: Mapping[bool, str] = {w: network(4, 3, whole_features=w).to_json() for w in (True, False)}
    assert "whole_features" in text[True]
    assert "whole_features" not in text[False]
    assert NetworkSpec.from_json(text[True]) == network(4, 3)
