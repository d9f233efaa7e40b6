"""A callback that sends signals to this process, as a person or a cluster does."""

from __future__ import annotations

import os
import signal
from typing import Any

import lightning as L


class SendSignal(L.Callback):
    """Sends a signal before some updates.

    Args:
        name: SIGINT or SIGTERM.
        steps: the updates that are done by then.
    """

    def __init__(self, name: str, steps: list[int]) -> None:
        self.number, self.steps = signal.Signals[name], [*steps]

    def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, k: int) -> None:
        while trainer.global_step in self.steps:
            self.steps.remove(trainer.global_step)
            os.kill(os.getpid(), self.number)


class LogElsewhere(L.pytorch.loggers.Logger):
    """A logger without a folder of its own, as those of Weights & Biases and MLflow are."""

    name, version = "elsewhere", "abc123"

    def __init__(self, save_dir: str = ".") -> None:
        super().__init__()
        self.folder = save_dir

    @property
    def save_dir(self) -> str:
        return self.folder

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        pass

    def log_hyperparams(self, params: Any, *args: Any, **kwargs: Any) -> None:
        pass


class LogNowhere(LogElsewhere):
    """A logger whose program refuses its options, as MLflow does."""

    def __init__(self, save_dir: str = ".") -> None:
        raise OverflowError(f"no room in {save_dir};\nuse another")
