"""Numbers of a lower precision in a program of a higher one: found, and it is said where."""

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
    ("float64", "Z2", lambda t, p: (p["W2"] @ t["A1"] + p["b2"]).astype(f32), "it was computed"),
    ("float64", "Z2", lambda t, p: p["W2"].astype(f32) @ t["A1"] + p["b2"], "W was rounded to"),
    ("float64", "Z2", lambda t, p: p["W2"] @ t["A1"].astype(f32) + p["b2"], "A_prev was rounded"),
    ("float64", "Z2", lambda t, p: (p["W2"].astype(f32) @ t["A1"].astype(f32)).astype(f64)
     + p["b2"], "W @ A_prev was computed in float32"),
    ("float64", "dW2", lambda t, p: (t["dZ2"] @ t["A1"].T).astype(f32).astype(f64) / M,
     "dZ @ A_prev.T was computed in float32"),
    ("float64", "db2", lambda t, p: t["dZ2"].astype(f32).sum(1, keepdims=True, dtype=f64) / M,
     "dZ was rounded to float32"),
    ("float64", "J", lambda t, p: f64(f32(t["J"])), "it was computed, or stored, in float32"),
    ("float64", "A2", lambda t, p: np.tanh(t["Z2"].astype(f32)), "in float32: its numbers are"),
    ("float32", "A2", lambda t, p: t["A2"].astype(f16), "it was computed, or stored, in float16"),
    ("float32", "dZ2", lambda t, p: bf16(t["dZ2"]), "it was computed, or stored, in bfloat16"),
    ("float32", "dA1", lambda t, p: bf16(p["W2"]).T @ t["dZ2"], "W was rounded to bfloat16"),
    ("float32", "Z2", lambda t, p: in_a_loop(p["W2"], t["A1"], f16) + p["b2"],
     "the sum was kept in float16, one term after the other"),
    ("float32", "dW1", lambda t, p: in_a_loop(t["dZ1"], t["A0"].T, f16) / M,
     "the sum was kept in float16, one term after the other"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("precision", "name", "mistake", "said"), CASES, ids=[f"{c[1]}-{c[3]}" for c in CASES]
)
def test_a_lower_precision_is_named(precision: str, name: str, mistake, said: str) -> None:
    dtype = np.dtype(precision)
    problem = random_problem(SPEC, M, 3, dtype)
    right = faulty_run(SPEC, *problem, {})
    wrong = np.asarray(mistake(right, problem[0]), dtype)
    trace = faulty_run(SPEC, *problem, {name: lambda x: wrong})
    (finding,) = check(trace, SPEC, *problem, precision).findings
    assert finding.tensor == name
    assert said in str(finding.cause)
    assert not str(finding.cause).startswith("perhaps")


@pytest.mark.parametrize("scale", [2.0**-40, 2.0**-30, 2.0**-26])
def test_noise_of_the_size_of_a_lower_precisions_rounding_is_not_one(scale: float) -> None:
    """It is within that precision's allowance, and its numbers are none of that precision's."""
    problem = random_problem(SPEC, M, 3)
    rng = np.random.default_rng(0)
    for name in ("Z2", "A2", "dZ2", "dW2", "db2", "dA1"):
        trace = faulty_run(
            SPEC, *problem, {name: lambda x: x * (1 + scale * rng.standard_normal(x.shape))}
        )
        (finding,) = check(trace, SPEC, *problem).findings
        assert str(finding.cause).startswith("unknown"), finding.cause


def test_integers_cut_fractions_off() -> None:
    problem = random_problem(SPEC, M, 3)
    trace = faulty_run(SPEC, *problem, {"dW1": lambda dW: (dW * M) // M})
    (finding,) = check(trace, SPEC, *problem).findings
    assert "// is integer division, which cuts fractions off" in str(finding.cause)
    assert finding.causes[0].line == "dW = dZ @ A_prev.T // m"
