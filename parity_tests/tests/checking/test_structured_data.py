"""Correct programs on data with structure: zero weights, equal examples, very many of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ref_numpy
from parity_tests import check
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, NetworkSpec

WEEK_2 = NetworkSpec.dense([3, 1], output="sigmoid", loss="binary_cross_entropy")


def add_in_turn(terms: Array) -> Array:
    """Σ along the last axis, one term after the other."""
    return np.add.accumulate(terms, axis=-1)[..., -1]


def one_example_at_a_time(spec: NetworkSpec, params: Any, X: Array, Y: Array) -> Any:
    """Course 1, week 2, before it is vectorised: J, dW and db are running sums."""
    m = np.asarray(X.shape[1], X.dtype)
    trace = dict(ref_numpy.run(spec, params, X, Y))
    L = spec.loss.forward(trace["Z1"], Y)
    trace["J"] = add_in_turn(L)[0] / m
    trace["dW1"] = add_in_turn(trace["dZ1"][:, np.newaxis] * X) / m
    trace["db1"] = add_in_turn(trace["dZ1"])[:, np.newaxis] / m
    return trace


@pytest.mark.slow
@pytest.mark.parametrize(("dtype", "m"), [("float32", 12_000), ("float64", 2**17)])
@pytest.mark.parametrize("data", ["zero weights", "equal examples"])
def test_a_loop_over_many_examples_passes(data: str, dtype: str, m: int) -> None:
    params, X, Y = random_problem(WEEK_2, m, dtype=np.dtype(dtype))
    if data == "equal examples":
        X, Y = np.repeat(X[:, :1], m, axis=1), np.repeat(Y[:, :1], m, axis=1)
    else:
        params = {name: np.zeros_like(p) for name, p in params.items()}
    report = check(one_example_at_a_time(WEEK_2, params, X, Y), WEEK_2, params, X, Y, dtype)
    assert report.verdict == "passed", str(report)


def test_what_the_worst_case_explains_has_no_cause() -> None:
    """One float32 sum is off by 20 √m u, which no order of different terms makes; m u would be."""
    m = 5000
    params, X, Y = random_problem(WEEK_2, m, dtype=np.dtype("float32"))
    trace = dict(ref_numpy.run(WEEK_2, params, X, Y))
    size = np.abs(trace["dZ1"]).sum() / m
    trace["db1"] = trace["db1"] + np.float32(20 * np.sqrt(m) * 2.0**-24 * size)
    (finding,) = check(trace, WEEK_2, params, X, Y, "float32").findings
    assert finding.tensor == "db1"
    assert not finding.causes
    assert finding.remark is not None
    assert finding.remark.code == "unknown.worst-case"
