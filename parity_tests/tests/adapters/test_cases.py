"""Programs that real habits and mistakes led to: what each must give, on each of its networks.

Correct programs pass, however they are written; a visible choice is a difference. Of a wrong one
the wrong step is found, and no right one is accused.
"""

from __future__ import annotations

import contextlib
import io
import runpy
from pathlib import Path
from typing import Any

import pytest

from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.request import Request
from parity_tests.checking.report import Report
from parity_tests.checking.verdict import FAILED
from parity_tests.tests.support.cases import NEXT_DA, RIGHT, WRONG, Case, on_networks, week_4
from parity_tests.tests.support.paths import PROGRAMS
from ref_numpy import InputError

# A program that is found to differ: the kind and code of each finding, and its cause's code.
DIFFERENT: dict[str, set[tuple[str, str, str]]] = {
    "cost with 1e-8": {("difference", "J.difference", "J.epsilon-inside-log")},
    "dA with 1e-8": {("difference", "dA.difference", "dA.epsilon-in-quotient")},
    "ReLU' at 0 is 1": {("difference", "dZ.difference", "dZ.mask-at-0")},
    "cost of shape (1, 1)": {("difference", "J.shape", "shape-only.squeeze")},
    "week 2": {("value", "theta.value", "theta.plus-step")},  # optimize adds the step: a real slip
}
# The same of wrong programs; by network, where a shape error hides what follows.
NAMED: dict[str, set[tuple[str, str, str]]] = {
    "dA of the last layer in every layer": {("call", "gradient.of-another-layer", "")},
    "the last layer's gradient in hidden ReLU": {("call", "gradient.of-another-layer", "")},
    "the last layer's gradient in hidden sigmoid": {
        ("value", "dZ.value", "dZ.derivative-sigmoid-at-Z+other-layer-dA")
    },
    "two numberings of dA mixed": {("call", "gradient.two-numberings-raised", "")},
    "renamed drivers": {("value", "dZ.value", "dZ.missing-square")},
    "one cache for every layer": {("cache", "cache.of-another-layer", "")},
    "Adam with two mistakes": {("value", "theta.value", "theta.uncorrected-s+epsilon-inside-root")},
}
# The line of each that has one: that of the mistake, and not of a function that is called.
OWN_LINES = {
    "dA of the last layer in every layer": 'linear_activation_backward(grads["dA" + str(L - 1)]',
    "the last layer's gradient in hidden ReLU": "linear_activation_backward(dAL, current_cache",
    "the last layer's gradient in hidden sigmoid": "sigmoid_backward(dAL, current_cache[1])",
    "two numberings of dA mixed": 'grads["dA" + str(l + 2)]',
    "renamed drivers": "",  # recognised by what they take and give, without their lines
    "one cache for every layer": "current_cache, ",
    "Adam with two mistakes": "parameters[p + str(l)] = parameters[p + str(l)] - ",
}
# Correct programs that are accused today.
WAITS = {}
QUICK = {"cost with 1e-8", "dA with 1e-8", "ReLU' at 0 is 1", "renamed drivers"}


def parameters(cases: dict[str, Case]) -> list[Any]:
    """Each case on each network; most of them are slow together."""
    return [
        pytest.param(name, network, marks=[] if is_quick else pytest.mark.slow)
        for name, network in on_networks(cases)
        for is_quick in [name in QUICK and network == cases[name].networks[0]]
    ]


def examined(case: Case, network: str, tmp_path: Path) -> Report:
    path = str(case.written_to(tmp_path))
    return examine(Request(path, network=network, hidden=case.hidden, examples=11))


def codes_of(report: Report) -> set[tuple[str, str, str]]:
    """The kind and code of each finding, with the code of its causes or of its remark."""
    return {
        (f.kind, f.code, code)
        for f in report.findings
        for code in [c.code for c in f.causes] or [f.remark.code if f.remark else ""]
    }


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize(("name", "network"), parameters(RIGHT))
def test_a_correct_program_passes_or_differs_visibly(
    tmp_path: Path, name, network, request
) -> None:
    if name in WAITS:
        request.applymarker(pytest.mark.xfail(strict=True, reason=WAITS[name]))
    report = examined(RIGHT[name], network, tmp_path)
    assert codes_of(report) == DIFFERENT.get(name, set()), report
    assert report.verdict == (FAILED if name in DIFFERENT else "passed")


@pytest.mark.parametrize(("name", "network"), parameters(WRONG))
def test_a_wrong_program_is_never_passed(tmp_path: Path, name: str, network: str) -> None:
    report = examined(WRONG[name], network, tmp_path)
    assert report.verdict == FAILED
    assert codes_of(report) == NAMED[name], report
    assert all(OWN_LINES[name] in (f.yours or "") for f in report.findings)


@pytest.mark.parametrize("network", WRONG["Adam with two mistakes"].networks)
def test_two_mistakes_of_an_update_are_one_finding_for_all_parameters(tmp_path, network) -> None:
    (finding,) = examined(WRONG["Adam with two mistakes"], network, tmp_path).findings
    assert finding.facts["others"] == ("b1", "W2", "b2", "W3", "b3")


@pytest.mark.slow
def test_a_line_of_several_layers_is_one_finding(tmp_path: Path) -> None:
    case = WRONG["dA of the last layer in every layer"]
    (finding,) = examined(case, "5-4-4-4-4-1", tmp_path).findings
    assert (finding.tensor, finding.facts["others"]) == ("dZ3", ("dZ2", "dZ1"))
    assert finding.facts["other"] == 4


@pytest.mark.slow
def test_a_program_that_numbers_dA_in_two_ways_and_does_not_raise_is_named(tmp_path) -> None:
    """Its gradients are compared by the layers' steps that returned them."""
    case = week_4(
        ('grads["dA" + str(L - 1)], grads["dW"', 'grads["dA" + str(L)], grads["dW"'),
        (NEXT_DA, NEXT_DA.replace("l + 1", "l + 2 if l == L - 2 else l + 1")),
    )
    report = examined(case, "5-4-3-1", tmp_path)
    assert codes_of(report) == {("call", "gradient.two-numberings", "")}
    assert {"dA0", "dA1", "dA2"} <= report.judged


@pytest.mark.parametrize("network", WRONG["one cache for every layer"].networks)
def test_of_one_cache_for_every_layer_layer_1_alone_is_accused(tmp_path: Path, network) -> None:
    """dW2, db2 and dA1 are right to the bit; with other widths the call of layer 1 raises first."""
    report = examined(WRONG["one cache for every layer"], network, tmp_path)
    assert [(f.tensor, f.code) for f in report.findings] == [("dZ1", "cache.of-another-layer")]
    assert network != "5-4-4-1" or {"dW2", "db2", "dA1"} <= report.judged


def test_a_layer_kind_of_ones_own_whose_result_is_wrong_is_a_finding(own_kinds: None) -> None:
    """Its step and the one after it, of which the candidate's tensor is that of another input."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        runpy.run_path(str(PROGRAMS / "cases" / "new_layer_kind.py"))
    assert "run, float64: passed; 12 tensors compared" in out.getvalue()
    assert "<lambda>, float64: 2 findings; 12 tensors compared" in out.getvalue()
    assert "\nZ2 is wrong; everything before it agrees (A0 Z1)\n" in out.getvalue()


MODULES = PROGRAMS / "cases" / "torch_modules.py"


def module(name: str) -> Report:
    network = "5-4-4-3" if name == "Res" else "5-4-3"
    return examine(Request(f"{MODULES}:{name}", network=network, examples=11))


@pytest.mark.parametrize("name", ["net", "Func", "drop"])
def test_a_right_module_passes(name: str) -> None:
    module(name).raise_findings()


def test_a_wrong_module_is_found_and_its_mistake_named() -> None:
    assert codes_of(module("bad")) == {("value", "db.value", "db.divided-by-m-twice")}


REFUSED = {
    "nobias": "module.parameters", "withln": "module.parameters", "withbn": "module.parameters",
    "mish": "module.not-a-chain", "Res": "module.not-a-chain", "conv": "module.other-sizes",
}  # fmt: skip


@pytest.mark.parametrize(("name", "code"), REFUSED.items())
def test_a_module_of_other_layers_is_refused(name: str, code: str) -> None:
    """It is not a finding: nothing was judged."""
    with pytest.raises(InputError) as refused:
        module(name)
    assert refused.value.code == code
