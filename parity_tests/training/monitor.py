"""Lightning's callback that judges, every so often, a training step that really happened.

python train.py --trainer.callbacks+=parity_tests.training.monitor.ParityMonitor
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import lightning as L
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.strategies import DDPStrategy, SingleDeviceStrategy
from torch import Tensor

from parity_tests.check_messages import input_error
from parity_tests.checking.report import Report
from parity_tests.training.step_recorder import Arrays, Recording, Replay, gathered
from parity_tests.training.step_report import judged, network_of, precision_of
from torch_impl.lightning.stopped import TrainingStopped
from torch_impl.torch_private import is_compiled


class ParityFinding(TrainingStopped):
    """A training step computed something wrong; `report` says what."""

    def __init__(self, message: str, report: Report | None = None) -> None:
        super().__init__(message)
        self.report = report


class ParityWarning(UserWarning):
    """A training step computed something wrong, and training goes on."""


class ParityMonitor(Callback):
    """Proves, every so often, that a training step is what the equations say.

    Every tensor that the step computed (Z, A, J, dZ, dA, dW, db) is compared with the NumPy
    reference's, at float64, each layer from the step's own inputs. What may differ is derived from
    the run's precision. All other steps are left as they are, and the weights are the same.

    Args:
        every_n_steps: updates from one that is judged to the next; the first is judged.
        on_finding: warn says what is wrong, once for each tensor, and trains on; stop ends the
            training before the update, with an error.
        precision: the arithmetic to judge by: float64, float32, tf32, bfloat16, float16,
            bf16-mixed or fp16-mixed. None is the run's own.
    """

    def __init__(
        self,
        every_n_steps: int = 100,
        on_finding: Literal["warn", "stop"] = "warn",
        precision: str | None = None,
    ) -> None:
        if every_n_steps < 1:
            raise input_error("monitor.every-n-steps", given=every_n_steps)
        if on_finding not in ("warn", "stop"):
            raise input_error("monitor.on-finding", given=on_finding)
        self.every_n_steps, self.on_finding, self.asked = every_n_steps, on_finding, precision
        self.recording: Recording | None = None
        self.recorded: list[Recording] = []
        self.replay: Replay | None = None
        self.anew()

    def anew(self) -> None:
        """What is kept of one training.

        report: the latest.   used: the largest used fraction, of the tensor `largest`.
        findings: the report of the first finding of each tensor and kind.   put_off: why each step
        that was to be judged was not.
        """
        self.judged = 0
        self.report: Report | None = None
        self.used, self.largest = 0.0, ""
        self.findings: dict[tuple[str, str], Report] = {}
        self.put_off: list[str] = []
        self.seconds, self.of_seconds = 0.0, 0.0
        self.start, self.next = time.perf_counter(), 0

    @property
    def share(self) -> float:
        """Of the training's time, what the monitor took."""
        return self.seconds / self.of_seconds if self.of_seconds else 0.0

    @contextmanager
    def timed(self) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - start

    def setup(self, trainer: L.Trainer, pl_module: L.LightningModule, stage: str) -> None:
        """Raises InputError where there is no whole network to judge, or no known precision."""
        if not isinstance(trainer.strategy, SingleDeviceStrategy | DDPStrategy):
            raise input_error("monitor.strategy", strategy=type(trainer.strategy).__name__)
        network_of(pl_module)
        precision_of(trainer, self.asked)

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self.anew()
        self.next = trainer.global_step
        network = network_of(pl_module)
        self.replay = None
        if is_compiled(network):
            self.replay = Replay(network, pl_module.hparams.get("compile") or "inductor")

    def on_train_batch_start(
        self, trainer: L.Trainer, pl_module: L.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Record the batch, where the update that it takes part in is to be judged. Of several
        updates in one step of Lightning that is the first."""
        with self.timed():
            nth = batch_idx % trainer.accumulate_grad_batches
            if nth == 0:
                self.recorded = []
            if trainer.global_step < self.next or len(self.recorded) != nth:
                return
            if not pl_module.automatic_optimization:
                batch = batch[0]
            self.recording = Recording(network_of(pl_module), batch, self.timed)
            if self.replay is None:
                self.recording.begin()

    def on_before_backward(
        self, trainer: L.Trainer, pl_module: L.LightningModule, loss: Tensor
    ) -> None:
        if self.recording:
            with self.timed():
                self.recording.end(loss, scale_of(trainer) / trainer.accumulate_grad_batches)
                self.recorded.append(self.recording)
                self.recording = None

    def on_before_optimizer_step(
        self, trainer: L.Trainer, pl_module: L.LightningModule, optimizer: Any
    ) -> None:
        if self.recorded:
            with self.timed():
                report = self.judge(trainer, pl_module)
                self.recorded = []
            if isinstance(report, str):
                self.put_off.append(report)
            else:
                self.next = trainer.global_step + self.every_n_steps
                self.told(trainer, report, trainer.global_step)

    def judge(self, trainer: L.Trainer, pl_module: L.LightningModule) -> Report | str:
        """The update that is about to be made, in process 0; all others are told. A sentence says
        why it cannot be judged."""
        report: Any = None
        processes = gathered([self.arrays(trainer, recording) for recording in self.recorded])
        if trainer.is_global_zero:
            report = judged(
                f"update {trainer.global_step}",
                network_of(pl_module),
                processes,
                precision_of(trainer, self.asked),
                accumulated=trainer.accumulate_grad_batches,
                scaled=scaler_of(trainer) is not None,
                known=self.findings,
            )
        return trainer.strategy.broadcast(report)

    def arrays(self, trainer: L.Trainer, recording: Recording) -> Arrays:
        if self.replay is None:
            if not recording.results:
                raise input_error("monitor.compiled-step")
            return recording.arrays()
        m = len(recording.x) * trainer.world_size * trainer.accumulate_grad_batches
        context = trainer.precision_plugin.forward_context()
        return self.replay.arrays(recording, m, scale_of(trainer), context)

    def told(self, trainer: L.Trainer, report: Report, step: int) -> None:
        """Log, and say what is wrong."""
        self.judged, self.report = self.judged + 1, report
        fractions = {tensor.name: tensor.ratio for tensor in report.tensors}
        fractions |= {f.tensor: math.inf for f in report.findings if f.ratio is None}
        largest = max(fractions, key=lambda name: fractions[name])
        for logger in trainer.loggers:
            logger.log_metrics({"parity_used": fractions[largest]}, step)
        if not self.largest or fractions[largest] > self.used:
            self.used, self.largest = fractions[largest], largest
        new = [f for f in report.findings if (f.tensor, f.kind) not in self.findings]
        self.findings |= {(f.tensor, f.kind): report for f in new}
        if not new:
            return
        text = "\n".join([f"update {step}, {report.precision}: {new[0]}", *report.notes])
        if new[1:]:
            text += f"\n{len(new) - 1} more: {' '.join(f.tensor for f in new[1:])}"
        if self.on_finding == "stop":
            raise ParityFinding(text, report)
        if trainer.is_global_zero:
            warnings.warn_explicit(text, ParityWarning, __name__, 0)  # no line here is to blame

    def on_exception(
        self, trainer: L.Trainer, pl_module: L.LightningModule, exception: BaseException
    ) -> None:
        if self.recording:
            self.recording.hooks.close()
        self.recording, self.recorded = None, []

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self.of_seconds = time.perf_counter() - self.start

    def on_fit_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if trainer.is_global_zero:
            print(f"{'parity':<15} {self.summary}")

    @property
    def summary(self) -> str:
        """ "12 steps judged, largest used fraction 0.41 (dW1), no findings; 3.1% of the …" """
        steps = f"{self.judged} step{'' if self.judged == 1 else 's'} judged"
        if self.put_off:
            steps += f" ({len(self.put_off)} put off: {', '.join(dict.fromkeys(self.put_off))})"
        used = f", largest used fraction {self.used:.2g} ({self.largest})" if self.judged else ""
        n = len(self.findings)
        found = f"{n or 'no'} finding{'' if n == 1 else 's'}"
        return f"{steps}{used}, {found}; {self.share:.1%} of the training time"


def scaler_of(trainer: L.Trainer) -> Any:
    """Of float16's mixed precision."""
    return getattr(trainer.precision_plugin, "scaler", None)


def scale_of(trainer: L.Trainer) -> float:
    """What J is multiplied by before its gradient is taken."""
    scaler = scaler_of(trainer)
    return scaler.get_scale() if scaler else 1.0
