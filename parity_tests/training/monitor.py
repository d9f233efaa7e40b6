"""Lightning's callback that checks, every so often, a training step that really happened.

python train.py --trainer.callbacks+=ParityMonitor
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import Any, Literal

import lightning as L
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.strategies import DDPStrategy, SingleDeviceStrategy
from torch import Tensor

from parity_tests.check_messages import input_error
from parity_tests.checking.report import Report
from parity_tests.training.gradient_scale import scale_before_update, scale_of, scaler_of
from parity_tests.training.monitor_record import MonitorRecord
from parity_tests.training.random_numbers import check_says_its_context, context_due
from parity_tests.training.step_recorder import Arrays, Recording, Replay, gather, multiplied
from parity_tests.training.step_report import check_update, network_of, precision_of
from torch_impl.cuda_arithmetic import REDUCTIONS, without
from torch_impl.torch_private import is_compiled


class ParityMonitor(MonitorRecord, Callback):
    """Proves, every so often, that a training step follows the equations.

    Every tensor that the step computed (Z, A, J, dZ, dA, dW, db) is compared with the NumPy
    reference's, at float64, each layer from the step's own inputs. The error bounds are derived
    from the run's precision. All other steps are left as they are, and the weights are the same; on
    CUDA a step that is checked adds products of halves in float32, as the bounds have it, where
    torch allows others to round partial sums to halves.

    Args:
        every_n_steps: updates from one that is checked to the next; the first is checked.
        on_finding: warn reports a wrong tensor, once for each, and continues; stop ends the
            training before the update, with an error.
        precision: the arithmetic of the error bounds: float64, float32, tf32, bfloat16, float16,
            bf16-mixed or fp16-mixed, or one that is to be declared, such as bfloat16-sums. None is
            the run's own.

    Attributes:
        report: the latest check; it and all others are those of `MonitorRecord`.
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
        super().__init__(on_finding)
        self.every_n_steps, self.precision = every_n_steps, precision
        self.recording: Recording | None = None
        self.recordings: list[Recording] = []
        self.replay: Replay | None = None
        self.judging, self.next = ExitStack(), 0

    def setup(self, trainer: L.Trainer, pl_module: L.LightningModule, stage: str) -> None:
        """Refuse a network that cannot be checked.

        Raises:
            InputError: the strategy splits the network, there is none, it draws random numbers in
                a module that does not say which, or the precision is unknown.
        """
        if not isinstance(trainer.strategy, SingleDeviceStrategy | DDPStrategy):
            raise input_error("monitor.strategy", strategy=type(trainer.strategy).__name__)
        check_says_its_context(pl_module, network_of(pl_module))
        precision_of(trainer, self.precision)

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Begin a training's record.

        Raises:
            InputError: the network is compiled and has state.
        """
        self.reset()
        self.next = trainer.global_step
        network = network_of(pl_module)
        backend = pl_module.hparams.get("compile") or ("inductor" if is_compiled(network) else None)
        if backend is not None and network.spec.state_shapes:
            raise input_error("monitor.compiled-state", network=network.spec.summary)
        self.replay = None if backend is None else Replay(network, backend)

    def on_train_batch_start(
        self, trainer: L.Trainer, pl_module: L.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Record the batch, where the update that it takes part in is to be checked.

        Of several updates in one step of Lightning that is the first.
        """
        with self.timed():
            nth = batch_idx % trainer.accumulate_grad_batches
            if nth == 0:
                self.recordings = []
            if trainer.global_step < self.next or len(self.recordings) != nth:
                return
            if nth == 0:
                self.judging.close()
                self.judging.enter_context(without(*REDUCTIONS))
            if not pl_module.automatic_optimization:
                batch = batch[0]
            network = network_of(pl_module)
            context = context_due(trainer, pl_module, network, len(batch[0]))
            self.recording = Recording(network, batch, self.timed, context)
            if self.replay is None:
                self.recording.begin()

    def on_before_backward(
        self, trainer: L.Trainer, pl_module: L.LightningModule, loss: Tensor
    ) -> None:
        """End the recording of the batch."""
        if self.recording:
            with self.timed():
                self.recording.end(loss, scale_of(trainer) / trainer.accumulate_grad_batches)
                if labels := getattr(pl_module, "labels", None):
                    self.recording.divisors = labels.latest
                self.recordings.append(self.recording)
                self.recording = None

    def on_before_optimizer_step(
        self, trainer: L.Trainer, pl_module: L.LightningModule, optimizer: Any
    ) -> None:
        """Check the update, where it was recorded."""
        if self.recordings:
            with self.timed():
                report = self.check(trainer, pl_module, optimizer)
                self.recordings = []
                self.judging.close()
            if isinstance(report, str):
                self.skipped.append(report)
            else:
                self.next = trainer.global_step + self.every_n_steps
                self.report_step(trainer, report, trainer.global_step)

    def check(
        self, trainer: L.Trainer, pl_module: L.LightningModule, optimizer: Any
    ) -> Report | str:
        """Check the update that is about to be made, in process 0, and tell all others the result.

        Returns:
            The report; or, in a sentence, why the update cannot be checked.
        """
        report: Any = None
        parts = [self.arrays(trainer, recording) for recording in self.recordings]
        if labels := getattr(pl_module, "labels", None):
            # Those before the last are divided by the labels of the whole update only now.
            spec = network_of(pl_module).spec
            parts[:-1] = [multiplied(part, spec, labels.share) for part in parts[:-1]]
        processes = gather(parts)
        if trainer.is_global_zero:
            report = check_update(
                f"update {trainer.global_step}",
                network_of(pl_module),
                processes,
                precision_of(trainer, self.precision),
                accumulated=trainer.accumulate_grad_batches,
                scaled=scaler_of(trainer) is not None,
                scale=scale_before_update(trainer, optimizer),
                known=self.findings,
            )
        return trainer.strategy.broadcast(report)

    def arrays(self, trainer: L.Trainer, recording: Recording) -> Arrays:
        """Return the recorded tensors; of a compiled network those of a replay."""
        if self.replay is None:
            if not recording.results:
                raise input_error("monitor.compiled-step")
            return recording.arrays()
        m = len(recording.x) * trainer.world_size * trainer.accumulate_grad_batches
        context = trainer.precision_plugin.forward_context()
        return self.replay.arrays(recording, m, scale_of(trainer), context)

    def on_exception(
        self, trainer: L.Trainer, pl_module: L.LightningModule, exception: BaseException
    ) -> None:
        """Remove the hooks, and set back torch's arithmetic."""
        if self.recording:
            self.recording.hooks.close()
        self.judging.close()
        self.recording, self.recordings = None, []

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Take the training's time."""
        self.judging.close()
        self.of_seconds = time.perf_counter() - self.start

    def on_fit_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Print the summary."""
        if trainer.is_global_zero:
            print(f"{'parity':<16} {self.summary}")
