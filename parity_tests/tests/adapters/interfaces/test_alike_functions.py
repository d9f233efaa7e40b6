"""A loss by loops and by arrays, in one file, of one interface: each is judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity_tests.checking.report import Report
from parity_tests.checking.verdict import FAILED
from parity_tests.tests.support.paths import PROGRAMS
from parity_tests.tests.support.written_programs.edited_programs import examined_source

PROGRAM = (PROGRAMS / "interfaces" / "linear_svm.py").read_text(encoding="utf-8")
SOFTMAX = (
    ("    margins = np.maximum(0, scores - correct + 1)\n"
     "    margins[np.arange(num_train), y] = 0\n    loss = margins.sum() / num_train",
     "    p = np.exp(scores - scores.max(axis=1, keepdims=True))\n"
     "    p /= p.sum(axis=1, keepdims=True)\n"
     "    loss = -np.log(p[np.arange(num_train), y]).mean()"),
    ("    mask = (margins > 0).astype(float)\n"
     "    mask[np.arange(num_train), y] = -mask.sum(axis=1)\n",
     "    mask = p\n    mask[np.arange(num_train), y] -= 1\n"),
)  # fmt: skip


def examined(tmp_path: Path, *edits: tuple[str, str]) -> Report:
    return examined_source(tmp_path, PROGRAM, edits, examples=11)


def test_both_are_judged_with_their_penalty(tmp_path: Path) -> None:
    report = examined(tmp_path)
    assert report.passed, str(report)
    assert {"J", "dW1", "svm_loss_vectorized.J", "svm_loss_vectorized.dW1"} <= report.judged
    assert not report.not_seen
    assert any("multiclass_hinge" in text for text in (report.problem,))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("X.T.dot(mask) / num_train", "X.T.dot(mask)", "dW.missing-1/m"),
        ("num_train + 2 * reg * W\n    return loss, dW\n", "num_train + reg * W\n"
         "    return loss, dW\n", "dW.L2-half"),
        ("    mask[np.arange(num_train), y] = -mask.sum(axis=1)\n", "", ""),
    ],
)  # fmt: skip
def test_a_mistake_in_the_second_is_found(tmp_path: Path, old: str, new: str, cause: str) -> None:
    report = examined(tmp_path, (old, new))
    assert report.verdict == FAILED
    (finding,) = report.findings
    assert finding.tensor == "svm_loss_vectorized.dW1"
    assert not cause or cause in {c.code for c in finding.causes}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new"),
    [("dW[:, y[i]] -= X[i]", "pass"), ("correct_class_score + 1", "correct_class_score")],
)
def test_a_mistake_in_the_first_does_not_pass(tmp_path: Path, old: str, new: str) -> None:
    assert not examined(tmp_path, (old, new)).passed


@pytest.mark.slow
def test_one_of_another_loss_is_judged_as_that(tmp_path: Path) -> None:
    report = examined(tmp_path, *SOFTMAX)
    assert report.passed, str(report)
    assert "svm_loss_vectorized.dW1" in report.judged
    report = examined(tmp_path, *SOFTMAX, ("y] -= 1", "y] += 1"))
    assert [f.tensor for f in report.findings] == ["svm_loss_vectorized.dW1"]
