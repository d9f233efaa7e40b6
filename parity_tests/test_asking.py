"""A candidate is called again: what it remembers is found, and chance is told from cause."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ref_numpy
from parity_tests.checking import check
from parity_tests.examples import random_problem
from parity_tests.faults import faulty_run
from parity_tests.precision import BFLOAT16
from parity_tests.report import CHANCE
from ref_numpy import Array, NetworkSpec

SPEC = NetworkSpec.dense([5, 7, 3], "relu", "softmax")
PROBLEM = random_problem(SPEC, 11)


def test_gradients_that_are_added_to_those_before_are_found() -> None:
    """At the first call they are right."""
    sums: dict[str, Any] = {}

    def accumulates(*problem: Any) -> Any:
        trace = ref_numpy.run(*problem)
        for name in ("dW1", "db1", "dW2", "db2"):
            sums[name] = trace[name] = sums.get(name, 0) + trace[name]
        return trace

    report = check(accumulates, SPEC, *PROBLEM)
    assert {f.tensor for f in report.findings} == {"dW1", "db1", "dW2", "db2"}
    first = report.findings[0]
    assert str(first.cause).startswith("the gradient of the batch before was added  (this gives")
    assert "at a later call, though it was right at first" in str(first)
    assert first.causes[0].line == "dW = dZ @ A_prev.T / m + dW_before"


def test_what_is_overwritten_by_the_next_call_is_not_held_against_it() -> None:
    """Results in arrays that the candidate uses again."""
    own: dict[str, Array] = {}

    def in_place(spec: NetworkSpec, params: Any, X: Array, Y: Array) -> Any:
        for name, tensor in ref_numpy.run(spec, params, X, Y).items():
            if name in own and own[name].shape == tensor.shape:
                own[name][...] = tensor
            else:
                own[name] = np.array(tensor)
        return own

    check(in_place, SPEC, *PROBLEM).raise_findings()


def test_noise_between_calls_that_is_rounding_is_no_finding() -> None:
    """As sums that a GPU adds in another order at every call."""
    rng = np.random.default_rng(0)

    def wobbles(*problem: Any) -> Any:
        trace = ref_numpy.run(*problem)
        up = rng.random(trace["dW2"].shape) < 0.5
        return trace | {"dW2": np.where(up, np.nextafter(trace["dW2"], np.inf), trace["dW2"])}

    check(wobbles, SPEC, *PROBLEM).raise_findings()


def test_a_second_call_that_fails_is_a_finding() -> None:
    calls = []

    def once(*problem: Any) -> Any:
        calls.append(problem)
        if len(calls) > 1:
            raise ref_numpy.InputError("the file is open already")
        return ref_numpy.run(*problem)

    (finding,) = check(once, SPEC, *PROBLEM).findings
    assert "its second call failed: the file is open already" in str(finding)


def one_number(wrong: Any) -> Any:
    def run(spec: NetworkSpec, params: Any, X: Array, Y: Array) -> Any:
        return faulty_run(spec, params, X, Y, {"J": lambda J: wrong(J, X.shape[1])})

    return run


@pytest.mark.parametrize("precision", ["float64", "bfloat16"])
def test_one_number_of_low_precision_needs_other_examples(precision: str) -> None:
    """Of bfloat16's numbers so few are near J that some mistake gives most of them."""
    rounded = BFLOAT16.round if precision == "bfloat16" else np.float64
    problem = {n: rounded(a) for n, a in PROBLEM[0].items()}, *map(rounded, PROBLEM[1:])
    wrong = one_number(lambda J, m: rounded(J * m))
    (of_a_trace,) = check(wrong(SPEC, *problem), SPEC, *problem, precision).findings
    (of_a_function,) = check(wrong, SPEC, *problem, precision).findings
    said = "it is m times too large: the 1/m is missing"
    assert said in [cause.said for cause in of_a_trace.causes]
    assert [cause.said for cause in of_a_function.causes] == [said]
    assert of_a_function.causes[0].chance <= CHANCE
    assert str(of_a_function.cause).startswith(said)
    sure = of_a_trace.causes[0].chance <= CHANCE
    assert sure == (precision == "float64")
    assert str(of_a_trace.cause).startswith("perhaps") != sure


def test_a_number_that_fits_once_and_not_again_is_unknown() -> None:
    """J is m times too large for 11 examples, and something else for others."""
    wrong = one_number(lambda J, m: np.float32(J * (11 if m == 11 else 11.5)))
    params, X, Y = PROBLEM
    problem = {n: a.astype(np.float32) for n, a in params.items()}, *map(np.float32, (X, Y))
    report = check(wrong, SPEC, *problem, "float32")
    (finding,) = report.findings
    assert finding.tensor == "J"
    assert not finding.causes or finding.causes[0].chance <= CHANCE
