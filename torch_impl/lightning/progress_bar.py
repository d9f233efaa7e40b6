"""Lightning's rich progress bar, drawn four times a second however short a batch or an epoch is."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

import lightning as L

from torch_impl.lightning.private_api import InterceptedProgressBar

SECONDS = 0.25


class EpochProgressBar(InterceptedProgressBar):
    """The bar, drawn and with its metrics collected every SECONDS, and at the end.

    Lightning's does so after every batch and at each end of an epoch, which takes 3 ms.

    Args:
        clock: the time in seconds, from any beginning.
        options: those of Lightning's RichProgressBar.
    """

    def __init__(self, clock: Callable[[], float] = monotonic, **options: Any) -> None:
        super().__init__(**options)
        self.clock = clock
        self.drawn = self.collected = float("-inf")
        self.metrics: dict[str, Any] | None = None

    def limit(self, draw: Callable[[], None]) -> Callable[[], None]:
        """Return `draw`, which does nothing where the last drawing is less than SECONDS old."""

        def drawn_at_times() -> None:
            if self.clock() - self.drawn >= SECONDS:
                draw()
                self.drawn = self.clock()

        return drawn_at_times

    def get_metrics(self, trainer: L.Trainer, pl_module: L.LightningModule) -> dict[str, Any]:
        """Return the metrics that are at most SECONDS old."""
        if self.metrics is None or self.clock() - self.collected >= SECONDS:
            self.metrics, self.collected = super().get_metrics(trainer, pl_module), self.clock()
        return self.metrics

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Draw the last epoch's metrics."""
        self.drawn = self.collected = float("-inf")
        self.on_train_epoch_end(trainer, pl_module)
        super().on_train_end(trainer, pl_module)
