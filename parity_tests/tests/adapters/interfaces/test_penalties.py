"""The penalty of the weights: J shows its form, and the gradients are judged with λ ≠ 0."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parity_tests.checking.report import Report
from parity_tests.checking.verdict import MISTAKEN_CALL, NOT_JUDGED, PASSED
from parity_tests.tests.support.paths import PROGRAMS
from parity_tests.tests.support.written_programs.edited_programs import examined_source

FOLDER = PROGRAMS / "interfaces"
IN_J = "reg * ((W1 * W1).sum() + (W2 * W2).sum())"
HALF = (IN_J, f"0.5 * {IN_J}"), ("2 * reg * W", "reg * W")
OVER_M = (IN_J, f"reg / (2 * N) * {IN_J[6:]}"), ("2 * reg * W", "reg / N * W")
ATTRIBUTE = (
    (", reg=0.0):", "):"), ("std=1e-2):", "std=1e-2, reg=0.1):\n        self.reg = reg"),
    ("N = X.shape[0]", "N, reg = X.shape[0], self.reg"),
)  # fmt: skip
GLOBAL = ((", reg=0.0):", "):"), ("class ", "reg = 0.1\n\n\nclass "))
UNPENALISED = (f"        loss += {IN_J}\n", "")
OF_B1 = "dhidden.sum(axis=0)"
BIASES = (IN_J, f"{IN_J[:-1]} + (b1 * b1).sum() + (b2 * b2).sum())")


def examined(
    tmp_path: Path, *edits: tuple[str, str], program: str = "loss_method", **asked: Any
) -> Report:
    source = (FOLDER / f"{program}.py").read_text(encoding="utf-8")
    return examined_source(tmp_path, source, edits, program, **asked)


def test_an_epsilon_that_is_declared_hides_no_penalty(tmp_path: Path) -> None:
    """The form cannot be read beside ε: the penalty is listed as not judged."""
    edits = ("np.log(probs[np.arange(N), y])", "np.log(probs[np.arange(N), y] + 1e-8)"), HALF[0]
    report = examined(tmp_path, *edits, epsilon=1e-8)
    assert (report.verdict, report.findings) == (NOT_JUDGED, ())
    assert report.missing == ("dW(reg)",)


@pytest.mark.parametrize(
    ("form", "edits"),
    [
        ("reg ΣW²", ()),
        pytest.param("½ reg ΣW²", HALF, marks=pytest.mark.slow),
        ("reg/(2m) ΣW²", OVER_M),
        pytest.param("reg ΣW²", ATTRIBUTE, marks=pytest.mark.slow),
        pytest.param("reg ΣW²", GLOBAL, marks=pytest.mark.slow),
    ],
)
def test_the_form_of_a_penalty_is_told_by_J(
    tmp_path: Path, form: str, edits: tuple[tuple[str, str], ...]
) -> None:
    report = examined(tmp_path, *edits)
    assert (report.verdict, report.findings) == (PASSED, ())
    assert any(f"J has + {form}," in note for note in report.notes)


@pytest.mark.parametrize(
    ("tensor", "cause", "edits"),
    [
        ("dW2", "L2-half", (("2 * reg * W2", "reg * W2"),)),
        pytest.param("dW1", "minus-L2", (("+ 2 * reg * W1", "- 2 * reg * W1"),),
                     marks=pytest.mark.slow),
        pytest.param("dW1", "missing-L2", ((" + 2 * reg * W1", ""),), marks=pytest.mark.slow),
        pytest.param("db1", "plus-L2", ((OF_B1, f"{OF_B1} + 2 * reg * b1"),),
                     marks=pytest.mark.slow),
        pytest.param("dW2", "L2-missing-1/m", (*OVER_M, ("reg / N * W2", "reg * W2")),
                     marks=pytest.mark.slow),
        pytest.param("J", "minus-L2", (("loss += reg", "loss -= reg"),), marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_a_mistake_in_a_penalty_is_found_and_named(
    tmp_path: Path, tensor: str, cause: str, edits: tuple[tuple[str, str], ...]
) -> None:
    """At reg = 0, with which the program was read, all of them are right."""
    report = examined(tmp_path, *edits)
    assert [f.tensor for f in report.findings] == [tensor]
    assert f"{tensor[:2].rstrip('0123456789')}.{cause}" in {
        c.code for c in report.findings[0].causes
    }
    assert report.findings[0].message.startswith("with reg = 0.5, ")


@pytest.mark.parametrize(
    ("reason", "edits"),
    [
        ("is not of ½ reg ΣW²", ((IN_J, "reg * (abs(W1).sum() + abs(W2).sum())"),)),
        pytest.param("J is the same", (UNPENALISED,), marks=pytest.mark.slow),
        pytest.param("squares of the biases", (BIASES,), marks=pytest.mark.slow),
        pytest.param("raised", (("N = X.shape[0]", "N = [X.shape[0]][reg > 0]"),),
                     marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_a_penalty_of_another_form_is_not_judged(
    tmp_path: Path, reason: str, edits: tuple[tuple[str, str], ...]
) -> None:
    report = examined(tmp_path, *edits)
    assert (report.verdict, report.findings) == (NOT_JUDGED, ())
    assert report.missing == ("dW(reg)",)
    assert any(reason in note for note in report.notes)


@pytest.mark.slow
def test_gradients_with_a_decay_that_J_leaves_out_are_judged_alone(tmp_path: Path) -> None:
    """A weight decay is the optimiser's; a wrong sign, or another factor for W1, is not judged."""
    decay = UNPENALISED, ("reg", "weight_decay"), ("2 * weight_decay", "weight_decay")
    report = examined(tmp_path, *decay)
    assert (report.verdict, report.findings) == (PASSED, ())
    assert any("the gradients have + weight_decay W," in note for note in report.notes)
    for wrong in ("- weight_decay * W1", "+ 3 * weight_decay * W1"):
        report = examined(tmp_path, *decay, ("+ weight_decay * W1", wrong))
        assert (report.verdict, report.missing) == (NOT_JUDGED, ("dW(weight_decay)",))


def test_a_strength_that_is_not_used_is_named(tmp_path: Path) -> None:
    report = examined(tmp_path, UNPENALISED, (" + 2 * reg * W1", ""), (" + 2 * reg * W2", ""))
    assert (report.verdict, report.findings) == (NOT_JUDGED, ())
    assert report.missing == ("dW(reg)",)  # a penalty may have been forgotten
    assert "reg changes neither J nor the gradients" in report.notes


def test_a_decay_without_a_name_may_be_left_out_of_J(tmp_path: Path) -> None:
    edits = ((f" + 2 * reg * W{l}", f" + 0.01 * W{l}") for l in (1, 2))
    report = examined(tmp_path, UNPENALISED, *edits)
    assert (report.verdict, report.findings) == (MISTAKEN_CALL, ())
    assert [f.code for f in report.mistaken] == ["mistaken-call.unknown-network"]
