"""Functions of a loss: the cost, its gradient, and the factor that a program has between."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.request import Request
from parity_tests.checking.report import Report
from parity_tests.checking.verdict import FAILED
from parity_tests.tests.support.paths import PROGRAMS

LOSSES = PROGRAMS / "losses.py"


def examined(tmp_path: Path, old: str = "", new: str = "") -> Report:
    source = LOSSES.read_text(encoding="utf-8")
    assert old in source
    path = tmp_path / "losses.py"
    path.write_text(source.replace(old, new), encoding="utf-8")
    return examine(Request(str(path)))


def test_losses_and_derivatives_pass_and_their_convention_is_reported(tmp_path: Path) -> None:
    report = examined(tmp_path)
    assert report.verdict == "passed", report
    notes = dict(note.split(": ", 1) for note in report.notes)
    assert notes["softmax_loss"] == (
        "cross_entropy; examples are rows; labels are class numbers (m,); of the logits; "
        "the cost is the mean over the examples; its gradient has 1/m"
    )
    assert notes["mse, mse_prime"] == (
        "squared_error; the cost is the mean over examples and outputs, without 1/2; "
        "its gradient is of the mean over examples and outputs, times 2"
    )
    assert "of the probabilities" in notes["binary_cross_entropy, binary_cross_entropy_prime"]
    assert notes["total_cost"].endswith("the cost is the sum over the examples")
    assert notes["logistic, logistic_derivative"] == "sigmoid"
    assert {"drelu.dZ", "tanh_prime.dZ", "softmax_loss.dZ"} <= report.judged


MISTAKES = [
    ("softmax_loss.dZ", ("dx[np.arange(N), y] -= 1", "dx[np.arange(N), y] += 1")),
    ("mse_prime.dA", ("2 * (y_pred - y_true)", "2 * (y_true - y_pred)")),
    ("mse_prime.dA", ("2 * (y_pred - y_true)", "(y_pred - y_true)")),  # as if mse had its 1/2
    ("tanh_prime.dZ", ("1 - np.tanh(x) ** 2", "1 - np.tanh(x)")),
    ("mse.cost", ("np.power(y_true - y_pred, 2)", "np.power(y_true + y_pred, 2)")),
]


@pytest.mark.slow
@pytest.mark.parametrize(("tensor", "edit"), MISTAKES)
def test_a_wrong_loss_or_derivative_is_found(tmp_path: Path, tensor: str, edit) -> None:
    report = examined(tmp_path, *edit)
    assert report.verdict == FAILED
    assert [f.tensor for f in report.findings] == [tensor]


def test_a_loss_that_no_kind_has_is_listed(tmp_path: Path) -> None:
    """A loss of pairs is none of the kinds, and is not accused."""
    path = tmp_path / "losses.py"
    path.write_text(
        "import numpy as np\n"
        "def pair_loss(x, y):\n    return np.maximum(0, x - x[0] + 1).sum(), x\n"
        "def sine(x):\n    return np.tanh(x)\n"
        "def sine_prime(x):\n    return 1 - np.tanh(x) ** 2\n"
    )
    report = examine(Request(str(path)))
    assert report.unchecked_passes == ("pair_loss(x, y)",)
    assert (report.verdict, report.findings) == ("not judged", ())


ROWS = """
import numpy as np
def squared_error(scores, y):
    m = y.shape[0]
    d = scores - y
    return (d ** 2).sum() / (2 * m), d / m
"""


def test_a_layout_that_is_right_at_one_size_by_chance_is_not_taken(tmp_path: Path) -> None:
    """With 8 columns of 4 numbers, 2 y.shape[0] is the number of columns."""
    path = tmp_path / "rows.py"
    path.write_text(ROWS, encoding="utf-8")
    report = examine(Request(str(path)))
    assert report.verdict == "passed", report
    assert report.notes == (
        "squared_error: squared_error; the cost is the mean over the examples; its gradient "
        "has 1/m",
    )
    path.write_text(ROWS.replace("d / m", "d / 8"), encoding="utf-8")
    assert examine(Request(str(path))).verdict == FAILED
