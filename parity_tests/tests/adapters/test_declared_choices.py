"""A difference on purpose: a finding that names its option, and none where that declares it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ref_numpy
from parity_tests import check
from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.choices.declared_choices import with_declared
from parity_tests.adapters.request import Request
from parity_tests.checking.report import Report
from parity_tests.cli.commands import main
from parity_tests.kinds.random_problem import random_problem, with_kink
from parity_tests.tests.support.paths import PROGRAMS
from parity_tests.tests.support.written_programs.course_files import changed, examined
from ref_numpy import NetworkSpec

Changes = tuple[tuple[str, str], ...]
IN_LOG = (("np.log(A2)", "np.log(A2 + 1e-7)"), ("np.log(1 - A2)", "np.log(1 - A2 + 1e-7)"))
IN_QUOTIENT = (("(Y, AL)", "(Y, AL + 1e-8)"), ("1 - Y, 1 - AL)", "1 - Y, 1 - AL + 1e-8)"))
NO_NUMBER = (("    cost = np.squeeze(cost)\n", "    cost = cost.reshape(1, 1)\n"),)
AT_0 = (("dA1*(A1 > 0)", "dA1*(Z1 >= 0)"),)
HALF_AT_0 = (("dA1*(A1 > 0)", "dA1*((Z1 > 0) + 0.5*(Z1 == 0))"),)


def differences(report: Report) -> set[tuple[str, str]]:
    """The kind of each finding, and the option that declares it."""
    return {(f.kind, f.declare) for f in report.findings}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("week", "changes", "option", "declared", "other"),
    [
        ("week3", IN_LOG, "--epsilon 1e-07", {"epsilon": 1e-7}, {"epsilon": 1e-8}),
        ("week4", IN_QUOTIENT, "--epsilon 1e-08", {"epsilon": 1e-8}, {"epsilon": 1e-7}),
        ("week4", NO_NUMBER, "--cost-shape 1,1", {"cost_shape": (1, 1)}, {"cost_shape": (1,)}),
        ("three_layers", AT_0, "--relu-at-zero 1", {"relu_at_zero": 1.0}, {"relu_at_zero": 0.5}),
        ("three_layers", HALF_AT_0, "--relu-at-zero 0.5", {"relu_at_zero": 0.5}, {}),
    ],
)
def test_a_choice_in_the_courses_functions(
    tmp_path: Path, week: str, changes: Changes, option: str, declared: dict[str, Any],
    other: dict[str, Any],
) -> None:  # fmt: skip
    path = changed(tmp_path, week, *changes)
    report = examined(path, **other)
    assert differences(report) == {("difference", option)}
    assert f"{option} declares it" in str(report)
    assert {f["declare"] for f in json.loads(report.to_json())["findings"]} == {option}
    report = examined(path, **declared)
    assert report.passed, str(report)
    assert any(option in note for note in report.notes)


@pytest.mark.slow
def test_a_declared_choice_hides_no_mistake(tmp_path: Path) -> None:
    path = changed(tmp_path, "week3", *IN_LOG, ("logprobs) / m", "logprobs) / 2"))
    report = examined(path, epsilon=1e-7)
    assert {(f.tensor, f.kind) for f in report.findings} == {
        ("J", "value"), ("compute_cost.cost", "value"),
    }  # fmt: skip


@pytest.mark.slow
def test_a_choice_in_a_network_of_any_interface(tmp_path: Path) -> None:
    source = (PROGRAMS / "interfaces" / "layer_objects.py").read_text()
    path = tmp_path / "network.py"
    path.write_text(source.replace("t]))", "t] + 1e-7))"))
    assert differences(examine(Request(str(path)))) == {("difference", "--epsilon 1e-07")}
    assert examine(Request(str(path), epsilon=1e-7)).passed


LOSS = """
import numpy as np

def binary_cross_entropy(y_true, y_pred):
    return np.mean(-y_true * np.log(y_pred + 1e-8) - (1 - y_true) * np.log(1 - y_pred + 1e-8))

def binary_cross_entropy_prime(y_true, y_pred):
    return ((1 - y_true) / (1 - y_pred + 1e-8) - y_true / (y_pred + 1e-8)) / np.size(y_true)

def relu_forward(x):
    return np.maximum(0, x), x

def relu_backward(dout, cache):
    return dout * (cache >= 0)
"""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_choices_in_functions_of_a_layer_and_a_loss(tmp_path: Path) -> None:
    path = tmp_path / "functions.py"
    path.write_text(LOSS)
    both = {("difference", "--epsilon 1e-08"), ("difference", "--relu-at-zero 1")}
    assert differences(examine(Request(str(path)))) == both
    report = examine(Request(str(path), epsilon=1e-8))
    assert differences(report) == {("difference", "--relu-at-zero 1")}
    assert examine(Request(str(path), epsilon=1e-8, relu_at_zero=1.0)).passed


@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
def test_a_clipped_output_is_a_choice(output: str) -> None:
    """The last logits are so large that some outputs are beyond the limits."""
    n_y, m, e = {"sigmoid": 1, "softmax": 3}[output], 11, 1e-3
    spec = NetworkSpec.dense([4, 5, n_y], "tanh", output)
    params, X, Y = random_problem(spec, m, seed=3)
    params["W2"] *= 16
    trace = dict(ref_numpy.run(spec, params, X, Y))
    A = np.clip(trace["A2"], e, 1 - e)
    assert (trace["A2"] != A).any()
    both = output == "sigmoid"
    L = Y * np.log(A) + ((1 - Y) * np.log(1 - A) if both else 0)
    trace["J"] = np.asarray(-np.sum(L) / m)
    report = check(trace, spec, params, X, Y)
    assert [(f.tensor, f.kind) for f in report.findings] == [("J", "difference")]
    assert [c.code for c in report.findings[0].causes] == ["J.clipped"]
    assert with_declared(report, Request(epsilon=1e-4)).findings[0].declare == "--epsilon 0.001"
    assert with_declared(report, Request(epsilon=e)).passed


def test_one_logit_is_at_the_kink_and_has_a_gradient() -> None:
    spec = NetworkSpec.dense([6, 5, 4, 3], "relu", "softmax")
    for seed in range(20):
        params, X, Y = random_problem(spec, 7, seed)
        trace = ref_numpy.run(spec, *with_kink(spec, params, X), Y)
        assert trace["Z1"][0, 0] == 0
        assert trace["dA1"][0, 0] != 0
    tanh = NetworkSpec.dense([6, 5, 3], "tanh", "softmax")
    params, X, _ = random_problem(tanh, 7)
    assert np.array_equal(with_kink(tanh, params, X)[1], X)


@pytest.mark.parametrize(
    "options",
    [["--epsilon", "0.3"], ["--epsilon", "x"], ["--relu-at-zero", "2"], ["--cost-shape", "2,1"]],
)
def test_what_no_option_declares_is_refused(options: list[str], capsys: Any) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["check", "mine.py", *options])
    assert refused.value.code == 2
    assert f"{options[1]!r}; expected" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fits", "others"),
    [
        ({"rows": True}, {"rows": False}),
        ({"weights": "in-out"}, {"weights": "out-in"}),
        ({"biases": "flat"}, {"rows": True, "biases": "column"}),
    ],
)
def test_a_stated_layout_of_a_network_fits_or_is_contradicted(fits: Any, others: Any) -> None:
    path = str(PROGRAMS / "interfaces" / "layer_objects.py")
    assert examine(Request(path, **fits, cost="mean", gradients="mean", labels="indices")).passed
    with pytest.raises(ref_numpy.InputError) as refused:
        examine(Request(path, **others))
    assert refused.value.code == "network.layout"
    assert refused.value.facts["layout"].startswith("examples are rows, W is (n_prev, n)")
