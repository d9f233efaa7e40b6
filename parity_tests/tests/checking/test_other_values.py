"""A candidate is called again with other parameters, or other X and Y: what it kept is found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ref_numpy
from parity_tests import check
from parity_tests.checking.judged import Calls
from parity_tests.checking.other_problems import reordered, reordered_rows, resampled
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.repeated_calls import PROBLEM, SPEC, changing
from ref_numpy import Array, NetworkSpec


@pytest.mark.slow
def test_results_kept_by_their_shape_are_found() -> None:
    kept: dict[Any, Any] = {}

    def by_shape(spec: NetworkSpec, params: Any, X: Array, Y: Array) -> Any:
        return kept.setdefault(X.shape, ref_numpy.run(spec, params, X, Y))

    report = check(by_shape, SPEC, *PROBLEM)
    first, *_ = report.findings
    assert (first.tensor, first.code) == ("Z1", "Z.value-later-parameters")
    assert {f.remark.code for f in report.findings if f.remark} == {"later.kept-result"}
    assert "A.value-later-values" in {f.code for f in report.findings}
    assert "with other parameters, and the same X and Y" in str(first)


@pytest.mark.slow
@pytest.mark.parametrize("key", ["X", "first element", "params", "sum"])
def test_results_kept_by_a_part_of_what_is_given_are_found(key: str) -> None:
    """Only one of them changes from call to call, and the sum and the first element of W do not."""
    kept: dict[Any, Any] = {}

    def by_key(spec: NetworkSpec, params: Any, X: Array, Y: Array) -> Any:
        keys = {
            "X": X.tobytes(),
            "first element": (X[0, 0], params["W1"][0, 0]),
            "params": (X.shape, params["W1"].tobytes()),
            "sum": (X.tobytes(), np.sort(params["W1"], axis=None).tobytes()),
        }
        return kept.setdefault(keys[key], ref_numpy.run(spec, params, X, Y))

    report = check(by_key, SPEC, *PROBLEM)
    assert {f.remark.code for f in report.findings if f.remark} == {"later.kept-result"}


def test_numbers_in_another_order_are_those_given() -> None:
    x = np.arange(12.0).reshape(3, 4)
    new = reordered(x, -x)
    assert (new.shape, new[0, 0], sorted(new.flat)) == ((3, 4), 0, sorted(x.flat))
    assert not np.array_equal(new, x)
    constant, other = np.zeros((4, 1)), np.ones((4, 1))
    assert reordered(constant, other) is other


@pytest.mark.parametrize("m", [2, 11, 256])
def test_other_inputs_are_numbers_of_the_same_feature(m: int) -> None:
    """A layer may take logarithms of some, and a row may hold one number alone."""
    X = np.arange(1.0, 4)[:, None] * 100 + np.random.default_rng(0).integers(0, 90, (3, m))
    for new in (resampled(X, 79), reordered_rows(X, -X)):
        assert all(set(row) <= set(given) for row, given in zip(new, X, strict=True))
    assert resampled(X, 79).shape == (3, 79)
    assert not np.array_equal(reordered_rows(X, -X), X)
    assert reordered_rows(X[:, :1], -X[:, :1])[0, 0] < 0


def test_a_program_for_positive_inputs_is_not_refused() -> None:
    def logarithm(trace: Any, n: int, problem: Any) -> Any:
        assert (problem[2] > 0).all()
        return trace

    params, X, Y = random_problem(SPEC, 30)
    report = check(changing(logarithm), SPEC, params, np.exp(X), Y)
    assert (report.passed, report.calls) == (True, Calls(2, (79, 64, 30, 30)))


@pytest.mark.parametrize(
    ("names", "remark"), [(("W1", "b1", "W2", "b2"), "W and b"), (("W2",), "W"), (("b1",), "b")]
)
def test_parameters_kept_from_the_first_call_are_found(names, remark: str) -> None:
    kept: dict[str, Array] = {}

    def baked(spec: NetworkSpec, params: Any, X: Array, Y: Array) -> Any:
        for name in names:
            kept.setdefault(name, params[name])
        return ref_numpy.run(spec, params | kept, X, Y)

    report = check(baked, SPEC, *PROBLEM)
    assert {f.kind for f in report.findings} == {"later"}
    assert {f.remark and f.remark.code for f in report.findings} == {"later.kept-parameters"}
    assert report.findings[0].cause == (
        f"it is right for the {remark} of the first call: the program kept them, or a copy"
    )
    assert all(f.facts["where"][0].startswith("with other param") for f in report.findings)


def test_a_transposed_copy_of_the_first_W2_is_found() -> None:
    kept: list[Array] = []

    def transposed(spec: NetworkSpec, params: Any, X: Array, Y: Array) -> Any:
        kept.append(params["W2"].T.copy())
        backward = params | {"W2": kept[0].T}
        trace = ref_numpy.run(spec, params, X, Y)
        caches = ref_numpy.forward(spec, params, X)[1]
        return trace | ref_numpy.backward(spec, backward, trace, caches, Y)

    first, *rest = check(transposed, SPEC, *PROBLEM).findings
    assert (first.tensor, rest, first.remark and first.remark.code) == (
        "dA1", [], "later.kept-parameters"
    )  # fmt: skip


def test_a_call_with_other_parameters_that_fails_is_a_finding() -> None:
    def fails(trace: Any, n: int, problem: Any) -> Any:
        assert np.array_equal(problem[1]["W1"], PROBLEM[0]["W1"])
        return trace

    (finding,) = check(changing(fails), SPEC, *PROBLEM).findings
    assert finding.code == "call.later-failed"
    assert "it failed with other parameters" in str(finding)
