"""Structure before values: names, shapes, dtypes and finiteness."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import ref_numpy
from parity_tests import check
from parity_tests.adapters.torch_twin import twin
from parity_tests.campaigns.fault_injection import faulty_run
from parity_tests.error_model.precisions import FLOAT16
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, NetworkSpec

M = 11
SPEC = NetworkSpec.dense([5, 7, 6, 3], ["relu", "tanh"], "softmax", "cross_entropy", lambd=0.3)
REAL = NetworkSpec.dense([5, 7, 2], "sigmoid", "tanh", "squared_error")


def finding_of(change: dict[str, Any]) -> Any:
    """The one finding in a correct trace with these tensors instead, or without the ones None."""
    problem = random_problem(SPEC, M)
    trace: dict[str, Any] = ref_numpy.run(SPEC, *problem) | change
    (finding,) = check({n: a for n, a in trace.items() if a is not None}, SPEC, *problem).findings
    return finding


TRACE = ref_numpy.run(SPEC, *random_problem(SPEC, M))


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        (
            {"dW9": np.ones((2, 2))},
            "unknown-name",
            "dW9 is not a tensor of this network; did you mean dW",
        ),
        ({"loss": 1.0}, "unknown-name", "loss is not a tensor of this network"),
        ({"dW2": TRACE["dW2"].T}, "shape", r"dW2 has shape \(7, 6\); expected \(6, 7\) \(it is tr"),
        ({"db1": TRACE["db1"][:, 0]}, "shape", r"db1 has shape \(7,\); expected \(7, 1\)"),
        ({"J": np.array([1.0])}, "shape", r"J has shape \(1,\); expected \(\)"),
        ({"Z1": TRACE["Z1"].astype(complex)}, "no-numbers", "Z1 is of complex128, not an a"),
        (
            {"Z1": "wrong"},
            "no-numbers",
            "Z1 is a str, not an array of numbers; expected an array of float64",
        ),
        ({"A2": (None,)}, "no-numbers", "A2 is a tuple, not an array of numbers; expected"),
        (
            {"A1": (TRACE["A1"], TRACE["Z1"])},
            "shape",
            r"A1 is a tuple of 2; expected an array of shape \(7, 11\), as its element 0 is; "
            r"perhaps the function returned \(A, cache\)",
        ),
        (
            {"A1": (TRACE["A1"], (TRACE["Z1"],))},
            "no-numbers",
            r"A1 is a tuple of 2; expected an array of shape \(7, 11\), as its element 0 is; perh",
        ),
        (
            {"J": [0.5, TRACE["J"], 2]},
            "shape",
            r"J is a list of 3; expected an array of shape \(\), as its element 1 is",
        ),
        (
            {"Z1": [[1], [2, 3]]},
            "no-numbers",
            "Z1 is a list, not an array of numbers; expec",
        ),
        (
            {"dW1": {1: 2}},
            "no-numbers",
            "dW1 is a dict, not an array of numbers; expected",
        ),
        (
            {"Z1": TRACE["Z1"].tolist()},
            "dtype",
            r"Z1 is a list; expected an array of float64: np.a",
        ),
        (
            {"dA1": TRACE["dA1"] * np.inf, "dZ1": None},
            "not-finite",
            "dA1 has 77 of 77 elements that are",
        ),
    ],
)
def test_structure_comes_before_values(change: dict, kind: str, message: str) -> None:
    finding = finding_of(change)
    assert finding.kind == kind
    assert re.match(message, finding.message)
    assert finding.ratio is None


def test_a_dtype_is_one_finding_and_values_are_compared_all_the_same() -> None:
    problem = random_problem(SPEC, M, dtype=np.float32)
    trace = ref_numpy.run(SPEC, *problem)
    wide = {n: trace[n].astype(np.float64) for n in ("A1", "dW1")}
    (finding,) = check(trace | wide, SPEC, *problem, "float32").findings
    assert finding.kind == "dtype"
    assert finding.message == ("A1 is float64; expected float32, the dtype of float32; so is dW1")
    wide["dW1"] *= 2
    found = check(trace | wide, SPEC, *problem, "float32").findings
    assert [(f.tensor, f.kind) for f in found] == [("A1", "dtype"), ("dW1", "value")]


def test_autocast_returns_halves_beside_float32() -> None:
    params, X, Y = random_problem(SPEC, M, dtype=np.float16)
    wide = {n: x.astype(np.float32) for n, x in params.items()}
    problem = wide, X.astype(np.float32), Y.astype(np.float32)
    trace = twin("fp16-mixed")(SPEC, *problem)
    halves = {n: trace[n].astype(np.float16) for n in ("Z1", "Z2")}
    np.testing.assert_array_equal(halves["Z1"], trace["Z1"])
    assert check(trace | halves, SPEC, *problem, "fp16-mixed").passed
    widened = trace | {"Z1": trace["Z1"].astype(np.float64)}
    (finding,) = check(widened, SPEC, *problem, "fp16-mixed").findings
    assert finding.message == "Z1 is float64; expected float32, the dtype of fp16-mixed"


def test_nan_spreads_and_is_one_finding() -> None:
    def spoil(Z: Array) -> Array:
        return np.where(np.arange(Z.shape[1]) == 4, np.nan, Z)

    problem = random_problem(SPEC, M)
    report = check(faulty_run(SPEC, *problem, {"Z2": spoil}), SPEC, *problem)
    (finding,) = report.findings
    assert (finding.tensor, finding.kind, finding.index, finding.wrong) == (
        "Z2",
        "not-finite",
        (0, 4),
        6,
    )
    assert "so are A2 Z3" in finding.message
    assert "A2" in report.not_checked


def test_an_overflow_in_the_precision_is_a_finding() -> None:
    problem = random_problem(REAL, M)
    problem = problem[0], problem[1], problem[2] * 1e4
    report = check(twin("float16"), REAL, *problem, FLOAT16)
    assert {finding.kind for finding in report.findings} == {"not-finite"}


@pytest.mark.parametrize("wrong", [0.0, 0.25])
def test_what_follows_from_an_infinite_number_has_no_bound(wrong: float) -> None:
    """Z1 = −256 · 256 overflows in float16, and Z2 = −65536 + 1.125 · 65472 = 8120 on paper.

    So the candidate's A2 is σ(−∞) = 0, not 1. Of the other example, whose numbers are all finite,
    it is compared.
    """
    spec = NetworkSpec.dense([1, 2, 1], "identity", "sigmoid", "squared_error")
    given = {"W1": [[-256], [255.75]], "b1": [[0], [0]], "W2": [[1, 1.125]], "b2": [[0]]}
    params = {name: np.array(x, np.float16) for name, x in given.items()}
    problem = params, np.array([[256, 0]], np.float16), np.ones((1, 2), np.float16)
    trace = dict(twin("float16")(spec, *problem))
    assert trace["Z1"][0, 0] == -np.inf
    np.testing.assert_array_equal(trace["A2"], [[0, 0.5]])
    trace["A2"] = (trace["A2"] + [[0, wrong]]).astype(np.float16)
    first, *others = check(trace, spec, *problem, precision="float16").findings
    assert (first.tensor, first.kind) == ("Z1", "not-finite")
    assert ("A2" in {finding.tensor for finding in others}) == bool(wrong)
    assert wrong or not others
