"""What is not finite, by a formula that overflows, is said to be by that formula."""

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
     "e^z overflows: subtract the largest z of each example first"),
    ("sigmoid", "A2", lambda Z, A, Y: np.exp(Z) / (1 + np.exp(Z)),
     "e^z overflows for a large z: use 1 / (1 + e^−z)"),
    ("softmax", "J", lambda Z, A, Y: -np.sum(Y * np.log(A)) / M,
     "A2 is exactly 0 or 1 there, whose logarithm or quotient is infinite: use the logits Z2"),
    ("sigmoid", "J", lambda Z, A, Y: -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / M,
     "A2 is exactly 0 or 1 there, whose logarithm or quotient is infinite: use the logits Z2"),
    ("sigmoid", "dA2", lambda Z, A, Y: -(Y / A - (1 - Y) / (1 - A)),
     "A2 is exactly 0 or 1 there, whose logarithm or quotient is infinite: use the logits Z2"),
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
    assert (finding.tensor, finding.kind) == (name, "finite")
    return finding


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize(("output", "name", "formula", "said"), FORMULAS)
def test_the_formula_that_overflows_is_named(precision, output, name, formula, said: str) -> None:
    finding = found(precision, output, name, formula)
    assert finding.cause == said
    assert finding.causes[0].line != finding.line


def test_other_elements_that_are_not_finite_are_not_explained_so() -> None:
    _, name, formula, _ = FORMULAS[0]
    finding = found("float64", "softmax", name, formula, spoil=True)
    assert (finding.cause, finding.causes) == (None, ())
