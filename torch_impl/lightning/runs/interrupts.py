"""Ctrl-C and SIGTERM in a training: it ends where it can be resumed exactly."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import Checkpoint

from torch_impl.lightning.checkpoints import LastCheckpoint
from torch_impl.lightning.private_api import processes_started
from torch_impl.lightning.runs.folder import CONFIG
from torch_impl.results.summary import path_from_here, show_line

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(Exception):
    """A signal has ended a training after an update, with a checkpoint of it.

    Attributes:
        number: of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class StopOnSignal(Checkpoint):
    """Ends a training after the update in which a signal comes.

    Several processes end after the same update, the one after that in which a signal came to any of
    them. The second signal ends at once. Lightning calls the checkpoints' callbacks after all
    others, in their order: this one must come after `last`, which writes its checkpoint.

    Args:
        last: writes a checkpoint where the Trainer's `stop_signal` is set; None where there is
            none, so that there is nothing to wait for.
    """

    def __init__(self, last: LastCheckpoint | None) -> None:
        self.last = last
        self.before: dict[int, Any] = {}

    def on_train_start(self, trainer: Any, pl_module: L.LightningModule) -> None:
        """Listen to the signals, after Lightning's own way has been set up."""
        trainer.stop_signal = self.received = None
        if threading.current_thread() is not threading.main_thread():
            return
        if trainer.world_size > 1 and processes_started(trainer) is None:
            return

        def stop(number: int, frame: FrameType | None) -> None:
            if self.received is None:
                self.received = number
                if trainer.world_size == 1:
                    trainer.stop_signal = number
                # print may be interrupted in the midst of printing
                if number == signal.SIGINT and trainer.is_global_zero:
                    os.write(2, b"\nending after this update; Ctrl-C once more ends at once\n")
            elif number == signal.SIGINT:
                raise KeyboardInterrupt
            else:
                for process in processes_started(trainer) or []:
                    process.kill()
                raise SystemExit(128 + number)

        self.before = {number: signal.signal(number, stop) for number in SIGNALS}

    def on_train_batch_start(
        self, trainer: Any, pl_module: L.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Let several processes agree: those that end after different updates wait for ever."""
        if trainer.world_size > 1 and self.before:
            mine = torch.tensor(self.received or 0, device=trainer.strategy.root_device)
            trainer.stop_signal = int(trainer.strategy.reduce(mine, reduce_op="max")) or None

    def on_train_batch_end(
        self,
        trainer: Any,
        pl_module: L.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """End within an epoch."""
        self.end(trainer)

    def on_train_epoch_end(self, trainer: Any, pl_module: L.LightningModule) -> None:
        """End between epochs."""
        self.end(trainer)

    def end(self, trainer: Any) -> None:
        """End, where the last update is in a checkpoint.

        Raises:
            Interrupted: there was a signal.
        """
        saved = self.last is None or self.last.steps == trainer.global_step
        if trainer.stop_signal is not None and saved:
            raise Interrupted(trainer.stop_signal)

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Leave the signals alone."""
        self.restore()

    def on_exception(
        self, trainer: L.Trainer, pl_module: L.LightningModule, exception: BaseException
    ) -> None:
        """Leave the signals alone."""
        self.restore()

    def restore(self) -> None:
        """Give the signals back to those who had them."""
        for number, handler in self.before.items():
            signal.signal(number, handler)
        self.before = {}


def resume_command(folder: Path, last: Path) -> str:
    """Return the command that resumes a run.

    Args:
        folder: of the run.
        last: its last checkpoint.
    """
    here = path_from_here(folder)
    if last.resolve() == (folder / "checkpoints" / "last.ckpt").resolve():
        return f"python train.py resume {shlex.quote(str(here))}"
    config, path = (shlex.quote(str(p)) for p in (here / CONFIG, path_from_here(last)))
    return f"python train.py fit --config {config} --ckpt_path {path}"


def end_of(trainer: Any, model: Any, data: Any, interrupted: Interrupted, best: str) -> int:
    """Report on the best epoch of a training that a signal has ended, and say how to resume it.

    Args:
        trainer: this package's.
        model: the network.
        data: its data.
        interrupted: the signal.
        best: the checkpoint of the best epoch so far; "" where there is none.

    Returns:
        The exit code: 130 after Ctrl-C, 143 after SIGTERM; 0 of a process that the first one
        started, since Lightning would end all where one of these fails.
    """
    last = next((c for c in trainer.callbacks if isinstance(c, LastCheckpoint)), None)
    where = (
        f"{interrupted} in epoch {trainer.current_epoch + 1}, after {trainer.global_step:,} updates"
    )
    command = resume_command(trainer.folder, last.path(trainer)) if last else ""
    first = trainer.is_global_zero
    if first and not best:
        more = f"; resume: {command}" if command else ""
        print(f"train.py: {where}, without a best epoch yet{more}", file=sys.stderr)
    if first and best:
        show_line("interrupted", where)
    if best:
        trainer.report(model, data, best)
    if first and best and command:
        show_line("resume", command)
    return 128 + interrupted.number if first else 0


def wait_for_processes(trainer: L.Trainer) -> None:
    """Wait until those that this process has started have ended."""
    for process in processes_started(trainer) or []:
        process.wait()
