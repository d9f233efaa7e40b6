"""A candidate is called again: what it remembers is found, and chance is told from cause."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ref_numpy
from parity_tests import check
from parity_tests.campaigns.fault_injection import faulty_run
from parity_tests.checking.findings import CHANCE
from parity_tests.error_model.precisions import BFLOAT16
from parity_tests.kinds.random_problem import random_problem
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


def test_what_is_random_is_said_to_be() -> None:
    """Whatever constant fits one call's numbers."""
    rng = np.random.default_rng(0)

    def run(*problem: Any) -> Any:
        trace = ref_numpy.run(*problem)
        return trace | {"dW1": trace["dW1"] * (1 + 0.1 * rng.random())}

    (finding,) = check(run, SPEC, *PROBLEM).findings
    assert str(finding.cause).startswith("unknown: two calls with the same examples gave other num")
    assert not finding.causes


Divisor = Callable[[int], float]
COINCIDENCES: list[tuple[int, list[int], Divisor, str]] = [
    (11, [5, 7, 6, 3], lambda m: m + 1, "it was divided by m + 1 in the place of m"),
    (10, [5, 7, 6, 3], lambda m: 10 * m, "it is 0.1 times what it should be"),
    (16, [8, 4, 4, 2], lambda m: 64, "unknown: no mistake gives these numbers and those of 19"),
    (5, [8, 4, 4, 3], lambda m: 0.8 * m, "it is 1.25 times what it should be"),
]


@pytest.mark.parametrize(("m", "dims", "divisor", "said"), COINCIDENCES)
def test_a_coincidence_of_sizes_is_refuted_by_other_examples(m, dims, divisor, said) -> None:
    """1/12 is 1/6 · 1/2, 0.1 is 1/m, 64 is n · m, and 1.25 is m/n."""
    spec = NetworkSpec.dense(dims, "tanh", "softmax")

    def run(spec: NetworkSpec, params: Any, X: Array, Y: Array) -> Any:
        t = faulty_run(spec, params, X, Y, {})
        dW = t["dZ3"] @ t["A2"].T / divisor(X.shape[1])
        return faulty_run(spec, params, X, Y, {"dW3": lambda x: dW})

    (finding,) = check(run, spec, *random_problem(spec, m)).findings
    assert str(finding.cause).startswith(said), finding.cause


def test_what_is_right_with_other_examples_has_no_cause() -> None:
    def run(spec: NetworkSpec, params: Any, X: Array, Y: Array) -> Any:
        half = 0.5 if X.shape[1] == 11 else 1
        return faulty_run(spec, params, X, Y, {"db1": lambda db: half * db})

    (finding,) = check(run, SPEC, *PROBLEM).findings
    assert finding.cause == "unknown: with 14, 17, 20, 23, 26 other examples it is right"


@pytest.mark.parametrize("c", [0.223, 0.559, 0.664, 1.47, 2.92])
def test_a_constant_of_low_precision_is_blamed_on_nothing_else(c: float) -> None:
    """Of bfloat16 some product of factors is near every number."""
    params, X, Y = PROBLEM
    problem = {n: BFLOAT16.round(a) for n, a in params.items()}, *map(BFLOAT16.round, (X, Y))
    for name in ("J", "dW1", "db2", "dW2"):

        def run(*given: Any, name: str = name) -> Any:
            return faulty_run(*given, {name: lambda x: BFLOAT16.round(c * x)})

        (finding,) = check(run, SPEC, *problem, "bfloat16").findings
        sure = [cause.said for cause in finding.causes if cause.chance <= CHANCE]
        assert all("times what it should be" in said for said in sure), finding.cause


def test_whatever_a_second_call_raises_is_a_finding() -> None:
    """As torch does of a graph that is gone."""
    calls = []

    def once(*problem: Any) -> Any:
        calls.append(problem)
        if len(calls) > 1:
            raise RuntimeError("Trying to backward through the graph a second time")
        return ref_numpy.run(*problem)

    (finding,) = check(once, SPEC, *PROBLEM).findings
    assert "its second call failed: Trying to backward through the graph" in str(finding)


def test_a_mistake_that_changes_nothing_elsewhere_is_asked_of_more_examples() -> None:
    """The first example is left out, which in the batch of 14 is one of zeros."""

    def run(spec: NetworkSpec, params: Any, X: Array, Y: Array) -> Any:
        X = np.where(np.arange(X.shape[1]) > 0, X, 0) if X.shape[1] == 14 else X
        trace = faulty_run(spec, params, X, Y, {})
        dW1 = trace["dZ1"][:, 1:] @ trace["A0"][:, 1:].T / X.shape[1]
        return trace | {"dW1": dW1, "A0": X}

    params, X, Y = PROBLEM
    report = check(run, SPEC, params, X, Y)
    (finding,) = report.findings
    assert finding.causes[0].said == "the first example is left out"
    assert "and 14, 17 other examples" in str(finding.cause)


def test_the_dtype_of_a_tensor_is_no_number_that_needs_a_cause() -> None:
    spec = NetworkSpec.dense([5, 7, 3], "tanh", "softmax")

    def stored(spec, params, X, Y):
        trace = ref_numpy.run(spec, params, X, Y)
        return {**trace, "dA1": trace["dA1"].astype(np.float32)}

    dtype, value, *_ = check(stored, spec, *random_problem(spec, 11)).findings
    assert (dtype.kind, dtype.cause) == ("dtype", None)
    assert "float32" in str(value.cause)
