"""Lightning's rich progress bar, which takes its time however short a batch or an epoch is."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

import lightning as L
from lightning.pytorch.callbacks import RichProgressBar

SECONDS = 0.25


class EpochProgressBar(RichProgressBar):
    """Lightning's draws, which takes 3 ms, and collects the metrics after every batch and at each
    end of an epoch; this one does four times a second, and at the end."""

    drawn = collected = 0.0
    metrics: dict[str, Any] | None = None

    def _init_progress(self, trainer: L.Trainer) -> None:
        super()._init_progress(trainer)
        if self.progress is None:
            return
        # The second asks a thread to draw, which takes its time from the training.
        for name in ("refresh", "soft_refresh"):
            setattr(self.progress, name, self.at_times(getattr(self.progress, name)))

    def at_times(self, draw: Callable[[], None]) -> Callable[[], None]:
        """`draw`, unless something was drawn a moment ago."""

        def drawn_at_times() -> None:
            if monotonic() - self.drawn >= SECONDS:
                draw()
                self.drawn = monotonic()

        return drawn_at_times

    def get_metrics(self, trainer: L.Trainer, pl_module: L.LightningModule) -> dict[str, Any]:
        if self.metrics is None or monotonic() - self.collected >= SECONDS:
            self.metrics, self.collected = super().get_metrics(trainer, pl_module), monotonic()
        return self.metrics

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self.drawn = self.collected = 0.0
        self.on_train_epoch_end(trainer, pl_module)
        super().on_train_end(trainer, pl_module)
