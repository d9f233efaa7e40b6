"""Constants that a program keeps, a learning rate or a dtype, and methods that no run calls."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity_tests.checking.report import Report
from parity_tests.checking.verdict import MISTAKEN_CALL, PASSED
from parity_tests.tests.support.paths import PROGRAMS
from parity_tests.tests.support.written_programs.edited_programs import examined_source

PROGRAM = (PROGRAMS / "interfaces" / "kept_rate.py").read_text(encoding="utf-8")
GLOBAL_RATE = (
    ("        self.rate = 0.1\n", ""),
    ("self.rate", "RATE"),
    ("class", "RATE = 0.1\nclass"),
)
MOMENTUM = (
    ("self.rate = 0.1", "self.rate, self.mom, self.v1, self.v2 = 0.1, 0.9, 0, 0"),
    ("self.W2 -=", "self.v2 = self.mom * self.v2 -"),
    ("self.W1 -=", "self.v1 = self.mom * self.v1 -"),
    ("return 0.5", "self.W2 += self.v2; self.W1 += self.v1\n        return 0.5"),
)  # fmt: skip
DROPOUT = (
    ("self.rate = 0.1", "self.rate, self.keep_prob = 0.1, 0.8"),
    ("return self.h @", "self.m = (np.random.rand(*self.h.shape) < self.keep_prob) / self.keep_prob"
     "\n        self.h = self.h * self.m\n        return self.h @"),
    ("(1 - self.h ** 2)", "self.m * (1 - self.h ** 2)"),
)  # fmt: skip
BATCHES = (
    ("self.rate = 0.1", "self.rate, self.batch_size, self.epochs = 0.1, 4, 3"),
    ("    def train_step(self, X, y):", """
    def train_step(self, X, y):
        for _ in range(self.epochs):
            for k in range(0, len(X), self.batch_size):
                J = self.update(X[k:k + self.batch_size], y[k:k + self.batch_size])
        return J

    def update(self, X, y):"""),
)  # fmt: skip
DTYPE = (
    ("n_out):", "n_out, dtype=np.float32):"),
    ("(n_in, n_hidden)", "(n_in, n_hidden).astype(dtype)"),
    ("self.rate = 0.1", "self.rate, self.dtype = 0.1, dtype"),
    ("return self.h @", "self.h = self.h.astype(self.dtype)\n        return self.h @"),
)  # fmt: skip


def examined(tmp_path: Path, *edits: tuple[str, str], examples: int = 11) -> Report:
    return examined_source(tmp_path, PROGRAM, edits, examples=examples)


@pytest.mark.parametrize(
    ("edits", "note"),
    [
        ((), ""),
        pytest.param(GLOBAL_RATE, "", marks=pytest.mark.slow),
        pytest.param(MOMENTUM, "called with mom = 0", marks=pytest.mark.slow),
        pytest.param(DROPOUT, "called with keep_prob = 1", marks=pytest.mark.slow),
        pytest.param(BATCHES, "", marks=pytest.mark.slow),
        pytest.param(DTYPE, "", marks=pytest.mark.slow),
    ],
)
def test_a_program_with_constants_of_its_own_passes(
    tmp_path: Path, edits: tuple[tuple[str, str], ...], note: str
) -> None:
    """What it keeps is set to what the check needs, and what is not judged then is listed."""
    report = examined(tmp_path, *edits, examples=23)
    assert (report.verdict, report.findings) == (PASSED, ())
    assert {"J", "dW1", "dW2"} <= report.judged
    assert any(note in text for text in report.notes)


def test_methods_that_no_run_calls_are_listed(tmp_path: Path) -> None:
    assert examined(tmp_path).not_seen == ("Net.predict(X)", "Net.decay()")


@pytest.mark.slow
def test_a_wrong_gradient_in_an_update_is_found(tmp_path: Path) -> None:
    """All examples are one call where that works: else J, a mean of one example, had no 1/m."""
    report = examined(tmp_path, ("d = (out - y) / len(X)", "d = out - y"))
    assert [f.tensor for f in report.findings] == ["dW2"]
    assert {c.code for c in report.findings[0].causes} == {"dW.missing-1/m"}


@pytest.mark.slow
def test_a_program_of_several_batches_is_not_accused(tmp_path: Path) -> None:
    """At 11 examples, with which it is read, it has one batch; at 23 it has two."""
    report = examined(
        tmp_path, *BATCHES, (".batch_size", ".b"), ("0.1, 4,", "0.1, 12,"), examples=23
    )
    assert (report.verdict, report.findings) == (MISTAKEN_CALL, ())
    assert [f.code for f in report.mistaken] == ["mistaken-call.several-updates"]


@pytest.mark.slow
def test_a_program_that_updates_after_each_example_is_read_an_example_at_a_time(
    tmp_path: Path,
) -> None:
    edits = (
        ("        out = self.forward(X)\n        d = (out - y) / len(X)\n", """
        for x, t in zip(X, y):
            self.update(x[None], t[None])

    def update(self, X, y):
        d = self.forward(X) - y
"""), ("        return 0.5 * np.sum((out - y) ** 2) / len(X)\n", ""),
    )  # fmt: skip
    report = examined(tmp_path, *edits)
    assert (report.verdict, report.findings) == (PASSED, ())
    assert any("one example at a time" in note for note in report.notes)
