"""Numbers that are not finite are attributed to the formula that overflows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from parity_tests import check
from parity_tests.campaigns.fault_injection import faulty_run
from parity_tests.checking.findings import Finding
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, NetworkSpec

M = 11
FORMULAS: list[tuple[str, str, Callable[[Array, Array, Array], Array], str]] = [
    ("softmax", "A2", lambda Z, A, Y: np.exp(Z) / np.exp(Z).sum(axis=0, keepdims=True),
     "A.softmax-exp-overflows"),
    ("sigmoid", "A2", lambda Z, A, Y: np.exp(Z) / (1 + np.exp(Z)),
     "A.exp-overflows"),
    ("softmax", "J", lambda Z, A, Y: -np.sum(Y * np.log(A)) / M,
     "J.infinite-log"),
    ("sigmoid", "J", lambda Z, A, Y: -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / M,
     "J.infinite-log"),
    ("sigmoid", "dA2", lambda Z, A, Y: -(Y / A - (1 - Y) / (1 - A)),
     "dA.infinite-log"),
]  # fmt: skip


def found(precision: str, output: str, name: str, formula, spoil: bool = False) -> Finding:
    """The finding on a network whose logits are so large that exp overflows."""
    spec = NetworkSpec.dense([5, 7, 3], "tanh", output)
    params, X, Y = random_problem(spec, M, dtype=np.dtype(precision))
    params["W2"] *= params["W2"].dtype.type(900 if precision == "float64" else 100)
    trace = dict(faulty_run(spec, params, X, Y, {}))
    with np.errstate(all="ignore"):
        trace[name] = formula(trace["Z2"], trace["A2"], Y)
    if spoil:
        trace[name] = trace[name].copy()
        trace[name][0, 0] = np.nan
    (finding,) = check(trace, spec, params, X, Y, precision).findings
    assert (finding.tensor, finding.kind) == (name, "not-finite")
    return finding


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize(("output", "name", "formula", "code"), FORMULAS)
def test_the_formula_that_overflows_is_named(precision, output, name, formula, code: str) -> None:
    finding = found(precision, output, name, formula)
    assert [cause.code for cause in finding.causes] == [code]
    assert finding.cause == finding.causes[0].message
    assert finding.causes[0].wrong_line != finding.right_line


def test_other_elements_that_are_not_finite_are_not_explained_so() -> None:
    _, name, formula, _ = FORMULAS[0]
    finding = found("float64", "softmax", name, formula, spoil=True)
    assert (finding.cause, finding.causes) == (None, ())
