"""A candidate is called again: with the same numbers, with others, with another m."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ref_numpy
from parity_tests import check
from parity_tests.checking.findings import Finding
from parity_tests.checking.guarded_calls import CandidateLost
from parity_tests.checking.judged import Calls
from parity_tests.checking.other_problems import (
    TILE,
    other_sizes,
    reordered,
    reordered_rows,
    resampled,
)
from parity_tests.checking.outcome import differs
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, NetworkSpec

SPEC = NetworkSpec.dense([5, 7, 3], "relu", "softmax")
PROBLEM = random_problem(SPEC, 11)
Run = Callable[..., Any]


def changing(change: Callable[[dict[str, Array], int, Any], Any]) -> Run:
    """A run of the reference, of which change(trace, number of the call, problem) is returned."""
    calls: list[Any] = []

    def run(*problem: Any) -> Any:
        calls.append(problem)
        return change(dict(ref_numpy.run(*problem)), len(calls), problem)

    return run


# With the same numbers.


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


# With other parameters, or other X and Y.


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


# With other numbers of examples.


def test_the_rest_of_a_larger_batch_in_a_buffer_is_found() -> None:
    """The buffer grows with m, and a sum over it all has columns of the larger batch before."""
    buffers: list[Array] = []

    def buffered(trace: Any, n: int, problem: Any) -> Any:
        dZ2, m = trace["dZ2"], problem[2].shape[1]
        if not buffers or buffers[0].shape[1] < m:
            buffers[:] = [np.zeros_like(dZ2)]
        buffers[0][:, :m] = dZ2
        return trace | {"db2": buffers[0].sum(axis=1, keepdims=True) / m}

    for m in (11, 64, 100):
        buffers.clear()
        (finding,) = check(changing(buffered), SPEC, *random_problem(SPEC, m)).findings
        assert finding.tensor == "db2"


@pytest.mark.parametrize("m", [*range(1, 200), 256, 1000, 4096])
def test_one_number_of_examples_is_a_multiple_of_the_tile_and_one_has_a_rest(m: int) -> None:
    every = [m, *other_sizes(m)]
    assert any(n % TILE == 0 for n in every)
    assert any(n > TILE and n % 8 for n in every)
    assert len(set(every)) == len(every) <= 3


@pytest.mark.parametrize("tile", [8, 16, 64])
@pytest.mark.parametrize("m", [11, 64, 256])
def test_a_last_tile_that_is_left_out_is_found(m: int, tile: int) -> None:
    def tiled(trace: Any, n: int, problem: Any) -> Any:
        whole = max(problem[2].shape[1] // tile, 1) * tile
        db2 = trace["dZ2"][:, :whole].sum(axis=1, keepdims=True) / problem[2].shape[1]
        return trace | {"db2": db2}

    report = check(changing(tiled), SPEC, *random_problem(SPEC, m))
    assert [f.tensor for f in report.findings] == ["db2"]
    if m == 64:
        assert "with m = 79, no multiple of 8" in str(report.findings[0])


def test_an_error_at_multiples_of_the_tile_alone_is_found() -> None:
    wrong = changing(lambda t, n, p: t if p[2].shape[1] % TILE else t | {"J": 2 * t["J"]})
    (finding,) = check(wrong, SPEC, *PROBLEM).findings
    assert finding.code == "J.value-later-size"
    assert finding.facts["where"] == ("with m = 64, a multiple of 64",)


def test_the_end_of_the_process_names_the_call() -> None:
    """It is no finding like others: there is nothing more to call."""

    def crashes(trace: Any, n: int, problem: Any) -> Any:
        if problem[2].shape[1] == 79:
            raise CandidateLost("mine crashed with SIGSEGV", "call.crashed")
        return trace

    with pytest.raises(
        CandidateLost, match="failed with m = 79, no multiple of 8: mine cra"
    ) as end:
        check(changing(crashes), SPEC, *PROBLEM)
    assert end.value.code == "call.crashed"


def test_a_program_for_one_m_is_not_judged_at_another() -> None:
    def fixed(trace: Any, n: int, problem: Any) -> Any:
        if problem[2].shape[1] != 11:
            raise ValueError("compiled for 11 examples")
        return trace

    report = check(changing(fixed), SPEC, *PROBLEM)
    assert report.passed
    assert report.calls == Calls(2, (11, 11))
    assert report.notes == (
        "not judged with m = 79, no multiple of 8, where it failed: compiled for 11 examples",
        "not judged with m = 64, a multiple of 64, where it failed: compiled for 11 examples",
    )


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.float64])
def test_a_tensor_of_any_dtype_differs_by_more_than_its_bound(dtype: Any) -> None:
    wrong = Finding("dW1", "value", "", bound=0.5)
    zeros, ones = np.zeros((2, 3), dtype), np.ones((2, 3), dtype)
    assert differs(wrong, {"dW1": zeros}, {"dW1": ones})
    assert not differs(wrong, {"dW1": ones}, {"dW1": ones})
