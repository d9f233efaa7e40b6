"""Course 2's `model`, in each edition step by step, and its learning rates that decay."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity_tests.tests.support.paths import PROGRAMS
from parity_tests.tests.support.written_programs.course_files import changed, examined

OF_OPTIMISERS = "second_models"
OF_L2 = """

def model(X, Y, learning_rate=0.3, num_iterations=30000, print_cost=True, lambd=0, keep_prob=1):
    parameters = initialize_parameters([X.shape[0], 6, 3, 1])
    for i in range(num_iterations):
        a3, cache = forward_propagation(X, parameters)
        if lambd == 0:
            grads = backward_propagation(X, Y, cache)
        else:
            grads = backward_propagation_with_regularization(X, Y, cache, lambd)
        parameters = update_parameters(parameters, grads, learning_rate)
    return parameters
"""
HELPERS = "from reg_utils import backward_propagation, forward_propagation, initialize_parameters, "


def with_l2(tmp_path: Path, *edits: tuple[str, str]) -> Path:
    path = changed(tmp_path, "second_regularisation")
    source = path.read_text(encoding="utf-8") + OF_L2
    for old, new in edits:
        assert old in source
        source = source.replace(old, new)
    path.write_text(f"{HELPERS}update_parameters\n{source}", encoding="utf-8")
    return path


@pytest.mark.slow
def test_the_steps_of_each_optimiser_are_judged() -> None:
    report = examined(PROGRAMS / f"{OF_OPTIMISERS}.py")
    assert report.passed, str(report)
    assert not report.not_seen
    steps = {t.function for t in report.tensors if t.function.startswith("model")}
    gd = {f"model({k}, optimizer = gd)" for k in ("1 iteration", "2 iterations", "3 iterations")}
    assert steps == {*gd, "model(1 iteration, optimizer = momentum)"}
    assert any('not run with optimizer = "adam"; several batches; decay' in n for n in report.notes)


@pytest.mark.slow
def test_the_steps_with_and_without_a_penalty_are_judged(tmp_path: Path) -> None:
    report = examined(with_l2(tmp_path))
    assert report.passed, str(report)
    steps = {t.function for t in report.tensors if t.function.startswith("model")}
    assert {"model(3 iterations, lambd = 0)", "model(3 iterations, lambd = 0.75)"} <= steps


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "tensor"),
    [
        ("Y, cache, lambd)\n        parameters =", "Y, cache, lambd / 2)\n        parameters =",
         "model(1 iteration, lambd = 0.75).W1"),
        ("if lambd == 0:\n            grads", "if lambd >= 0:\n            grads",
         "model(1 iteration, lambd = 0.75).W1"),
    ],
)  # fmt: skip
def test_a_mistake_with_the_penalty_is_found(
    tmp_path: Path, old: str, new: str, tensor: str
) -> None:
    report = examined(with_l2(tmp_path, (old, new)))
    assert tensor in {f.tensor for f in report.findings}, str(report)
    assert all(f.tensor.startswith("model(") for f in report.findings)


PLANTED = {
    ("1 / (1 + decay_rate * epoch_num)", "1 / (decay_rate * epoch_num)"): (
        "update_lr.learning_rate", "learning_rate.missing-1",
    ),
    ("np.floor(epoch_num / time_interval)", "(epoch_num / time_interval)"): (
        "schedule_lr_decay.learning_rate", "learning_rate.not-rounded",
    ),
    ("learning_rate0 / (1 +", "learning_rate0 * (1 +"): (
        "schedule_lr_decay.learning_rate", "learning_rate.product",
    ),
    ("* learning_rate0\n", "* learning_rate0 ** 2\n"): ("update_lr.learning_rate", ""),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("edits", PLANTED)
def test_a_wrong_decay_is_found_and_named(tmp_path: Path, edits: tuple[str, str]) -> None:
    tensor, cause = PLANTED[edits]
    report = examined(changed(tmp_path, OF_OPTIMISERS, edits))
    found = {f.tensor: [c.code for c in f.causes] for f in report.findings}
    assert {*found} == {tensor}, str(report)
    assert not cause or cause in found[tensor]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "tensor"),
    [
        ("(parameters, grads, v, beta, learning_rate)\n        if", "(parameters, grads, v, beta, "
         "-learning_rate)\n        if", "model(1 iteration, optimizer = momentum).W1"),
        ("(parameters, grads, learning_rate)\n            elif",
         "(parameters, grads, 2 * learning_rate)\n            elif",
         "model(1 iteration, optimizer = gd).W1"),
    ],
)  # fmt: skip
def test_a_mistake_of_an_optimisers_branch_is_found(
    tmp_path: Path, old: str, new: str, tensor: str
) -> None:
    report = examined(changed(tmp_path, OF_OPTIMISERS, (old, new)))
    assert tensor in {f.tensor for f in report.findings}, str(report)
