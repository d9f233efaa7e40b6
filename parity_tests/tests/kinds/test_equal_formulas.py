"""The formulas that are equal on paper: each beside many digits, and each needed by some program."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import BFLOAT16, FLOAT32, FLOAT64, U64, Precision
from parity_tests.kinds.equivalent_formulas import (
    ACTIVATIONS,
    GRADIENTS,
    LOSSES,
    OUTPUT_GRADIENTS,
    Formulas,
    by_autograd,
    gradients_of,
    losses_of,
    mean,
    results,
)
from parity_tests.tests.support.error_arrays import ABOVE, COARSE, fraction
from ref_numpy import Array, BinaryCrossEntropy, CrossEntropy, Identity, Sigmoid, Softmax
from ref_numpy import SquaredError, Tanh

N_Y, M = 3, 40


def g(kind: type, Z: Any) -> Any:
    """The activation of a column of mpmath numbers."""
    Z = list(Z)
    if kind is Sigmoid:
        return [1 / (1 + mpmath.exp(-z)) for z in Z]
    if kind is Tanh:
        return [mpmath.tanh(z) for z in Z]
    if kind is Softmax:
        total = sum(map(mpmath.exp, Z))
        return [mpmath.exp(z) / total for z in Z]
    return Z


def L(kind: type, a: Any, y: Any) -> Any:
    """The loss of an example."""
    if kind is BinaryCrossEntropy:
        return -sum(t * mpmath.log(p) + (1 - t) * mpmath.log(1 - p) for p, t in zip(a, y, strict=True))
    if kind is CrossEntropy:
        return -sum(t * mpmath.log(p) for p, t in zip(a, y, strict=True))
    return sum((p - t) ** 2 for p, t in zip(a, y, strict=True)) / 2


OUTPUTS = {BinaryCrossEntropy: Sigmoid, CrossEntropy: Softmax, SquaredError: Identity}
TABLES = {"losses": LOSSES, "gradients": GRADIENTS, "output gradients": OUTPUT_GRADIENTS}
BY_LOSS = [
    (table, kind, i)
    for table, of in TABLES.items()
    for kind, formulas in of.items()
    for i in range(len(formulas))
]
BY_ACTIVATION = [(kind, i) for kind, formulas in ACTIVATIONS.items() for i in range(len(formulas))]


def problem(kind: type, seed: int, scale: float) -> tuple[Array, Array, Array]:
    """(Z, A, Y): float32 numbers, A the nearest to the activation of Z."""
    rng = np.random.default_rng(seed)
    Z = (scale * rng.standard_normal((N_Y, M))).astype(np.float32)
    with mpmath.workdps(40):
        columns = [g(OUTPUTS[kind], map(mpmath.mpf, map(float, z))) for z in Z.T]
    A = np.array(columns, dtype=np.float32).T
    Y = rng.integers(0, 2, (N_Y, M)).astype(np.float32)
    return Z, A, np.eye(N_Y, dtype=np.float32)[rng.integers(0, N_Y, M)].T if kind is CrossEntropy else Y


def exact_result(table: str, kind: type, Z: Array, A: Array, Y: Array) -> list[list[Any]]:
    """Of A's digits, by the textbook's formula."""
    columns = []
    for a, y in zip(A.T, Y.T, strict=True):
        p, t = ([mpmath.mpf(float(x)) for x in column] for column in (a, y))
        if table == "losses":
            columns.append([L(kind, p, t)])
        elif table == "gradients":
            columns.append([x - z for x, z in zip(p, t, strict=True)])
        elif kind is BinaryCrossEntropy:
            columns.append([-z / x + (1 - z) / (1 - x) for x, z in zip(p, t, strict=True)])
        else:
            columns.append([-z / x for x, z in zip(p, t, strict=True)])
    return [list(row) for row in zip(*columns, strict=True)]


def holds(bound: ErrorArray, exact: Sequence[Sequence[Any]], width: Any) -> bool:
    """Whether each number is within the bound, and the bound within `width` of the number."""
    cells = [
        (value, error, true)
        for row in zip(bound.value, bound.error, exact, strict=True)
        for value, error, true in zip(*row, strict=True)
    ]
    return all(abs(mpmath.mpf(float(v)) - t) <= float(e) <= width * (1 + abs(t)) for v, e, t in cells)


@pytest.mark.parametrize(("table", "kind", "i"), BY_LOSS)
def test_a_formula_is_that_of_the_textbook(table: str, kind: type, i: int) -> None:
    Z, A, Y = problem(kind, 0, 2.0)
    # Z and A are each other's but for the rounding of A
    z, a = ErrorArray(Z, p=FLOAT32), ErrorArray(A, p=FLOAT32, relative=FLOAT32.u)
    (bound,) = results(TABLES[table][kind][i : i + 1], kind(), z, a, ErrorArray(Y, p=FLOAT32))
    with mpmath.workdps(40):
        assert holds(bound, exact_result(table, kind, Z, A, Y), 2**10 * FLOAT32.u * 50)


@pytest.mark.parametrize(("kind", "i"), BY_ACTIVATION)
def test_an_activations_formula_is_that_of_the_textbook(kind: type, i: int) -> None:
    Z = np.random.default_rng(0).standard_normal((N_Y, M))
    (bound,) = results(ACTIVATIONS[kind][i : i + 1], ErrorArray(Z))
    with mpmath.workdps(40):
        columns = [g(kind, [mpmath.mpf(float(x)) for x in z]) for z in Z.T]
        assert holds(bound, list(zip(*columns, strict=True)), 2**10 * U64)


def is_needed(formulas: Sequence[Callable[..., Any]], i: int, *given: Any) -> bool:
    """Whether some number within the bound of the i-th formula is in none of the others'."""
    bounds = list(results(formulas, *given))
    one = bounds.pop(i)
    outside = np.isfinite(one.error)
    for bound in bounds:
        with np.errstate(invalid="ignore"):
            covered = np.abs(one.value - bound.value) + one.error <= bound.error
        outside = outside & ~covered
    return bool(outside.any())


SCALES = (0.1, 1.0, 5.0, 15.0, 40.0, 90.0)


@pytest.mark.parametrize(("table", "kind", "i"), BY_LOSS)
def test_a_formula_is_one_that_others_do_not_cover(table: str, kind: type, i: int) -> None:
    formulas = TABLES[table][kind]
    problems = (problem(kind, seed, scale) for seed in range(3) for scale in SCALES)
    given = ([ErrorArray(x, p=FLOAT32) for x in one] for one in problems)
    assert len(formulas) == 1 or any(is_needed(formulas, i, kind(), *one) for one in given)


@pytest.mark.parametrize(("kind", "i"), BY_ACTIVATION)
def test_an_activations_formula_is_one_that_others_do_not_cover(kind: type, i: int) -> None:
    def own(Z: Any) -> Any:
        return kind().forward({}, Z)[0]

    formulas = (own, *ACTIVATIONS[kind])
    Zs = (s * np.random.default_rng(0).standard_normal((N_Y, 99)) for s in SCALES)
    assert any(is_needed(formulas, i + 1, ErrorArray(np.float32(Z), p=FLOAT32)) for Z in Zs)
