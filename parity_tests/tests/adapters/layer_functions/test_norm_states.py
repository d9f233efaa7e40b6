"""Batch norm as a function with a dictionary of settings: running statistics, and evaluation."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.request import Request
from parity_tests.checking.report import Report
from parity_tests.checking.verdict import NOT_JUDGED, PASSED
from parity_tests.tests.support.written_programs.edited_programs import with_edits

PROGRAM = """
import numpy as np

def batchnorm_forward(x, gamma, beta, bn_param):
    mode, eps, momentum = bn_param["mode"], bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    running_mean = bn_param.get("running_mean", np.zeros(x.shape[1]))
    running_var = bn_param.get("running_var", np.zeros(x.shape[1]))
    cache = None
    if mode == "train":
        mu, var = x.mean(axis=0), x.var(axis=0)
        std = np.sqrt(var + eps)
        xhat = (x - mu) / std
        out, cache = gamma * xhat + beta, (xhat, std, gamma)
        running_mean = momentum * running_mean + (1 - momentum) * mu
        running_var = momentum * running_var + (1 - momentum) * var
    else:
        out = gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta
    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return out, cache

def batchnorm_backward(dout, cache):
    xhat, std, gamma = cache
    d = dout * gamma
    dx = (d - d.mean(axis=0) - xhat * (d * xhat).mean(axis=0)) / std
    return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)
"""


def examined(tmp_path: Path, *edits: tuple[str, str]) -> Report:
    source = PROGRAM
    source = with_edits(source, edits)
    path = tmp_path / "batch_norm.py"
    path.write_text(source, encoding="utf-8")
    return examine(Request(str(path)))


UNBIASED = ("(1 - momentum) * var", "(1 - momentum) * var * (len(x) / (len(x) - 1))")
REVERSED = (
    ("momentum * running_", "(1 - momentum) * running_"),
    ("(1 - momentum) * mu", "momentum * mu"), ("(1 - momentum) * var", "momentum * var"),
)  # fmt: skip


OF_TORCH = (*REVERSED, ('"momentum", 0.9', '"momentum", 0.1'))


@pytest.mark.parametrize(
    "edits",
    [
        (),
        pytest.param((UNBIASED,), marks=pytest.mark.slow),
        pytest.param(OF_TORCH, marks=pytest.mark.slow),
    ],
)
def test_statistics_of_a_usual_convention_and_evaluation_pass(
    tmp_path: Path, edits: tuple[tuple[str, str], ...]
) -> None:
    report = examined(tmp_path, *edits)
    assert (report.verdict, report.findings) == (PASSED, ())
    assert "batchnorm_forward.Z (test)" in report.judged
    assert any("keeps the running statistics" in note for note in report.notes)
    assert any("divided by N - 1" in note for note in report.notes) == (UNBIASED in edits)


def named(report: Report) -> dict[str, set[str]]:
    return {f.tensor: {cause.code for cause in f.causes} for f in report.findings}


@pytest.mark.slow
def test_a_momentum_that_is_0_9_by_default_weighs_the_old_value(tmp_path: Path) -> None:
    """Given a momentum each convention is right; without one the old value is nearly forgotten."""
    assert named(examined(tmp_path, *REVERSED)) == {
        f"batchnorm_forward.{n}": {f"{n}.momentum-reversed"}
        for n in ("running_mean", "running_var")
    }


MISTAKES = {
    "running_var.standard-deviation": ("(1 - momentum) * var", "(1 - momentum) * var**0.5"),
    "running_mean.missing-1-minus-momentum": ("(1 - momentum) * mu", "mu"),
    "running_mean.replaced": ("momentum * running_mean + (1 - momentum) * mu", "mu"),
    "running_mean.not-updated": ("running_mean = momentum * running_mean + (1 - momentum) * mu",
                                 "pass"),
    "running_var.mean-for-variance": ("(1 - momentum) * var", "(1 - momentum) * mu"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("code", MISTAKES)
def test_a_mistake_in_the_running_statistics_is_named(tmp_path: Path, code: str) -> None:
    statistic = code.partition(".")[0]
    found = named(examined(tmp_path, MISTAKES[code]))
    assert [*found] == [f"batchnorm_forward.{statistic}"]
    assert code in found[f"batchnorm_forward.{statistic}"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "new"), [("missing-epsilon", "np.sqrt(var)"), ("epsilon-outside-root",
                                                            "np.sqrt(var) + eps")]
)  # fmt: skip
def test_an_epsilon_of_the_settings_is_seen_with_a_large_one(
    tmp_path: Path, code: str, new: str
) -> None:
    """With 1e-5 the first is as right as an ε of 1e-15."""
    found = named(examined(tmp_path, ("np.sqrt(var + eps)", new)))
    assert f"Z.{code}" in found["batchnorm_forward.Z"]


@pytest.mark.slow
def test_an_epsilon_of_the_functions_own_is_no_mistake(tmp_path: Path) -> None:
    report = examined(tmp_path, ('bn_param.get("eps", 1e-5)', "1e-8"))
    assert (report.verdict, report.findings) == (PASSED, ())


@pytest.mark.slow
def test_a_mistake_in_evaluation_is_found(tmp_path: Path) -> None:
    report = examined(tmp_path, ("/ np.sqrt(running_var + eps)", "/ (running_var + eps)"))
    (finding,) = report.findings
    assert (finding.tensor, finding.kind) == ("batchnorm_forward.Z", "value")
    assert any(c.is_certain for c in finding.causes)


@pytest.mark.slow
@pytest.mark.parametrize(("old", "new"), [("* var", "* var**3"), ("* mu\n", "* x[0]\n")])
def test_statistics_of_no_convention_are_not_judged(tmp_path: Path, old: str, new: str) -> None:
    report = examined(tmp_path, (old, new))
    assert (report.verdict, report.findings) == (NOT_JUDGED, ())
    name = "running_var" if "var" in old else "running_mean"
    assert report.missing == (f"batchnorm_forward.{name}",)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new"), [('"running_mean"', '"moving_mean"'), ('mode == "train"', "True")]
)
def test_evaluation_with_other_keys_or_without_it_is_not_accused(
    tmp_path: Path, old: str, new: str
) -> None:
    report = examined(tmp_path, (old, new))
    assert (report.verdict, report.findings) == (PASSED, ())
    assert any("in training alone" in note for note in report.notes)
