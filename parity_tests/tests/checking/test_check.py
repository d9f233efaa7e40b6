"""The check itself: its findings, their place, and its report."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import ref_numpy
from parity_tests import check
from parity_tests.adapters.torch_twin import MODES, twin
from parity_tests.campaigns.fault_injection import faulty_run
from parity_tests.campaigns.random_candidates import random_network
from parity_tests.checking.comparison import Comparison
from parity_tests.checking.expected.layerwise import expectations
from parity_tests.error_model.precisions import FLOAT32, FLOAT64, PRECISIONS, Precision
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, InputError, NetworkSpec

M = 11
SPEC = NetworkSpec.dense([5, 7, 6, 3], ["relu", "tanh"], "softmax", "cross_entropy", lambd=0.3)
REAL = NetworkSpec.dense([5, 7, 2], "sigmoid", "tanh", "squared_error")
NAMES = list(SPEC.trace_shapes(M))


def planted(spec: NetworkSpec, problem: Any, name: str, p: Precision, rng: Any) -> dict[str, Array]:
    """A run with one element of `name` off by three times what any equal formula may be, and
    everything after it too."""
    trace = ref_numpy.run(spec, *problem)
    own = {n: a.astype(np.float64) for n, a in trace.items()}
    wide = (
        {n: a.astype(float) for n, a in problem[0].items()},
        *(a.astype(float) for a in problem[1:]),
    )
    with np.errstate(all="ignore"):  # of a saturated output, −y/a is not finite
        (formulas,) = (list(e) for n, e in expectations(spec, *wide, own, p) if n == name)
        reaches = [np.abs(f.value - own[name]) + f.error for f in formulas]
    index = tuple(int(rng.integers(n)) for n in own[name].shape)
    # A formula that has no bound at an element counts there only where none has.
    bounds = [reach[index] for reach in reaches]
    error = max(bound for bound in bounds if np.isfinite(bound))
    spacing = float(np.spacing(np.abs(trace[name][index])))

    def change(tensor: Array) -> Array:
        changed = np.array(tensor)
        changed[index] += rng.choice([-3, 3]) * max(error, spacing)
        return changed

    return faulty_run(spec, *problem, {name: change})


@pytest.mark.slow
@pytest.mark.parametrize("p", [FLOAT64, FLOAT32], ids=lambda p: p.name)
@pytest.mark.parametrize("spec", [SPEC, REAL], ids=["softmax", "squared"])
def test_a_planted_error_is_found_at_its_tensor_and_nowhere_else(spec, p: Precision) -> None:
    problem = random_problem(spec, M, dtype=p.dtype)
    check(ref_numpy.run, spec, *problem, p).raise_findings()
    for name in spec.trace_shapes(M):
        trace = planted(spec, problem, name, p, np.random.default_rng(0))
        report = check(trace, spec, *problem, p)
        assert [finding.tensor for finding in report.findings] == [name]
        (finding,) = report.findings
        assert (finding.kind, finding.wrong, finding.size) == ("value", 1, trace[name].size)
        assert finding.ratio > 1


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.data())
@pytest.mark.slow
def test_a_planted_error_is_found_in_any_network(seed: int, data: st.DataObject) -> None:
    rng = np.random.default_rng(seed)
    (spec, _), m = random_network(rng), int(rng.integers(1, 9))
    p = data.draw(st.sampled_from([FLOAT64, FLOAT32]))
    name = data.draw(st.sampled_from(list(spec.trace_shapes(m))))
    problem = random_problem(spec, m, seed, p.dtype)
    problem = problem[0], problem[1] * p.dtype(2.0 ** rng.integers(-9, 9)), problem[2]
    assert check(ref_numpy.run, spec, *problem, p).findings == ()
    found = check(planted(spec, problem, name, p, rng), spec, *problem, p).findings
    assert [finding.tensor for finding in found] == [name]


@pytest.mark.parametrize(
    "precision",
    [
        pytest.param(mode, marks=() if mode in ("float64", "bfloat16") else pytest.mark.slow)
        for mode in sorted(MODES.keys() - {"tf32"})
    ],
)
@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_formula_is_the_first_finding_at_every_precision(name: str, precision: str) -> None:
    """Twice as large, in a trace that otherwise is torch's own."""
    p = PRECISIONS[precision]
    problem = random_problem(SPEC, M)
    params, X, Y = {n: p.round(a) for n, a in problem[0].items()}, *map(p.round, problem[1:])
    trace = twin(precision)(SPEC, params, X, Y)
    trace[name] = 2 * trace[name]
    report = check(trace, SPEC, params, X, Y, precision)
    assert report.findings[0].tensor == name
    assert report.findings[0].before == tuple(NAMES[: NAMES.index(name)])


@pytest.mark.slow
def test_a_wrong_layer_is_one_finding_however_deep() -> None:
    """Forty layers, of which the seventh forgets its bias: all that follows is computed from it."""
    spec = NetworkSpec.dense([5] + [6, 7] * 20 + [3], "tanh")
    problem = random_problem(spec, M, dtype=np.float32)
    trace = faulty_run(spec, *problem, {"Z7": lambda Z: Z - problem[0]["b7"]})
    report = check(trace, spec, *problem, "float32")
    assert [finding.tensor for finding in report.findings] == ["Z7"]
    assert report.findings[0].layer == 7


def test_relu_masks_on_both_sides_of_the_kink_are_accepted() -> None:
    """End to end a Z that rounds to another side of 0 would change whole columns of gradients."""
    spec = NetworkSpec.dense([4, 3, 2], "relu")
    params, X, Y = random_problem(spec, M)
    params["W1"][0], params["b1"][0], X[1] = [1, -1, 0, 0], 0, X[0]
    for sign in (-1, 1):
        near = np.where(np.arange(3)[:, None] == 0, sign * np.spacing(np.abs(X[:1])) / 4, 0)
        trace = faulty_run(spec, params, X, Y, {"Z1": lambda Z, near=near: Z + near})
        assert np.all((trace["A1"][0] > 0) == (sign > 0))
        check(trace, spec, params, X, Y).raise_findings()


def test_a_tensor_that_the_next_step_did_not_take_is_a_finding_of_the_chain() -> None:
    stale = 2 * random_problem(SPEC, M)[0]["W2"]
    problem = random_problem(SPEC, M)
    trace = ref_numpy.run(SPEC, *problem)
    assert check(trace | {"A1@Z2": trace["A1"], "W2@Z2": problem[0]["W2"]}, SPEC, *problem).passed
    report = check(trace | {"W2@dZ2": stale, "dA1": stale.T @ trace["dZ2"]}, SPEC, *problem)
    kinds = {finding.tensor: finding.kind for finding in report.findings}
    assert kinds["W2@dZ2"] == "chain"
    assert "dA1" not in kinds, "dA1 is computed from the tensor that the step received"


def test_a_missing_tensor_is_not_checked_and_later_ones_are() -> None:
    problem = random_problem(SPEC, M)
    trace = ref_numpy.run(SPEC, *problem)
    for name in ("Z1", "A2", "dA2", "dZ1"):
        del trace[name]
    report = check(trace, SPEC, *problem)
    assert report.passed
    assert report.not_checked == ("Z1", "A2", "dA2", "dZ1")
    trace["dW1"] = trace["dW1"] * (1 + 1e-12)
    assert [f.tensor for f in check(trace, SPEC, *problem).findings] == ["dW1"]


def test_gradients_alone_are_enough() -> None:
    problem = random_problem(SPEC, M)
    gradients = {n: a for n, a in ref_numpy.run(SPEC, *problem).items() if n[:2] in ("dW", "db")}
    assert check(gradients, SPEC, *problem).passed
    gradients["dW1"] = gradients["dW1"] * M
    assert [f.tensor for f in check(gradients, SPEC, *problem).findings] == ["dW1"]


def test_a_report_names_the_place_and_the_error_ratio() -> None:
    problem = random_problem(SPEC, M, dtype=np.float32)
    trace = faulty_run(SPEC, *problem, {"dW2": lambda dW: M * dW})
    report = check(trace, SPEC, *problem, "float32", name="mine")
    text = str(report)
    assert text.startswith("mine, float32: 1 finding; 20 tensors compared, largest error ratio ")
    assert (
        "dW2 is wrong; everything before it agrees (A0 Z1 A1 Z2 A2 Z3 A3 J dZ3 dW3 db3 dA2 d"
        in text
    )
    assert "  (6, 7) float32: 42 of 42 elements; worst at [" in text
    with pytest.raises(AssertionError) as raised:
        report.raise_findings()
    assert str(raised.value) == text
    data = json.loads(report.to_json())
    assert (data["passed"], data["candidate"], data["precision"]) == (False, "mine", "float32")
    assert [finding["tensor"] for finding in data["findings"]] == ["dW2"]
    assert [tensor["name"] for tensor in data["tensors"]] == NAMES
    worst = data["findings"][0]
    index = tuple(worst["index"])
    assert worst["candidate"] == float(trace["dW2"][index])
    assert worst["code"] == "dW.value"
    assert [cause["code"] for cause in worst["causes"]] == ["dW.missing-1/m"]
    ratio = abs(worst["candidate"] - worst["reference"]) / worst["bound"]
    assert ratio == worst["ratio"]


def test_arguments_changed_in_place_are_a_finding_and_never_the_callers() -> None:
    problem = random_problem(SPEC, M)

    def vandal(spec: NetworkSpec, params: dict[str, Array], X: Array, Y: Array) -> Any:
        trace = {n: a.copy() for n, a in ref_numpy.run(spec, params, X, Y).items()}
        params["W1"] = params["W1"] + 1  # a new array: nobody else sees it
        params["W2"][1, 2] += 1
        X *= np.nan
        return trace

    report = check(vandal, SPEC, *problem)
    assert [(f.tensor, f.kind, f.wrong) for f in report.findings] == [
        ("W2", "changed", 1),
        ("X", "changed", 5 * M),
    ]
    assert "the candidate changed W2, which it was given, in place (1 of 42 el" in str(report)
    assert np.isfinite(problem[1]).all()


@pytest.mark.parametrize(
    ("candidate", "message"),
    [
        (lambda *problem: None, "gave a NoneType; expected a mapping of canonical names"),
        (lambda *problem: {}, "gave none of this network's tensors; expected some of A0 Z1"),
        ([1, 2], "trace gave a list; expected a mapping"),
        ({"z1": np.ones(3)}, "gave none of this network's tensors"),
    ],
)
def test_a_result_that_is_no_trace_is_one_sentence(candidate: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check(candidate, SPEC, *random_problem(SPEC, M))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"params": [1]}, "params is a list; expected a mapping"),
        ({"params": {"W1": "x"}}, "W1 is a str that holds no numbers; expected an array"),
        ({"X": "x"}, "X is a str that holds no numbers"),
        ({"X": np.ones(5)}, r"X has shape \(5,\), a rank-1 array; expected \(5, m\)"),
        ({"Y": np.zeros((3, 4))}, r"Y has shape \(3, 4\); expected \(3, 11\)"),
    ],
)
def test_inputs_that_do_not_fit_are_one_sentence(change: dict[str, Any], message: str) -> None:
    problem = dict(zip(("params", "X", "Y"), random_problem(SPEC, M), strict=True))
    with pytest.raises(InputError, match=message):
        check(ref_numpy.run, SPEC, **problem | change)


@pytest.mark.slow
@pytest.mark.parametrize("factor", [1e307, 1e-320, np.nan])
def test_numbers_of_any_size_are_findings(factor: float) -> None:
    """Also where the bound itself overflows."""
    problem = random_problem(SPEC, M)
    trace = ref_numpy.run(SPEC, *problem)
    with np.errstate(over="ignore", under="ignore"):
        scaled = {n: factor * a for n, a in trace.items()}
    assert check(scaled, SPEC, *problem).findings
    report = check(trace | {"A1": 2.0**1020 * np.tanh(trace["A1"])}, SPEC, *problem)
    assert report.findings[0].tensor == "A1"


def test_a_tensor_of_torch_is_an_array() -> None:
    problem = random_problem(SPEC, M)
    trace = ref_numpy.run(SPEC, *problem)
    tensor = torch.tensor(trace["A1"], requires_grad=True)
    assert check(trace | {"A1": tensor}, SPEC, *problem).passed


def test_an_unknown_precision_is_one_sentence() -> None:
    with pytest.raises(InputError, match="precision 'half' is unknown; expected one of float64, f"):
        check({}, SPEC, *random_problem(SPEC, M), "half")


def test_a_formula_that_allows_everything_counts_only_where_all_do() -> None:
    x = np.array([1.0, 2.0])
    from parity_tests.error_model.error_array import ErrorArray

    free, tight = ErrorArray(x, np.full(2, np.inf)), ErrorArray(x, np.full(2, 1e-9))
    assert Comparison.of(x + 1, [free]).unbounded == 2
    assert Comparison.of(x + 1, [free, tight]).ratio > 1
    assert Comparison.of(x + 1, [tight, free]).ratio > 1
    assert Comparison.of(x, [tight, free]).unbounded == 0
