"""Causes that fit the same numbers: all are named, and other examples tell them apart."""

from __future__ import annotations

from typing import Any

import pytest

import ref_numpy
from parity_tests import check
from parity_tests.campaigns.fault_injection import faulty_run
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.named_causes import codes
from ref_numpy import Array, NetworkSpec

M = 11


def test_several_causes_that_fit_are_all_named() -> None:
    """Of two outputs n_y is 2."""
    spec = NetworkSpec.dense([5, 7, 2], "tanh", "sigmoid")
    problem = random_problem(spec, M)
    trace = faulty_run(spec, *problem, {"J": lambda J: J / 2})
    (finding,) = check(trace, spec, *problem).findings
    assert codes(finding) == ["J.half", "J.mean-over-outputs"]
    assert finding.note
    assert finding.note.code == "note.other-network-separates"
    assert str(finding.cause).endswith(finding.note.message)


@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
def test_several_causes_of_the_gradient_of_an_output_are_named(output: str) -> None:
    """The loss is computed from Z[L], and the program goes through dA[L] all the same."""
    spec = NetworkSpec.dense([5, 7, 2], "tanh", output)
    params, X, Y = problem = random_problem(spec, M)
    trace = ref_numpy.run(spec, *problem)
    A = trace["A2"]
    dA = -(Y / A - (1 - Y) / (1 - A)) if output == "sigmoid" else -Y / A
    assert check(trace | {"dA2": dA}, spec, *problem).passed
    finding, *_ = check(trace | {"dA2": dA / 2}, spec, params, X, Y).findings
    assert finding.tensor == "dA2"
    assert codes(finding) == ["dA.half", "dA.mean-over-outputs"]


@pytest.mark.parametrize(
    ("output", "loss", "code"),
    [
        ("sigmoid", "binary_cross_entropy", "J.twice"),
        ("softmax", "cross_entropy", "J.twice"),
        ("identity", "squared_error", "J.missing-half"),
    ],
)
def test_a_half_is_missed_only_where_the_cost_has_one(output: str, loss: str, code: str) -> None:
    for lambd in (0.0, 0.3):
        spec = NetworkSpec.dense([5, 7, 3], "tanh", output, loss, lambd=lambd)
        problem = random_problem(spec, M)
        trace = faulty_run(spec, *problem, {"J": lambda J: 2 * J})
        (finding,) = check(trace, spec, *problem).findings
        assert codes(finding) == [code]


def test_the_batch_that_tells_them_apart_is_named() -> None:
    """A trace cannot be computed again: with m = 2 n_1, m/n_1 is 2."""
    spec = NetworkSpec.dense([5, 4, 3], "tanh", "softmax")
    problem = random_problem(spec, 8)
    trace = faulty_run(spec, *problem, {"dW1": lambda dW: 2 * dW})
    (finding,) = check(trace, spec, *problem).findings
    assert len(finding.causes) == 2
    assert finding.note
    assert (finding.note.code, finding.note.facts) == ("note.other-batch-separates", {"m": 11})
    assert str(finding.cause).endswith("a batch of 11 other examples tells them apart")


def test_a_candidate_is_rerun_with_other_examples() -> None:
    """With m = 2 n_1, division by n_1 instead of m doubles the gradient."""
    spec = NetworkSpec.dense([5, 4, 3], "tanh", "softmax")
    problem = random_problem(spec, 8)
    batches = []

    def candidate(spec: NetworkSpec, params: Any, X: Array, Y: Array) -> Any:
        m = X.shape[1]
        batches.append(m)
        return faulty_run(spec, params, X, Y, {"dW1": lambda dW: dW * m / 4})

    (finding,) = check(candidate, spec, *problem).findings
    assert batches == [8, 8, 79, 64, 8, 8, 11]
    (cause,) = finding.causes
    assert cause.code == "dW.divided-by-n"
    assert cause.wrong_line == "dW = dZ @ A_prev.T / n"
    assert finding.batches == (8, 11)
    assert "checked with m = 8 and m = 11" in str(finding.cause)
