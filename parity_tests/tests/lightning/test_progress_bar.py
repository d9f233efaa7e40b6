"""The progress bar: drawn when it is due, and at the end with the last metrics."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
import rich

from parity_tests.tests.support.tiny_training import UPDATES
from torch_impl.data.batches import Batches, TensorPairs
from torch_impl.lightning.module import NetworkModule
from torch_impl.lightning.progress_bar import EpochProgressBar

pytestmark = [pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]


class Clock:
    """A clock that moves by so many seconds whenever it is read."""

    def __init__(self, step: float) -> None:
        self.step, self.now = step, 0.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


class Watched(EpochProgressBar):
    """Counts how often the metrics are collected anew."""

    collections = 0

    def get_metrics(self, trainer, pl_module):
        before = self.metrics
        given = super().get_metrics(trainer, pl_module)
        self.collections += self.metrics is not before
        return given


@pytest.fixture(autouse=True)
def own_console() -> Iterator[None]:
    """Lightning's bar makes its console rich's own, which others print to."""
    yield
    rich.reconfigure()


@pytest.mark.parametrize(("step", "often"), [(1.0, True), (0.0, False)])
def test_the_bar_is_drawn_when_it_is_due(step: float, often: bool) -> None:
    """After every batch where each takes a second, and at the end alone where time stands still."""
    import lightning as L
    import torch

    file = io.StringIO()
    bar = Watched(Clock(step), console_kwargs={"force_terminal": True, "file": file, "width": 120})
    trainer = L.Trainer(
        accelerator="cpu", max_epochs=3, logger=False, enable_checkpointing=False,
        enable_model_summary=False, callbacks=[bar],
    )  # fmt: skip
    x, y = torch.ones(4 * UPDATES, 2), torch.zeros(4 * UPDATES, dtype=torch.int64)
    trainer.fit(NetworkModule(2, 3, hidden_units=[]), Batches(TensorPairs(x, y), 4))
    assert (bar.collections > 3 * UPDATES) == often
    assert bar.collections >= 2  # at the start, and at the end
    assert bar.metrics is not None
    assert bar.metrics["train_cost"] == trainer.callback_metrics["train_cost"].item()
    drawn = file.getvalue()
    assert f"{UPDATES}/{UPDATES}" in drawn[drawn.rindex("Epoch 3/3") :]
