"""A candidate is called again with the same numbers, and the report counts the calls."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import ref_numpy
from parity_tests import check
from parity_tests.checking.findings import Finding
from parity_tests.checking.judged import Calls
from parity_tests.checking.outcome import differs
from parity_tests.tests.support.repeated_calls import PROBLEM, SPEC, changing
from ref_numpy import Array, NetworkSpec


@pytest.mark.slow
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
    assert (first.kind, first.code) == ("later", "dW.value-later-same")
    assert first.causes[0].code == "dW.plus-batch-before"
    assert "at a later call, though it was right at first" in str(first)
    assert first.causes[0].wrong_line == "dW = dZ @ A_prev.T / m + dW_before"
    assert first.batches == (11, 79, 64)


def test_arrays_that_the_next_call_overwrites_are_no_finding() -> None:
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
    assert "at call 2 of 2 with the same numbers: the file is open already" in str(finding)


def test_any_exception_of_a_second_call_is_a_finding() -> None:
    """As torch does of a graph that is gone."""
    calls = []

    def once(*problem: Any) -> Any:
        calls.append(problem)
        if len(calls) > 1:
            raise RuntimeError("Trying to backward through the graph a second time")
        return ref_numpy.run(*problem)

    (finding,) = check(once, SPEC, *PROBLEM).findings
    assert "at call 2 of 2 with the same numbers: Trying to backward through the graph" in str(
        finding
    )


def test_a_random_tensor_is_reported_as_random() -> None:
    """Even where a constant fits one call's numbers."""
    rng = np.random.default_rng(0)

    def run(*problem: Any) -> Any:
        trace = ref_numpy.run(*problem)
        return trace | {"dW1": trace["dW1"] * (1 + 0.1 * rng.random())}

    (finding,) = check(run, SPEC, *PROBLEM).findings
    assert finding.remark
    assert finding.remark.code == "unknown.random"
    assert finding.cause == finding.remark.message
    assert not finding.causes


@pytest.mark.slow
def test_a_gradient_that_is_zero_at_every_second_call_is_found() -> None:
    every_second = changing(lambda t, n, _: t if n % 2 else t | {"dW2": 0 * t["dW2"]})
    (finding,) = check(every_second, SPEC, *PROBLEM).findings
    assert (finding.tensor, finding.kind) == ("dW2", "later")
    same, size, values = finding.facts["where"]
    assert same == "at call 2 of 2 with the same numbers"
    assert size == "with m = 64, a multiple of 64"
    assert values.startswith("with the same parameters as before, and other X and Y")
    assert f"though it was right at first: {same}, and at 2 more calls" in str(finding)
    assert "kept" not in str(finding)  # zeros are equal to any zeros


def test_a_fault_at_one_of_many_calls_is_counted() -> None:
    """At calls 3 and 6 of ten."""
    rare = changing(lambda t, n, _: t | {"db1": 2 * t["db1"]} if n in (3, 6, 99) else t)
    (finding,) = check(rare, SPEC, *PROBLEM, calls=10).findings
    assert finding.facts["where"] == ("at 2 of 10 calls with the same numbers, first at call 3",)


def test_an_argument_that_is_changed_at_a_later_call_is_found() -> None:
    def vandal(trace: Any, n: int, problem: Any) -> Any:
        problem[1]["W1"][0, 0] += n > 1
        return trace

    (finding,) = check(changing(vandal), SPEC, *PROBLEM).findings
    assert (finding.tensor, finding.kind) == ("W1", "later")
    assert finding.code == "argument.changed-later-same"


def test_a_trace_and_a_single_call_say_nothing_of_later_calls() -> None:
    calls: list[int] = []
    count = changing(lambda t, n, _: calls.append(n) or t)
    report = check(count, SPEC, *PROBLEM, calls=1)
    assert (report.passed, len(calls), report.calls) == (True, 1, Calls(1))
    assert "called once: not judged at a later call" in str(report)
    trace = check(ref_numpy.run(SPEC, *PROBLEM), SPEC, *PROBLEM)
    assert (trace.passed, trace.calls) == (True, None)
    assert json.loads(trace.to_json())["calls"] is None


def test_the_report_counts_the_calls_and_names_the_rate_that_they_find() -> None:
    """With probability 0.95, 59 calls find a fault of 1 in 20, and 58 do not: 0.95⁵⁹ < 0.05."""
    assert 0.95**59 < 0.05 < 0.95**58
    assert Calls(59).rate < 1 / 20 < Calls(58).rate
    assert Calls(57, (8, 9)).rate == Calls(59).rate
    calls: list[Any] = []
    report = check(changing(lambda t, n, p: calls.append(p) or t), SPEC, *PROBLEM, calls=3)
    sizes = [X.shape[1] for _, _, X, _ in calls]
    assert sizes == [11, 11, 11, 79, 64, 11, 11]
    assert report.calls == Calls(3, (79, 64, 11, 11))
    line = (
        "called 3 times with the same numbers and 4 times with others (m = 79, 64 and 11): a "
        "random fault of 1 in 2.9 calls is found with a probability of 95 %"
    )
    assert line in str(report)
    made = json.loads(report.to_json())["calls"]
    assert (made["same"], made["others"], made["total"]) == (3, [79, 64, 11, 11], 7)
    assert made["rate"] == report.calls.rate


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.float64])
def test_a_tensor_of_any_dtype_differs_by_more_than_its_bound(dtype: Any) -> None:
    wrong = Finding("dW1", "value", "", bound=0.5)
    zeros, ones = np.zeros((2, 3), dtype), np.ones((2, 3), dtype)
    assert differs(wrong, {"dW1": zeros}, {"dW1": ones})
    assert not differs(wrong, {"dW1": ones}, {"dW1": ones})
