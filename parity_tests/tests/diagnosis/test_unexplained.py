"""An error that no mistake explains: where it is, its rank, and the tensor it resembles."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from parity_tests import check
from parity_tests.campaigns.fault_injection import faulty_run
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, NetworkSpec

M = 11
SPEC = NetworkSpec.dense([5, 7, 6, 3], ["relu", "tanh"], "softmax", lambd=0.3)
PROBLEM = random_problem(SPEC, M, 3)
RNG = np.random.default_rng(0)
U, V = RNG.standard_normal((2, 6, 2)), RNG.standard_normal((2, 2, M))
NOISE = RNG.standard_normal((6, M))


def cause(name: str, change: Callable[[Array], Array]) -> str:
    trace = faulty_run(SPEC, *PROBLEM, {name: change})
    (finding,) = check(trace, SPEC, *PROBLEM).findings
    assert finding.remark
    assert finding.remark.code == "unknown.no-known-mistake"
    return str(finding.cause).partition("; ")[2]


def at(rows: object, columns: object) -> Callable[[Array], Array]:
    """Noise in those rows and columns."""

    def change(x: Array) -> Array:
        result = x.copy()
        result[rows, columns] += NOISE[: len(x), : x.shape[1]][rows, columns]
        return result

    return change


every = slice(None)
WHERE = [
    ("Z2", at(every, [2, 5]),
     "only the examples (columns) 2, 5 are wrong; the difference has rank 2"),
    ("Z2", at(every, 3), "only the example (column) 3 is wrong; the difference has rank 1"),
    ("Z2", at(4, every), "only the unit (row) 4 is wrong; the difference has rank 1"),
    ("Z2", at([1, 4], every), "only the units (rows) 1, 4 are wrong; the difference has rank 2"),
    ("Z2", at(4, 3), "only the element [4, 3] is wrong; the difference has rank 1"),
    ("dW2", at(every, [2, 5]), "only the columns 2, 5 are wrong; the difference has rank 2"),
    ("dW2", at(every, 5), "only the column 5 is wrong; the difference has rank 1"),
    ("Z2", at(every, every), "every element is wrong"),
    ("Z2", lambda Z: Z + U[0] @ V[0], "every element is wrong; the difference has rank 2, of at m"),
    ("db2", lambda db: db + NOISE[:6, :1], "every element is wrong"),
    ("J", lambda J: 1.234567 * J, "it is 1.23457 times the expected value"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "text"), WHERE, ids=[f"{n}-{s}" for n, _, s in WHERE])
def test_where_it_is_and_its_rank(name: str, change, text: str) -> None:
    assert cause(name, change).startswith(text)


def test_some_elements_of_many() -> None:
    odd = np.add.outer(np.arange(6), np.arange(M)) % 2 == 1
    assert cause("Z2", lambda Z: np.where(odd, Z + NOISE, Z)) == (
        "33 of 66 elements are wrong, in 6 rows"
    )


@pytest.mark.slow
def test_the_tensor_that_the_difference_resembles() -> None:
    right = faulty_run(SPEC, *PROBLEM, {})
    text = cause("dZ2", lambda dZ: dZ + 0.3 * right["Z2"] * (1 + 0.2 * NOISE))
    assert "the difference correlates with Z2 (r = 0.9" in text
    text = cause("dZ2", lambda dZ: dZ - 0.3 * right["A2"] * (1 + 0.2 * NOISE))
    assert "the difference correlates with A2 (r = -0.9" in text
    assert "correlates" not in cause("dZ2", lambda dZ: dZ + NOISE)
