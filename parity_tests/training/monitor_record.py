"""What a monitor found in the steps that it checked, and its sentences."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import lightning as L

from parity_tests.checking.report import Report
from torch_impl.lightning.stopped import TrainingStopped

OPTION = "--trainer.callbacks.precision"


class ParityFinding(TrainingStopped):
    """A training step computed something wrong.

    Attributes:
        report: the check of that step.
    """

    def __init__(self, message: str, report: Report | None = None) -> None:
        super().__init__(message)
        self.report = report


class ParityWarning(UserWarning):
    """A training step computed something wrong, or not to be judged; the training continues."""


class MonitorRecord:
    """The checks of one training, and their findings.

    Args:
        on_finding: "warn" or "stop".

    Attributes:
        checked: how many updates were checked.
        report: the latest check.
        error_ratio: the largest error ÷ bound, which the tensor `largest` has.
        findings: the report of the first finding of each tensor and kind.
        undeclared: the report of the first step in which a tensor had errors that are not those of
            the run's precision but those of another arithmetic, which must be declared.
        skipped: why each update that was due was not checked.
    """

    def __init__(self, on_finding: str) -> None:
        self.on_finding = on_finding
        self.reset()

    def reset(self) -> None:
        """Begin to record a training."""
        self.checked = 0
        self.report: Report | None = None
        self.error_ratio, self.largest = 0.0, ""
        self.findings: dict[tuple[str, str], Report] = {}
        self.undeclared: dict[str, Report] = {}
        self.skipped: list[str] = []
        self.seconds, self.of_seconds = 0.0, 0.0
        self.start = time.perf_counter()

    @property
    def share(self) -> float:
        """The share of the training's time that the monitor took."""
        return self.seconds / self.of_seconds if self.of_seconds else 0.0

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Count the time within it as the monitor's."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - start

    def report_step(self, trainer: L.Trainer, report: Report, step: int) -> None:
        """Log the largest error ratio, and report wrong tensors, and those to be declared."""
        self.checked, self.report = self.checked + 1, report
        ratios = {tensor.name: tensor.ratio for tensor in report.tensors}
        ratios |= {f.tensor: math.inf for f in report.findings if f.ratio is None}
        largest = max(ratios, key=lambda name: ratios[name])
        for logger in trainer.loggers:
            logger.log_metrics({"parity_used": ratios[largest]}, step)
        if not self.largest or ratios[largest] > self.error_ratio:
            self.error_ratio, self.largest = ratios[largest], largest
        if not self.undeclared.keys() >= {*report.undeclared}:
            self.undeclared = dict.fromkeys(report.undeclared, report) | self.undeclared
            self.warn(trainer, f"update {step}: {report.declaration(OPTION)}")
        new = [f for f in report.findings if (f.tensor, f.kind) not in self.findings]
        self.findings |= {(f.tensor, f.kind): report for f in new}
        if not new:
            return
        text = "\n".join([f"update {step}, {report.precision}: {new[0]}", *report.notes])
        if new[1:]:
            text += f"\n{len(new) - 1} more: {' '.join(f.tensor for f in new[1:])}"
        if self.on_finding == "stop":
            raise ParityFinding(text, report)
        self.warn(trainer, text)

    def warn(self, trainer: L.Trainer, text: str) -> None:
        """Warn, once for all processes."""
        if trainer.is_global_zero:
            warnings.warn_explicit(text, ParityWarning, __name__, 0)  # the cause is in no line here

    @property
    def summary(self) -> str:
        """In words: "12 steps checked, largest error ratio 0.41 (dW1), no findings; 3.1% of …"."""
        steps = f"{self.checked} step{'' if self.checked == 1 else 's'} checked"
        if self.skipped:
            steps += f" ({len(self.skipped)} skipped: {', '.join(dict.fromkeys(self.skipped))})"
        ratio = (
            f", largest error ratio {self.error_ratio:.2g} ({self.largest})" if self.checked else ""
        )
        n = len(self.findings)
        found = f"{n or 'no'} finding{'' if n == 1 else 's'}"
        if self.undeclared:
            found += f", not judged: {', '.join(self.undeclared)}"
        return f"{steps}{ratio}, {found}; {self.share:.1%} of the training time"
