"""The course's update functions, and optimisers: right ones pass, mistakes are named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from parity_tests.adapters.candidate_process.in_this_process import course_here
from parity_tests.adapters.course.update_functions import check_updates
from parity_tests.adapters.optimisers.check_optimiser import check_optimiser
from parity_tests.campaigns.plant_in_update_functions import SPEC
from parity_tests.checking.causes import Cause
from parity_tests.checking.report import Report
from parity_tests.error_model.precisions import PRECISIONS
from ref_numpy import Array, InputError
from ref_numpy.optimisers import Adam, GradientDescent, Momentum, Optimiser, RMSProp
from torch_impl.torch_optimisers import build

# As they stand in the second course's assignment, and RMSProp as the course's lecture has it.
FUNCTIONS = """
def update_parameters_with_gd(parameters, grads, learning_rate):
    L = len(parameters) // 2
    for l in range(1, L + 1):
        parameters["W" + str(l)] = parameters["W" + str(l)] - learning_rate * grads["dW" + str(l)]
        parameters["b" + str(l)] = parameters["b" + str(l)] - learning_rate * grads["db" + str(l)]
    return parameters

def update_parameters_with_momentum(parameters, grads, v, beta, learning_rate):
    for k in parameters:
        v["d" + k] = beta * v["d" + k] + (1 - beta) * grads["d" + k]
        parameters[k] = parameters[k] - learning_rate * v["d" + k]
    return parameters, v

def update_parameters_with_rmsprop(parameters, grads, s, beta, learning_rate, epsilon=1e-8):
    for k in parameters:
        s["d" + k] = beta * s["d" + k] + (1 - beta) * np.power(grads["d" + k], 2)
        root = np.sqrt(s["d" + k]) + epsilon
        parameters[k] = parameters[k] - learning_rate * grads["d" + k] / root
    return parameters, s

def update_parameters_with_adam(parameters, grads, v, s, t, learning_rate=0.01,
                                beta1=0.9, beta2=0.999, epsilon=1e-8):
    v_corrected, s_corrected = {}, {}
    for k in parameters:
        v["d" + k] = beta1 * v["d" + k] + (1 - beta1) * grads["d" + k]
        v_corrected["d" + k] = v["d" + k] / (1 - beta1**t)
        s["d" + k] = beta2 * s["d" + k] + (1 - beta2) * grads["d" + k]**2
        s_corrected["d" + k] = s["d" + k] / (1 - beta2**t)
        root = np.sqrt(s_corrected["d" + k]) + epsilon
        parameters[k] = parameters[k] - learning_rate * v_corrected["d" + k] / root
    return parameters, v, s, v_corrected, s_corrected
"""


@np.errstate(all="ignore")  # a wrong average may be negative, and have no root
def reports(source: str, precision: str = "float64") -> list[Report]:
    namespace: dict[str, Any] = {"np": np}
    exec(source, namespace)
    rng = np.random.default_rng(1)
    return list(check_updates(course_here(namespace), SPEC, PRECISIONS[precision], rng))


@pytest.mark.parametrize("precision", ["float64", "float32", "bfloat16"])
def test_the_assignments_functions_pass(precision: str) -> None:
    every = reports(FUNCTIONS, precision)
    assert [report.candidate for report in every] == [
        f"update_parameters_with_{name}" for name in ("gd", "momentum", "rmsprop", "adam")
    ]
    for report in every:
        report.raise_findings()
    assert {t.name.rpartition(".")[2] for t in every[-1].tensors} >= {"vdW1", "sdb2", "W2", "b1"}


MISTAKES = [
    ("- learning_rate * grads", "+ learning_rate * grads", "gd.W1", "theta.plus-step"),
    ("beta * v", "(1 - beta) * v", "momentum.vdW1", ""),
    ("(1 - beta) * grads[", "grads[", "momentum.vdW1", "v.missing-1-minus-beta"),
    ("learning_rate * v[", "learning_rate * grads[", "momentum.W1", "theta.dtheta-for-v"),
    ("np.power(grads[\"d\" + k], 2)", "grads[\"d\" + k]", "rmsprop.sdW1", "s.missing-square"),
    ("np.sqrt(s[\"d\" + k]) + epsilon", "np.sqrt(s[\"d\" + k] + epsilon)", "rmsprop.W1",
     "theta.epsilon-inside-root"),
    ("v[\"d\" + k] / (1 - beta1**t)", "v[\"d\" + k]", "adam.W1",
     "theta.uncorrected-v"),
    ("s[\"d\" + k] / (1 - beta2**t)", "s[\"d\" + k]", "adam.W1",
     "theta.uncorrected-s"),
    ("beta1**t", "beta1**(t - 1)", "adam.W1", "theta.step-times-c c=1.40833"),
    ("np.sqrt(s_corrected[\"d\" + k])", "s_corrected[\"d\" + k]", "adam.W1", "theta.missing-root"),
    ("beta1 * v", "beta2 * v", "adam.vdW1", ""),
    ("(1 - beta1) * grads", "(1 - beta2) * grads", "adam.vdW1",
     "v.beta2-for-beta1-in-1-minus-beta"),
    ("(1 - beta1) * grads", "beta1 * grads", "adam.vdW1", "v.beta-for-1-minus-beta"),
    ("(1 - beta2) * grads[\"d\" + k]**2", "(1 - beta2) * v[\"d\" + k]**2",
     "adam.sdW1", "s.v-for-dtheta"),
    ("learning_rate * v_corrected[\"d\" + k]", "learning_rate * grads[\"d\" + k]", "adam.W1",
     "theta.dtheta-for-corrected-v"),
    ("beta2 * s[\"d\" + k] + (1 - beta2)", "beta1 * s[\"d\" + k] + (1 - beta1)", "adam.sdW1",
     "s.beta1-for-beta2"),
]  # fmt: skip


def with_constant(cause: Cause) -> str:
    """ "theta.epsilon c=0.001": the code, and the constant that was fitted."""
    return f"{cause.code} c={cause.facts['c']}" if "c" in cause.facts else cause.code


@pytest.mark.parametrize(
    ("old", "new", "where", "expected"), MISTAKES, ids=[m[1] for m in MISTAKES]
)
def test_a_mistake_in_a_function_is_found_and_named(old, new, where: str, expected: str) -> None:
    """Without an expected cause: it is found where it is, and not explained by another mistake."""
    assert old in FUNCTIONS
    findings = [f for report in reports(FUNCTIONS.replace(old, new)) for f in report.findings]
    assert findings[0].tensor == f"update_parameters_with_{where}"
    assert findings[0].tensor.partition(".")[0] in findings[0].message
    assert findings[0].code == f"{expected.partition('.')[0] or 'v'}.value"
    if expected:
        assert expected in map(with_constant, findings[0].causes)
        functions = [f.tensor.partition(".")[0] for f in findings]
        assert len({*functions}) == len(functions), "one finding for all parameters"
        assert ", and so are " in findings[0].message
        assert "W1" in findings[0].causes[0].right
        assert "theta" not in findings[0].causes[0].wrong_line
    else:
        assert findings[0].remark
        assert findings[0].remark.code == "unknown.no-known-mistake"


ROOT = 'root = np.sqrt(s["d" + k]) + epsilon'
CORRECTED_ROOT = 'root = np.sqrt(s_corrected["d" + k]) + epsilon'
# Old and new texts, the first finding, and the code of its two mistakes.
TWO_MISTAKES = [
    (
        ('- learning_rate * v["d" + k]', '+ learning_rate * grads["d" + k]'), "momentum.W1",
        "theta.plus-step+dtheta-for-v",
    ),
    (
        ('beta * v["d" + k] + (1 - beta) *', 'v["d" + k] +'), "momentum.vdW1",
        "v.missing-1-minus-beta+missing-beta",
    ),
    (
        (ROOT, 'root = np.sqrt(s["d" + k] + epsilon)',
         '- learning_rate * grads["d" + k] / root', '- grads["d" + k] / root'), "rmsprop.W1",
        "theta.missing-alpha+epsilon-inside-root",
    ),
    (
        (CORRECTED_ROOT, 'root = np.sqrt(s["d" + k] + epsilon)'), "adam.W1",
        "theta.uncorrected-s+epsilon-inside-root",
    ),
    (
        (CORRECTED_ROOT, 'root = s_corrected["d" + k] + epsilon',
         '* v_corrected["d" + k] / root', '* v["d" + k] / root'), "adam.W1",
        "theta.uncorrected-v+missing-root",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("texts", "where", "code"), TWO_MISTAKES)
def test_two_mistakes_in_a_rule_are_one_finding_for_all_parameters(texts, where, code) -> None:
    source = FUNCTIONS
    for old, new in zip(texts[::2], texts[1::2], strict=True):
        assert source.count(old) == 1
        source = source.replace(old, new)
    (finding,) = [f for report in reports(source) for f in report.findings]
    assert finding.tensor == f"update_parameters_with_{where}"
    assert [cause.code for cause in finding.causes] == [code]
    assert len(finding.facts["others"]) == 2 * len(SPEC.weights) - 1


def test_a_gradient_that_an_update_changes_is_found() -> None:
    line = 'v["d" + k] = beta * v["d" + k] + '
    old, new = f'{line}(1 - beta) * grads["d" + k]', f'{line}grads["d" + k]'
    assert old in FUNCTIONS
    source = FUNCTIONS.replace(old, f'grads["d" + k] *= 1 - beta\n        {new}')
    findings = [f for report in reports(source) for f in report.findings]
    assert {f.kind for f in findings} == {"changed"}
    text = "update_parameters_with_momentum changed dW1, which it was given, in place"
    assert text in str(findings[0])
    assert {f.code for f in findings} == {"argument.changed"}


def test_a_result_of_another_form_is_one_sentence() -> None:
    source = FUNCTIONS.replace("parameters, v, s, v_corrected, s_corrected", "parameters")
    (finding,) = reports(source)[-1].findings
    assert str(finding) == (
        "update_parameters_with_adam returned a dict; expected (parameters, v, s)"
    )


OPTIMISERS = [GradientDescent(0.1), Momentum(0.1), RMSProp(0.01), Adam(0.01)]


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("decay", [0.0, 0.25])
@pytest.mark.parametrize("optimiser", OPTIMISERS, ids=lambda o: type(o).__name__)
def test_torch_and_the_reference_pass(optimiser: Optimiser, decay: float, precision: str) -> None:
    optimiser = replace(optimiser, weight_decay=decay)
    for candidate in (lambda params: build(optimiser, params), optimiser):
        report = check_optimiser(candidate, optimiser, precision, steps=6)
        report.raise_findings()
        assert [t.name for t in report.tensors] == [f"theta{t}" for t in range(1, 7)]


T = torch.optim
WRONG: list[tuple[Callable[..., Any], Optimiser, str, str]] = [
    (lambda p: T.AdamW(p, 0.01, weight_decay=0.1), Adam(0.01, 0.1), "theta1",
     "theta.decoupled-decay"),
    (lambda p: T.AdamW(p, 0.01), Adam(0.01), "theta1",
     "theta.decoupled-decay-of-c c=0.01"),
    (lambda p: T.Adam(p, 0.01, weight_decay=0.2), Adam(0.01, 0.1), "theta1",
     "dtheta.decay-of-c c=0.2"),
    (lambda p: T.Adam(p, 0.01), Adam(0.01, 0.1), "theta1", "dtheta.missing-decay"),
    (lambda p: T.SGD(p, 0.01), GradientDescent(0.01, 0.1), "theta1", "dtheta.missing-decay"),
    (lambda p: T.Adam(p, 0.01, eps=1e-3), Adam(0.01), "theta1", "theta.epsilon c=0.001"),
    (lambda p: T.Adam(p, 0.03), Adam(0.01), "theta1", "theta.step-times-c c=3"),
    (lambda p: T.SGD(p, 0.01, maximize=True), GradientDescent(0.01), "theta1", "theta.plus-step"),
    (lambda p: T.SGD(p, 0.01, 0.9, nesterov=True), Momentum(0.01), "theta1",
     "theta.nesterov"),
    (lambda p: T.SGD(p, 0.01), Momentum(0.01), "theta2", "theta.dtheta-for-v"),
    (lambda p: T.SGD(p, 0.01, 0.8), Momentum(0.01), "theta2", "rule.beta c=0.8"),
    (lambda p: T.RMSprop(p, 0.01, alpha=0.9), RMSProp(0.01), "theta1", "rule.beta c=0.9"),
    (lambda p: T.Adam(p, 0.01, betas=(0.5, 0.999)), Adam(0.01), "theta2", "rule.beta1 c=0.5"),
    (lambda p: T.Adam(p, 0.01, betas=(0.9, 0.99)), Adam(0.01), "theta2", "rule.beta2 c=0.99"),
    # After one update 1 − β₁ = 0.1 and α = 0.01 make these look like other mistakes.
    (lambda p: T.Adam(p, 1e-3), Adam(0.01), "theta1", "theta.step-times-c c=0.1"),
    (lambda p: T.Adam(p, 1e-2), Adam(0.1), "theta1", "theta.step-times-c c=0.1"),
    (lambda p: T.Adam(p, 1e-2), Adam(0.001), "theta1", "theta.step-times-c c=10"),
    (lambda p: T.SGD(p, 0.1, 0.9), Momentum(0.01), "theta1", "theta.step-times-c c=10"),
    (lambda p: T.RMSprop(p, 1e-2), Adam(0.01), "theta1", "unknown"),
    (lambda p: T.NAdam(p, 0.01), Adam(0.01), "theta1", "unknown"),
    (lambda p: T.RMSprop(p, 0.01, centered=True), RMSProp(0.01), "theta1", "unknown"),
    (lambda p: T.Adam(p, 0.01, betas=(0.5, 0.6)), Adam(0.01), "theta2", "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "optimiser", "where", "expected"), WRONG)
@pytest.mark.slow
def test_another_optimiser_is_found_and_named(make, optimiser, where: str, expected: str) -> None:
    (finding,) = check_optimiser(make, optimiser).findings
    assert finding.tensor == where
    if expected == "unknown":
        assert finding.remark
        assert finding.remark.code == "unknown.no-known-update"
        assert not finding.causes
    else:
        assert expected in map(with_constant, finding.causes), finding.cause
        assert "the parameters after every update" in str(finding.cause)
    assert f"theta after update {where[-1]} is wrong" in str(finding)


def test_a_shape_that_an_optimiser_breaks_is_one_finding() -> None:
    class Breaks:
        def start(self, params: dict[str, Array]) -> int:
            return 0

        def update(self, params: Any, gradients: Any, state: int) -> Any:
            theta = params["W1"] - 0.1 * gradients["dW1"]
            return {"W1": theta if state < 2 else theta[0]}, state + 1

    report = check_optimiser(Breaks(), GradientDescent(0.1))
    (finding,) = report.findings
    assert (finding.tensor, finding.kind) == ("theta3", "shape")


def test_an_optimiser_may_update_in_place() -> None:
    class InPlace:
        def start(self, params: dict[str, Array]) -> None:
            pass

        def update(self, params: Any, gradients: Any, state: None) -> Any:
            for name in params:
                params[name] -= 0.1 * gradients[f"d{name}"]
            return params, state

    check_optimiser(InPlace(), GradientDescent(0.1)).raise_findings()


@pytest.mark.parametrize("candidate", [lambda params: None, object()])
def test_no_optimiser_is_one_sentence(candidate: Any) -> None:
    with pytest.raises(
        InputError, match=r"does not return a torch.optim.Optimizer; expected a function that"
    ):
        check_optimiser(candidate, Adam(0.01))
