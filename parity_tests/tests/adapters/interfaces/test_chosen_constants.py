"""Numbers that the check chooses for a program: none of them accuses it, or hides a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity_tests.checking.report import Report
from parity_tests.checking.verdict import FAILED, MISTAKEN_CALL, NOT_JUDGED, PASSED
from parity_tests.tests.support.paths import PROGRAMS
from parity_tests.tests.support.written_programs.edited_programs import examined_source

PROGRAM = (PROGRAMS / "interfaces" / "kept_rate.py").read_text(encoding="utf-8")
MADE = "n_in, n_hidden, n_out):"
G2, UPDATE = "g2 = self.h.T @ d", "self.W2 -= self.rate * g2"
J = "return 0.5 * np.sum((out - y) ** 2) / len(X)"
BIASES = (
    ("self.rate = 0.1", "self.rate, self.b1, self.b2 = 0.1, np.zeros(n_hidden), np.zeros(n_out)"),
    ("X @ self.W1)", "X @ self.W1 + self.b1)"),
    ("self.h @ self.W2\n", "self.h @ self.W2 + self.b2\n"),
)  # fmt: skip
OF_B1 = "(d @ self.W2.T * (1 - self.h ** 2)).sum(0)"
OF_BIASES = "self.b2 -= {0} * d.sum(0)\n        self.b1 -= {0} * " + OF_B1
PENALTY = (
    (MADE, "n_in, n_hidden, n_out, reg=1e-3):"),
    ("self.rate = 0.1", "self.rate, self.r = 0.1, reg"),
    (J, f"{J} + 0.5 * self.r * ((self.W1 ** 2).sum() + (self.W2 ** 2).sum())"),
    (UPDATE, f"J = self.cost(out, X, y)\n        {UPDATE}"),
    (J, "return J\n\n    def cost(self, out, X, y):\n        " + J),
)  # fmt: skip


def examined(tmp_path: Path, *edits: tuple[str, str]) -> Report:
    return examined_source(tmp_path, PROGRAM, edits)


def test_the_update_of_a_bias_by_another_rate_is_not_judged(tmp_path: Path) -> None:
    """The numbers of an update show a gradient only where the rate is known."""
    for rate, verdict in (("self.rate", PASSED), ("0.05", NOT_JUDGED)):
        updates = f"{OF_BIASES.format(rate)}\n        {UPDATE}"
        report = examined(tmp_path, *BIASES, (UPDATE, updates))
        assert (report.verdict, report.findings) == (verdict, ())
        assert {"db1", "db2"} == {"db1", "db2"} & ({*report.missing} | report.judged)


def test_a_weight_with_another_rate_is_not_accused(tmp_path: Path) -> None:
    report = examined(tmp_path, ("self.W1 -= self.rate", "self.W1 -= 0.05"))
    assert report.verdict in (NOT_JUDGED, MISTAKEN_CALL)
    assert report.findings == ()


def test_an_argument_that_was_made_up_accuses_nobody(tmp_path: Path) -> None:
    cap = (MADE, "n_in, n_hidden, n_out, cap):"), ("rate = 0.1", "rate, self.cap = 0.1, cap")
    report = examined(tmp_path, *cap, (G2, f"g2 = np.clip({G2[5:]}, -self.cap, self.cap)"))
    assert (report.verdict, report.findings) == (MISTAKEN_CALL, ())
    assert [f.code for f in report.mistaken] == ["mistaken-call.made-up-arguments"]
    assert "cap = 0.01" in report.mistaken[0].message


@pytest.mark.slow
def test_the_size_of_a_batch_may_be_an_argument(tmp_path: Path) -> None:
    size = (
        (MADE, "n_in, n_hidden, n_out, batch_size):"),
        ("rate = 0.1", "rate, self.bs = 0.1, batch_size"),
    )
    report = examined(tmp_path, *size, ("X @ self.W1)", "X[:self.bs] @ self.W1)"))
    assert (report.verdict, report.findings) == (PASSED, ())


def test_a_penalty_that_the_object_is_made_with_is_judged(tmp_path: Path) -> None:
    """W is updated after J is computed; g lacks the derivative of the penalty, or has it."""
    report = examined(tmp_path, *PENALTY)
    assert (report.verdict, [f.tensor for f in report.findings]) == (FAILED, ["dW2"])
    right = (
        (G2, f"{G2} + self.r * self.W2"),
        ("(1 - self.h ** 2))", "(1 - self.h ** 2)) + self.r * self.W1"),
    )
    report = examined(tmp_path, *PENALTY, *right)
    assert (report.verdict, report.findings) == (PASSED, ())


@pytest.mark.parametrize("alone", [True, False])
def test_alpha_may_be_the_slope_of_a_leaky_relu(tmp_path: Path, alone: bool) -> None:
    """In a forward pass, or kept beside another name of a learning rate."""
    slope = "alpha" if alone else "self.alpha"
    report = examined(
        tmp_path,
        *((("forward(self, X):", "forward(self, X, alpha=0.1):"),) if alone else ()),
        ("self.rate = 0.1", "self.rate, self.alpha = 0.1, 0.1"),
        ("self.h = np.tanh(X @ self.W1)",
         f"z = X @ self.W1\n        self.h = np.where(z > 0, z, {slope} * z)"),
        ("(1 - self.h ** 2)", "np.where(self.h > 0, 1.0, 0.1)"),
    )  # fmt: skip
    assert (report.verdict, report.findings) == (PASSED, ())


@pytest.mark.slow
def test_a_limit_of_gradients_that_is_an_argument_is_infinite(tmp_path: Path) -> None:
    clip = (MADE, "n_in, n_hidden, n_out, clip):"), ("rate = 0.1", "rate, self.clip = 0.1, clip")
    report = examined(tmp_path, *clip, (G2, f"g2 = np.clip({G2[5:]}, -self.clip, self.clip)"))
    assert (report.verdict, report.findings) == (PASSED, ())
    assert any("clip = inf" in note for note in report.notes)
