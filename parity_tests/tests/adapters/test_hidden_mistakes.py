"""A mistake that an exception hides is named: by equal sizes, or by the function's variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.request import Request
from parity_tests.checking.findings import Finding
from parity_tests.tests.support.cases import (
    COST,
    DB,
    TAKES_PARAMETERS,
    Case,
    week_3,
    week_4,
)  # fmt: skip

BY_DOT = "-(np.dot(Y, np.log(AL).T) + np.dot(1 - Y, np.log(1 - AL).T)) / m"
SIGMOID = "return dA * s * (1 - s)"


def findings(case: Case, tmp_path: Path) -> tuple[Finding, ...]:
    network = case.networks[-1]  # whose widths differ
    return examine(Request(str(case.written_to(tmp_path)), network=network, examples=11)).findings


# A program, the function that raises, the code of the cause, and the text of the line.
PRODUCTS: dict[str, tuple[Case, str, str]] = {
    "Z": (week_4(("np.dot(W, A) + b", "W * A + b")), "linear_forward", "Z.elementwise-product"),
    "dW": (
        week_4(("np.dot(dZ, A_prev.T) / m", "dZ * A_prev / m")), "linear_backward",
        "dW.elementwise-product",
    ),
    "dZ": (
        week_4((SIGMOID, "return np.dot(dA, s * (1 - s))")), "sigmoid_backward",
        "dZ.matrix-product",
    ),
    "week 3, Z": (
        week_3(TAKES_PARAMETERS, ("np.dot(W1, X)", "W1 * X")), "forward_propagation",
        "Z.elementwise-product",
    ),
    "week 3, dW": (
        week_3(TAKES_PARAMETERS, ("np.dot(dZ1, X.T)", "dZ1 * X")), "backward_propagation",
        "dW.elementwise-product",
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", PRODUCTS)
def test_a_product_of_the_wrong_kind_is_named_behind_its_shape_error(tmp_path, name) -> None:
    case, function, code = PRODUCTS[name]
    (finding,) = findings(case, tmp_path)
    assert (finding.tensor, finding.code) == (function, "call.raised-but-for-equal")
    assert [cause.code for cause in finding.causes] == [code]
    assert finding.facts["type_name"] == "ValueError"
    assert case.edits[-1][1].removeprefix("return ") in (finding.yours or "")


@pytest.mark.slow
def test_another_shape_error_has_no_cause(tmp_path: Path) -> None:
    (finding,) = findings(week_4(("np.dot(W, A) + b", "np.dot(W, A[:-1]) + b")), tmp_path)
    assert (finding.code, finding.causes) == ("call.raised", ())


SQUEEZED = "np.squeeze(np.sum(dZ, axis=1, keepdims=True)) / m\n    assert db.shape == b.shape"


@pytest.mark.slow
def test_a_missing_squeeze_is_named_behind_an_assertion(tmp_path: Path) -> None:
    asserted = f"cost = {BY_DOT}\n    assert cost.shape == ()\n    return cost"
    (finding,) = findings(week_4((f"return {COST}", asserted)), tmp_path)
    assert (finding.tensor, finding.code) == ("compute_cost.cost", "J.shape")
    assert finding.remark is not None
    assert finding.remark.code == "shape-only.squeeze"
    assert BY_DOT in (finding.yours or "")


@pytest.mark.slow
def test_a_squeeze_too_many_is_named_behind_an_assertion(tmp_path: Path) -> None:
    (finding,) = findings(week_4((DB, f"db = {SQUEEZED}")), tmp_path)
    assert (finding.tensor, finding.code) == ("linear_backward.db", "db.shape")
    assert [cause.code for cause in finding.causes] == ["db.missing-keepdims"]


@pytest.mark.slow
def test_an_assertion_of_something_else_is_an_exception(tmp_path: Path) -> None:
    (finding,) = findings(week_4((DB, f"{DB}\n    assert m > 100")), tmp_path)
    assert (finding.tensor, finding.code) == ("linear_backward", "call.raised")
