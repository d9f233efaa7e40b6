"""The bound of a batch that is computed in parts, beside the true rounding error."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from parity_tests.checking.check_trace import check_layers, check_trace
from parity_tests.checking.comparison import Comparison
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import BF16_MIXED, BFLOAT16, FLOAT32
from parity_tests.kinds.equivalent_formulas import by_autograd, mean
from ref_numpy import Array, NetworkSpec

TIMES = 3000


def r(x: Array | float) -> Array:
    return BFLOAT16.round(np.asarray(x)).astype(np.float64)


def numbers(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape)


@pytest.mark.parametrize("N", [3, 5])
def test_the_mean_is_of_numbers_that_were_stored(N: int) -> None:
    """Each is rounded, divided, and added to the sum before; more than the first is needed."""
    exact = numbers(N, TIMES, 1)
    total = np.zeros((TIMES, 1))
    for part in exact:
        total = r(total + r(r(part) * r(1 / N)))
    stored = [ErrorArray(part, BFLOAT16.u * np.abs(part), BFLOAT16) for part in exact]
    assert Comparison.of(total, [mean(stored)]).ratio <= 1
    alone = ErrorArray(mean(stored).value, sum(part.error for part in stored) / N)
    assert Comparison.of(total, [alone]).ratio > 1


@pytest.mark.slow
def test_the_first_gradient_of_a_micro_batch_is_of_a_part_of_J() -> None:
    """J/N, whose gradient goes back through the criterion: m N (d (1/N) (1/m)), each rounded."""
    N, m, n_y = 3, 33, 2
    p = replace(BFLOAT16, parts=N)
    d = r(numbers(TIMES, n_y, m))
    criterion = r(r(r(1 / N) * (n_y / 2)) * r(2 / (m * n_y)))
    handed_over = r(d * criterion) * m * N
    pairs = list(zip(handed_over, d, strict=True))
    used = [Comparison.of(c, [by_autograd(ErrorArray(x, p=p), m)]).ratio for c, x in pairs]
    assert max(used) <= 1
    one, other = (by_autograd(ErrorArray(d[0], p=q), m).error for q in (p, BFLOAT16))
    assert (one > other).all()


def squared_error(m: int, N: int) -> tuple[NetworkSpec, dict[str, Array], Array, Array]:
    spec = NetworkSpec.dense([2, 3], output="identity")
    params = {"W1": r(numbers(3, 2, seed=1)), "b1": r(numbers(3, 1, seed=2))}
    return spec, params, r(numbers(2, m * N, seed=3)), r(numbers(3, m * N, seed=4))


@pytest.mark.slow
@pytest.mark.parametrize(("parts", "right"), [(45, True), (1, False)])
def test_the_cost_and_the_gradients_of_each_part_are_stored(parts: int, right: bool) -> None:
    """The mean of 45 equal parts, whose sum rounds to the same side again and again; one batch
    may not round so much."""
    N, m, findings = 45, 2, set()
    for seed in range(20):
        spec, params, X, _ = squared_error(m, N)
        A = r(params["W1"] @ X + params["b1"])
        dA, J, db = r(np.full((3, m * N), 1 + seed / 20)), r(0.0), r(np.zeros((3, 1)))
        for k in range(N):
            d = dA[:, k * m : (k + 1) * m]
            J = r(J + r(r((d**2).sum() / 2 / m) / N))
            db = r(db + r(r(d.sum(axis=1, keepdims=True) / m) / N))
        trace = {"Z1": A, "A1": A, "J": J, "dA1": dA, "dZ1": dA, "db1": db}
        trace = {n: a.astype(np.float32) for n, a in trace.items()}
        p = replace(BFLOAT16, parts=parts)
        report = check_layers(spec, params, X, A - dA, trace, p, "")
        findings |= {f.tensor for f in report.findings}
    assert findings == (set() if right else {"J", "db1"})


@pytest.mark.parametrize(("p", "right"), [(BF16_MIXED, True), (FLOAT32, False)])
def test_autocast_rounds_a_bias_before_it_is_added(p, right: bool) -> None:
    """1 + 0.99·2⁻⁸ becomes 1, and so does its sum with W A: two roundings of the result."""
    spec, _, _, Y = squared_error(5, 1)
    below = 1 - 2.0**-7
    X = np.zeros((2, 5))
    X[0] = below * 2.0**-8
    params = {"W1": np.array([[1.0, 0], [1, 0], [1, 0]]), "b1": np.full((3, 1), 1 + X[0, 0])}
    Z = r(r(params["b1"]) + r(params["W1"]) @ r(X))
    np.testing.assert_array_equal(Z, 1)
    report = check_layers(spec, params, X, Y, {"Z1": Z.astype(np.float32)}, p, "")
    assert (not report.findings) is right
    rounded = params | {"b1": r(params["b1"]) + 2.0**-6}
    assert check_trace(spec, rounded, X, Y, {"Z1": Z.astype(np.float32)}, p, "").findings
