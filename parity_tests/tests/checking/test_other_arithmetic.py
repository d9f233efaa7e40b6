"""Halves whose steps are fused, or whose sums are kept in the format: not judged until declared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ref_numpy
from parity_tests import check
from parity_tests.checking.other_arithmetic import is_spread
from parity_tests.checking.second_level import has_second_level
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import BFLOAT16, DECLARED, FLOAT32, PRECISIONS, Precision
from parity_tests.kinds.equivalent_formulas import Formulas
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, NetworkSpec

SPEC = NetworkSpec.dense([40, 30, 20], "tanh")
M = 77


def running_sum(a: Array, b: Array, p: Precision) -> Array:
    """a b, where each product and each partial sum is a number of p."""
    total = np.zeros((a.shape[0], b.shape[1]))
    for k in range(a.shape[1]):
        total = p.round(total + p.round(a[:, k : k + 1] * b[k : k + 1])).astype(float)
    return total


def run_in(p: Precision, fused: bool = False, sums: bool = False) -> Callable[..., Any]:
    """Return run(spec, params, X, Y) of a two-layer network in p.

    Args:
        p: what is stored.
        fused: whether the next step takes what was not stored.
        sums: whether sums are kept in p.
    """

    def r(x: Array) -> Array:
        return p.round(x).astype(float)

    def product(a: Array, b: Array) -> Array:
        return running_sum(a, b, p) if sums else a @ b

    def run(spec: NetworkSpec, params: Any, X: Array, Y: Array) -> dict[str, Array]:
        W1, b1, W2, b2, X, Y = (x.astype(float) for x in (*params.values(), X, Y))
        kept: dict[str, Array] = {"A0": X}

        def keep(name: str, x: Array) -> Array:
            kept[name] = r(x)
            return x if fused else kept[name]

        A1 = keep("A1", np.tanh(keep("Z1", product(W1, X) + b1)))
        Z2 = keep("Z2", product(W2, A1) + b2)
        t = np.exp(Z2 - Z2.max(axis=0))
        dZ2 = keep("dZ2", keep("A2", t / t.sum(axis=0)) - Y)
        dA1 = keep("dA1", product(W2.T, dZ2))
        dZ1 = keep("dZ1", dA1 * (1 - A1**2))
        for l, dZ, A in ((1, dZ1, X), (2, dZ2, A1)):
            keep(f"dW{l}", r(product(dZ, A.T)) / M)
            keep(f"db{l}", r(product(dZ, np.ones((M, 1)))) / M)
        keep("dA0", product(W1.T, dZ1))
        return {n: x.astype(p.dtype) for n, x in kept.items()}

    return run


def report_on(run: Callable[..., Any], precision: str) -> Any:
    """Check it with large logits, whose softmax shows whether they were stored."""
    params, X, Y = random_problem(SPEC, M)
    return check(run, SPEC, params | {"W2": 4 * params["W2"]}, X, Y, precision)


@pytest.mark.parametrize("name", ["bfloat16", "float16"])
def test_every_step_stored_is_the_declared_arithmetic(name: str) -> None:
    assert report_on(run_in(PRECISIONS[name]), name).verdict == "passed"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "inside"),
    [("bfloat16", "fused"), ("float16", "fused"), ("bfloat16", "sums"), ("float16", "sums")],
)
def test_another_arithmetic_is_not_judged_until_it_is_declared(name: str, inside: str) -> None:
    run = run_in(PRECISIONS[name], **{inside: True})
    report = report_on(run, name)
    assert (report.verdict, report.declare) == ("not judged", f"{name}-{inside}")
    assert report.findings == ()
    assert f"--precision {name}-{inside}" in str(report)
    if inside == "sums":
        assert report_on(run, f"{name}-fused").declare == f"{name}-sums"
    declared = report_on(run, f"{name}-{inside}")
    assert not declared.findings
    assert declared.ratio <= 1
    assert declared.declare == ""


@pytest.mark.parametrize("name", ["bfloat16", "float16"])
def test_a_declaration_for_one_tensor_blunts_no_other(name: str) -> None:
    """Only db1 is summed in halves, the negative numbers first, so that partial sums are large."""
    p = PRECISIONS[name]

    def run(*problem: Any) -> dict[str, Array]:
        trace = run_in(p)(*problem)
        dZ1 = np.sort(trace["dZ1"].astype(float), axis=1)
        db1 = running_sum(dZ1, np.ones((M, 1)), p) / M
        return trace | {"db1": p.round(db1).astype(p.dtype)}

    report = report_on(run, f"{name}-sums")
    assert report.verdict == "passed"
    assert [t.name for t in report.tensors if t.less_accurate] == ["db1"]
    sharp = {t.name: t.bound for t in report_on(run_in(p), name).tensors}
    assert all(t.bound <= 2 * sharp[t.name] for t in report.tensors if t.name != "db1")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bfloat16", "float16"])
def test_a_fused_kernel_may_compute_a_gradient_again(name: str) -> None:
    """Where tanh saturates, 1 − A² of the stored A and of A itself are unlike."""
    p = PRECISIONS[name]

    def run(spec: NetworkSpec, params: Any, X: Array, Y: Array) -> dict[str, Array]:
        stored = run_in(p)(spec, params, X, Y)
        W1, dA1, Z1 = (x.astype(float) for x in (params["W1"], stored["dA1"], stored["Z1"]))
        dZ1 = dA1 * (1 - np.tanh(Z1) ** 2)
        own = {"dW1": dZ1 @ X.T / M, "db1": dZ1.sum(axis=1, keepdims=True) / M, "dA0": W1.T @ dZ1}
        return stored | {n: p.round(x).astype(p.dtype) for n, x in own.items()}

    def wrong(*problem: Any) -> dict[str, Array]:
        trace = run(*problem)
        return trace | {"dW1": 10 * trace["dW1"]}

    params, X, Y = random_problem(SPEC, M)
    problem = SPEC, params | {"W1": 3 * params["W1"]}, X, Y
    assert check(run, *problem, name).verdict != "passed"
    assert check(run, *problem, f"{name}-fused").verdict == "passed"
    (finding,) = check(wrong, *problem, f"{name}-fused").findings
    assert finding.tensor == "dW1"


@pytest.mark.parametrize(("units", "verdict"), [(1, "passed"), (2, "failed")])
def test_a_product_of_one_term_may_be_computed_again(units: int, verdict: str) -> None:
    """W A + b by one rounding, of which A takes the sum; the stored Z has two.

    It is an elementwise step, which a kernel computes again rather than read. A product of more
    terms is one that it reads.
    """

    def run(spec: NetworkSpec, params: Any, X: Array, Y: Array) -> dict[str, Array]:
        (W1, b1, W2, b2), m = params.values(), X.shape[1]
        Z1 = W1 @ X + b1
        A1 = np.maximum(W1.astype(float) @ X + b1, 0).astype(np.float32)
        last = NetworkSpec.dense([units, units], "identity", "identity", "squared_error")
        after = ref_numpy.run(last, {"W1": W2, "b1": b2}, A1, Y)
        named = {n.translate({ord("0"): "1", ord("1"): "2"}): x for n, x in after.items()}
        dZ1 = named["dA1"] * (Z1 > 0)
        before = {"A0": X, "Z1": Z1, "A1": A1, "dZ1": dZ1, "dA0": W1.T @ dZ1}
        gradients = {"dW1": dZ1 @ X.T / m, "db1": dZ1.sum(axis=1, keepdims=True) / m}
        return named | before | {n: x.astype(np.float32) for n, x in gradients.items()}

    spec = NetworkSpec.dense([units, units, units], "relu", "identity", "squared_error")
    problem = spec, *random_problem(spec, M, dtype=np.float32)
    assert check(run, *problem, "float32").verdict == "failed"
    assert check(run, *problem, "float32-fused").verdict == verdict


def test_a_gradient_that_is_stored_may_underflow_in_the_next_step() -> None:
    """Autocast stores float32, and adds halves: of alike examples each is cut off alike."""

    def run(spec: NetworkSpec, params: Any, X: Array, Y: Array) -> dict[str, Array]:
        (W1, b1), m = params.values(), X.shape[1]
        Z1 = (W1 @ X + b1).astype(np.float16).astype(np.float32)
        A1 = 1 / (1 + np.exp(-Z1))
        J = (np.log1p(np.exp(Z1)) - Y * Z1).mean()
        half = ((A1 - Y) / m).astype(np.float16).astype(float)
        own = {"dW1": half @ X.T, "db1": half.sum(axis=1, keepdims=True)}
        trace = {"A0": X, "Z1": Z1, "A1": A1, "J": J, "dZ1": A1 - Y}
        return {n: np.asarray(x, np.float32) for n, x in (trace | own).items()}

    spec = NetworkSpec.dense([2, 1], (), "sigmoid")
    X = np.repeat(np.float32([[0.5], [0.25]]), 7, axis=1)
    params = {"W1": np.float32([[-4.0, -8.0]]), "b1": np.float32([[-8.453125]])}  # Z = −12.453125
    problem = spec, params, X, np.zeros((1, 7), np.float32)
    assert check(run, *problem, "fp16-mixed").declare == "fp16-mixed-fused"
    declared = check(run, *problem, "fp16-mixed-fused")
    assert (declared.verdict, declared.findings) == ("passed", ()), str(declared)


def test_a_listed_mistake_is_a_finding_in_any_arithmetic() -> None:
    def twice(*problem: Any) -> Any:
        trace = run_in(BFLOAT16)(*problem)
        return trace | {"db2": 2 * trace["db2"]}

    (finding,) = report_on(twice, "bfloat16").findings
    assert "db.twice" in {cause.code for cause in finding.causes}


@pytest.mark.parametrize("factor", [0.5, 2, 10])
def test_a_single_wrong_element_is_a_finding(factor: float) -> None:
    """Rounding is everywhere."""

    def one_off(*problem: Any) -> Any:
        trace = run_in(BFLOAT16)(*problem)
        trace["dW2"][1, 2] *= factor
        return trace

    (finding,) = report_on(one_off, "bfloat16").findings
    assert finding.tensor == "dW2"


def spread(*z: float, n: int) -> bool:
    """Return is_spread of n elements that have these errors, and zero, at a bound of 1."""
    candidate = np.zeros(n)
    candidate[: len(z)] = z
    return is_spread(candidate, Formulas([ErrorArray(np.zeros(n), np.ones(n))]))


def test_one_error_among_many_is_no_rounding_and_one_among_few_may_be() -> None:
    """Of 82 normal numbers two are beyond σ, but for a probability of 1e-12."""
    assert [spread(0.9, n=n) for n in (1, 20, 81, 82, 600)] == [True, True, True, False, False]


def test_the_largest_error_may_be_a_normal_number_beside_the_next() -> None:
    """√(2 log(1200/1e-12)) = 8.333: so many standard deviations is the largest of 600."""
    assert spread(0.8333, 0.1, n=600)
    assert not spread(0.8334, 0.1, n=600)


@pytest.mark.parametrize("p", DECLARED.values(), ids=lambda p: p.name)
def test_a_declared_arithmetic_stores_what_its_format_does(p: Precision) -> None:
    plain = PRECISIONS[p.format]
    assert (p.u, p.dtype, p.underflow, p.largest) == (
        plain.u, plain.dtype, plain.underflow, plain.largest,
    )  # fmt: skip
    assert (p.name in {q.name for q in plain.wider}) == (p.u > FLOAT32.u)
    assert not has_second_level(p)
