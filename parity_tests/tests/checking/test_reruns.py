"""A wrong candidate is called again with other examples: chance is separated from cause."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ref_numpy
from parity_tests import check
from parity_tests.campaigns.fault_injection import faulty_run
from parity_tests.error_model.precisions import BFLOAT16
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, NetworkSpec

SPEC = NetworkSpec.dense([5, 7, 3], "relu", "softmax")
PROBLEM = random_problem(SPEC, 11)


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
    code, text = "J.missing-1/m", "it is m times too large: the 1/m is missing"
    assert code in [cause.code for cause in of_a_trace.causes]
    assert [cause.code for cause in of_a_function.causes] == [code]
    assert of_a_function.causes[0].is_certain
    assert str(of_a_function.cause).startswith(text)
    sure = of_a_trace.causes[0].is_certain
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
    assert not finding.causes or finding.causes[0].is_certain


Divisor = Callable[[int], float]
# The number of examples, the sizes, the divisor; the cause's code, and its constant.
COINCIDENCES: list[tuple[int, list[int], Divisor, str, str | None]] = [
    (11, [5, 7, 6, 3], lambda m: m + 1, "dW.divided-by-m+1", None),
    (10, [5, 7, 6, 3], lambda m: 10 * m, "dW.times-c", "0.1"),
    (16, [8, 4, 4, 2], lambda m: 64, "dW.times-c", "m/64"),
    (5, [8, 4, 4, 3], lambda m: 0.8 * m, "dW.times-c", "1.25"),
]


@pytest.mark.parametrize(("m", "dims", "divisor", "code", "c"), COINCIDENCES)
def test_a_coincidence_of_sizes_is_refuted_by_other_examples(m, dims, divisor, code, c) -> None:
    """1/12 is 1/6 · 1/2, 0.1 is 1/m, 64 is n · m, and 1.25 is m/n."""
    spec = NetworkSpec.dense(dims, "tanh", "softmax")

    def run(spec: NetworkSpec, params: Any, X: Array, Y: Array) -> Any:
        t = faulty_run(spec, params, X, Y, {})
        dW = t["dZ3"] @ t["A2"].T / divisor(X.shape[1])
        return faulty_run(spec, params, X, Y, {"dW3": lambda x: dW})

    (finding,) = check(run, spec, *random_problem(spec, m)).findings
    (cause,) = finding.causes
    assert (cause.code, cause.facts.get("c")) == (code, c), finding.cause


def test_a_tensor_that_is_right_in_reruns_has_no_cause() -> None:
    def run(spec: NetworkSpec, params: Any, X: Array, Y: Array) -> Any:
        half = 0.5 if X.shape[1] == 11 else 1
        return faulty_run(spec, params, X, Y, {"db1": lambda db: half * db})

    (finding,) = check(run, SPEC, *PROBLEM).findings
    assert finding.remark
    assert finding.remark.code == "unknown.right-elsewhere"
    assert finding.cause == "unknown: with 14, 17, 20, 23, 26 other examples it is right"


@pytest.mark.parametrize("c", [0.223, 0.559, 0.664, 1.47, 2.92])
@pytest.mark.slow
def test_a_constant_of_low_precision_is_blamed_on_nothing_else(c: float) -> None:
    """Of bfloat16 some product of factors is near every number."""
    params, X, Y = PROBLEM
    problem = {n: BFLOAT16.round(a) for n, a in params.items()}, *map(BFLOAT16.round, (X, Y))
    for name in ("J", "dW1", "db2", "dW2"):

        def run(*given: Any, name: str = name) -> Any:
            return faulty_run(*given, {name: lambda x: BFLOAT16.round(c * x)})

        (finding,) = check(run, SPEC, *problem, "bfloat16").findings
        sure = [cause.code for cause in finding.causes if cause.is_certain]
        assert all(code.endswith(".times-c") for code in sure), finding.cause


def test_a_mistake_that_changes_nothing_in_one_rerun_needs_another() -> None:
    """The first example is left out, which in the batch of 14 is one of zeros."""

    def run(spec: NetworkSpec, params: Any, X: Array, Y: Array) -> Any:
        X = np.where(np.arange(X.shape[1]) > 0, X, 0) if X.shape[1] == 14 else X
        trace = faulty_run(spec, params, X, Y, {})
        dW1 = trace["dZ1"][:, 1:] @ trace["A0"][:, 1:].T / X.shape[1]
        return trace | {"dW1": dW1, "A0": X}

    params, X, Y = PROBLEM
    report = check(run, SPEC, params, X, Y)
    (finding,) = report.findings
    assert finding.causes[0].code == "dW.missing-first-example"
    assert "checked with m = 11, m = 14 and m = 17" in str(finding.cause)


def test_the_dtype_of_a_tensor_is_no_number_that_needs_a_cause() -> None:
    spec = NetworkSpec.dense([5, 7, 3], "tanh", "softmax")

    def stored(spec, params, X, Y):
        trace = ref_numpy.run(spec, params, X, Y)
        return {**trace, "dA1": trace["dA1"].astype(np.float32)}

    dtype, value, *_ = check(stored, spec, *random_problem(spec, 11)).findings
    assert (dtype.kind, dtype.cause) == ("dtype", None)
    assert "float32" in str(value.cause)
