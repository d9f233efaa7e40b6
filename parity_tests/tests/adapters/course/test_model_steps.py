"""The programs of course 1 that train: each step is θ − α dθ from the parameters before it."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity_tests.tests.support.paths import PROGRAMS
from parity_tests.tests.support.written_programs.course_files import changed, examined

UPDATE = "        parameters = update_parameters(parameters, grads)\n"
GRADS = "        grads = backward_propagation(parameters, cache, X, Y)\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "models"),
    [
        ("week2_model", {"model"}), ("week3_model", {"nn_model"}),
        ("week4_models", {"two_layer_model", "L_layer_model"}),
    ],
)  # fmt: skip
def test_right_programs_pass_after_each_iteration(name: str, models: set[str]) -> None:
    report = examined(PROGRAMS / f"{name}.py")
    assert report.passed, str(report)
    steps = {t.function for t in report.tensors if t.function.partition("(")[0] in models}
    assert steps == {f"{m}({k})" for m in models for k in ("1 iteration", "2 iterations",
                                                           "3 iterations")}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "old", "new", "tensor", "cause"),
    [
        ("week2_model", "learning_rate, print_cost)\n    w, b", "-learning_rate)\n    w, b",
         "model(1 iteration).W1", "theta.sign-flipped"),
        ("week3_model", UPDATE, UPDATE.replace("parameters = ", ""),
         "nn_model(1 iteration).W1", "theta.not-updated"),
        ("week3_model", GRADS, GRADS.replace("Y)\n", "Y) if i == 0 else grads\n"),
         "nn_model(2 iterations).W1", "loop.first-gradients"),
        ("week3_model", "randn(n_h, n_x) * 0.01", "randn(n_h, n_x) * 0",
         "initialize_parameters.W1", "initial.equal"),
        ("week4_models", "dA2 = -(np.divide(Y, A2)", "dA2 = (np.divide(Y, A2)",
         "two_layer_model(1 iteration).W1", "theta.plus-step"),
        ("week4_models", "grads, learning_rate)\n    return parameters\n",
         "grads, learning_rate / 2)\n    return parameters\n",
         "L_layer_model(1 iteration).W1", "theta.step-times-c"),
    ],
)  # fmt: skip
def test_a_mistake_of_the_loop_is_found_at_its_step(
    tmp_path: Path, name: str, old: str, new: str, tensor: str, cause: str
) -> None:
    report = examined(changed(tmp_path, name, (old, new)))
    found = {f.tensor: [c.code for c in f.causes] for f in report.findings}
    assert cause in found.get(tensor, []), str(report)
    assert {t.partition("(")[0].partition(".")[0] for t in found} == {
        tensor.partition("(")[0].partition(".")[0]
    }


@pytest.mark.slow
def test_another_learning_rate_than_the_default_is_no_mistake(tmp_path: Path) -> None:
    path = changed(tmp_path, "week3_model", (UPDATE, UPDATE.replace("grads)", "grads, 0.5)")))
    report = examined(path)
    assert report.passed, str(report)
    assert any("learning rate" in note for note in report.notes)
