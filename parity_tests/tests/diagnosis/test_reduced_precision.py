"""Numbers of a lower precision in a program of a higher one: found, with their place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from parity_tests import check
from parity_tests.campaigns.fault_injection import faulty_run
from parity_tests.error_model.precisions import BFLOAT16
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, NetworkSpec

M = 11
SPEC = NetworkSpec.dense([5, 7, 6, 3], ["relu", "tanh"], "softmax")
f16, f32, f64 = np.float16, np.float32, np.float64


def in_a_loop(a: Array, b: Array, dtype: type) -> Array:
    """a b, as three nested loops over numbers of a type would add it."""
    total = np.zeros((len(a), b.shape[1]), dtype)
    for i, j in np.ndindex(*total.shape):
        for k in range(a.shape[1]):
            total[i, j] = dtype(total[i, j] + dtype(a[i, k] * b[k, j]))
    return total.astype(a.dtype)


def bf16(x: Array) -> Array:
    return BFLOAT16.round(x).astype(x.dtype)


CASES: list[tuple[str, str, Callable[..., Any], str]] = [
    ("float64", "Z2", lambda t, p: (p["W2"] @ t["A1"] + p["b2"]).astype(f32),
     "Z.stored-in-float32"),
    ("float64", "Z2", lambda t, p: p["W2"].astype(f32) @ t["A1"] + p["b2"],
     "Z.rounded-operand-float32"),
    ("float64", "Z2", lambda t, p: p["W2"] @ t["A1"].astype(f32) + p["b2"],
     "Z.rounded-operand-float32"),
    ("float64", "Z2", lambda t, p: (p["W2"].astype(f32) @ t["A1"].astype(f32)).astype(f64)
     + p["b2"], "Z.part-in-float32"),
    ("float64", "dW2", lambda t, p: (t["dZ2"] @ t["A1"].T).astype(f32).astype(f64) / M,
     "dW.part-in-float32"),
    ("float64", "db2", lambda t, p: t["dZ2"].astype(f32).sum(1, keepdims=True, dtype=f64) / M,
     "db.rounded-operand-float32"),
    ("float64", "J", lambda t, p: f64(f32(t["J"])), "J.stored-in-float32"),
    ("float64", "A2", lambda t, p: np.tanh(t["Z2"].astype(f32)), "A.stored-in-float32"),
    ("float32", "A2", lambda t, p: t["A2"].astype(f16), "A.stored-in-float16"),
    ("float32", "dZ2", lambda t, p: bf16(t["dZ2"]), "dZ.stored-in-bfloat16"),
    ("float32", "dA1", lambda t, p: bf16(p["W2"]).T @ t["dZ2"], "dA.rounded-operand-bfloat16"),
    ("float32", "Z2", lambda t, p: in_a_loop(p["W2"], t["A1"], f16) + p["b2"],
     "Z.running-sum-in-float16"),
    ("float32", "dW1", lambda t, p: in_a_loop(t["dZ1"], t["A0"].T, f16) / M,
     "dW.running-sum-in-float16"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("precision", "name", "mistake", "code"), CASES, ids=[f"{c[1]}-{c[3]}" for c in CASES]
)
def test_a_lower_precision_is_named(precision: str, name: str, mistake, code: str) -> None:
    dtype = np.dtype(precision)
    problem = random_problem(SPEC, M, 3, dtype)
    right = faulty_run(SPEC, *problem, {})
    wrong = np.asarray(mistake(right, problem[0]), dtype)
    trace = faulty_run(SPEC, *problem, {name: lambda x: wrong})
    (finding,) = check(trace, SPEC, *problem, precision).findings
    assert finding.tensor == name
    (cause,) = (cause for cause in finding.causes if cause.code == code)
    assert cause.is_certain
    assert not str(finding.cause).startswith("perhaps")


@pytest.mark.slow
@pytest.mark.parametrize("scale", [2.0**-40, 2.0**-30, 2.0**-26])
def test_noise_of_the_size_of_a_lower_precisions_rounding_is_not_one(scale: float) -> None:
    """It is within that precision's bound, and its numbers are not of that precision."""
    problem = random_problem(SPEC, M, 3)
    rng = np.random.default_rng(0)
    for name in ("Z2", "A2", "dZ2", "dW2", "db2", "dA1"):
        trace = faulty_run(
            SPEC, *problem, {name: lambda x: x * (1 + scale * rng.standard_normal(x.shape))}
        )
        (finding,) = check(trace, SPEC, *problem).findings
        assert finding.remark, finding.cause
        assert finding.remark.code == "unknown.no-known-mistake"


def test_integers_cut_fractions_off() -> None:
    problem = random_problem(SPEC, M, 3)
    trace = faulty_run(SPEC, *problem, {"dW1": lambda dW: (dW * M) // M})
    (finding,) = check(trace, SPEC, *problem).findings
    assert finding.causes[0].code == "dW.integer-division"
    assert finding.causes[0].wrong_line == "dW = dZ @ A_prev.T // m"
