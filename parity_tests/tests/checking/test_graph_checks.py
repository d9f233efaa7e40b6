"""Checks of graphs: shares that are left out, inputs of several kinds, and their later calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import ref_numpy
from parity_tests import check
from parity_tests.checking.expected.layerwise import expectations
from parity_tests.checking.verdict import FAILED, PASSED
from parity_tests.error_model.precisions import Precision, precision_named
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Add, Array, Dense, Gelu, Graph, NetworkSpec, Tanh


def residual(h: str = "h") -> NetworkSpec:
    """h goes through a GELU, and past it."""
    graph = Graph({"x": (5,)})
    graph.add(h, Dense(5, 6), "x")
    graph.add("a", Gelu(), h)
    graph.add("r", Add(), h, "a")
    graph.add("out", Dense(6, 3), "r")
    return NetworkSpec.from_graph(graph, "squared_error")


def stored_run(past: bool) -> Any:
    """A run at float64, whose h has the gradient of both its uses, or of one."""

    def run(spec: NetworkSpec, params: Mapping[str, Array], X: Array, Y: Array) -> dict[str, Array]:
        trace = dict(ref_numpy.run(spec, params, X, Y))
        d = trace["dh"] if past else trace["dh"] - trace["dr"]
        trace["dh.W"], trace["dh.b"] = d @ X.T, d.sum(axis=1, keepdims=True)
        trace["dx"] = params["h.W"].T @ d
        return trace

    return run


@pytest.mark.parametrize("precision", ["float32", "bfloat16-fused", "float16-fused"])
def test_a_share_alone_is_not_what_a_fused_kernel_passed_on(precision: str) -> None:
    """Of the gradient of h alone another one may be computed again; not of one of its shares."""
    spec, p = residual(), precision_named(precision)
    params, X, Y = random_problem(spec, 9)

    def rounded(run: Any) -> Any:
        def stored(*problem: Any) -> dict[str, Array]:
            return {name: p.round(x) for name, x in run(*problem).items()}

        return stored

    reports = [
        check(rounded(stored_run(past)), spec, params, X, Y, p, calls=1) for past in (True, False)
    ]
    assert [report.verdict for report in reports] == [PASSED, FAILED]
    assert {f.tensor for f in reports[1].findings} == {"dh.W", "dh.b", "dx"}


def test_a_result_whose_name_begins_with_d_is_no_gradient() -> None:
    """The zeros of float16 below its range are granted to gradients alone."""
    p, bounds = precision_named("float16-fused"), list[Any]()
    for h in ("h", "down"):
        spec = residual(h)
        params, X, Y = (rounded(p, part) for part in random_problem(spec, 9))
        trace = rounded(p, ref_numpy.run(spec, params, X, Y))
        every = expectations(spec, params, X, Y, trace, p)
        bounds.append(
            {name.replace("down", "h"): [f.error for f in right] for name, right in every}
        )
    assert all(map(np.array_equal, bounds[0].values(), bounds[1].values()))
    assert bounds[0].keys() == bounds[1].keys()


def rounded(p: Precision, arrays: Any) -> Any:
    """The numbers of p of an array, or of each of a mapping, at float64."""
    if isinstance(arrays, Mapping):
        return {name: rounded(p, x) for name, x in arrays.items()}
    return p.round(arrays).astype(np.float64)


def test_whole_numbers_as_an_input_of_floats_are_numbers() -> None:
    spec = residual()
    params, _, Y = random_problem(spec, 4)
    X = np.arange(20).reshape(5, 4) - 10
    assert check(ref_numpy.run, spec, params, X, Y).verdict == PASSED


@pytest.mark.parametrize("by_name", [False, True])
def test_a_cause_is_confirmed_with_other_examples_however_X_is_given(by_name: bool) -> None:
    """Twice is m times where m is 2."""
    spec = residual()
    params, X, Y = random_problem(spec, 2)

    def run(spec: NetworkSpec, params: Mapping[str, Array], X: Any, Y: Array) -> dict[str, Array]:
        trace = dict(ref_numpy.run(spec, params, X, Y))
        return trace | {"dx": 2 * trace["dx"]}

    report = check(run, spec, params, {"x": X} if by_name else X, Y)
    (finding,) = report.findings
    assert [cause.code for cause in finding.causes] == ["dA_prev.twice"]


def test_the_L2_term_of_a_weight_that_is_not_shared_is_named() -> None:
    graph = Graph({"x": (5,)})
    graph.add("h", Dense(5, 4), "x")
    graph.add("y", Tanh(), "h")
    spec = NetworkSpec.from_graph(graph, "squared_error", lambd=0.5)
    problem = random_problem(spec, 7)
    trace = dict(ref_numpy.run(spec, *problem))
    trace["dh.W"] = trace["dh"] @ problem[1].T
    (finding,) = check(trace, spec, *problem).findings
    assert [cause.message for cause in finding.causes] == ["the L2 term is missing"]
