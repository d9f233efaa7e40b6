"""The loops that are timed, in windows of some updates: Lightning's, and one written by hand."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import CSVLogger

from benchmarks.gpu.cases import Case
from benchmarks.unseen_bar import unseen_bar
from ref_numpy import order
from torch_impl.data.batches import Batch, TensorPairs
from torch_impl.data.datamodule import Data


class Clock(Callback):
    """Takes the time at the beginning of every window, and at the end."""

    def __init__(self, case: Case) -> None:
        self.case, self.times = case, list[float]()

    def tick(self, done: int) -> None:
        """Take the time, if so many updates end a window."""
        if done % self.case.steps == 0:
            self.case.wait()
            self.times.append(time.perf_counter())

    def on_train_batch_start(
        self, trainer: L.Trainer, pl_module: L.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Take the time before an update."""
        self.tick(trainer.global_step)

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Take the time after the last one."""
        self.tick(trainer.global_step)

    @property
    def seconds(self) -> float:
        """The median time of a step."""
        windows = [end - start for start, end in pairwise(self.times)]
        assert len(windows) == self.case.warm_up + self.case.windows
        return statistics.median(windows[self.case.warm_up :]) / self.case.steps


class InMemory(Data):
    """Examples that are on the device already, shuffled in every epoch."""

    def __init__(self, examples: TensorPairs, batch_size: int) -> None:
        super().__init__(batch_size)
        self.parts = {"train": examples}

    def setup(self, stage: str) -> None:
        """Prepare nothing: the examples are there."""


def matrix_rate(case: Case) -> float:
    """Return the FLOP/s of a product of two square bfloat16 matrices, the median of the windows."""
    n = case.matrix
    A, B = (torch.randn(n, n, device=case.device, dtype=torch.bfloat16) for _ in range(2))
    clock = Clock(case)
    for done in range(case.updates):
        clock.tick(done)
        torch.mm(A, B)
    clock.tick(case.updates)
    return 2 * n**3 / clock.seconds


def flops(case: Case) -> int:
    """Return the FLOPs of a step: Z = W A, dW and dA are a product each; layer 1 has no dA."""
    products = [2 * case.batch_size * n_prev * n for n_prev, n in pairwise(case.sizes)]
    return 3 * sum(products) - products[0]


def shuffled(case: Case, examples: TensorPairs) -> Iterator[Batch]:
    """Yield the batches of one epoch after the other, in the order of `train.py`."""
    epoch = 0
    while True:
        chosen = torch.from_numpy(order(case.m, 0, epoch)).to(case.device)
        yield from (examples[part] for part in chosen.split(case.batch_size))
        epoch += 1


def bare_step(case: Case) -> Callable[[Batch], None]:
    """Return a training step in a loop written by hand: the same costs, compiled as there."""
    module = case.module().to(case.device)
    optimiser: Any = module.configure_optimizers()

    def step(batch: Batch) -> None:
        x, y = batch
        optimiser.zero_grad()
        with torch.autocast(case.device, torch.bfloat16):
            _, _, J = module.outputs_and_costs(module.network, x, y, len(x))
        J.backward()
        optimiser.step()

    return step


def bare_loop(case: Case, examples: TensorPairs) -> float:
    """Return the seconds of a step, in a loop written by hand."""
    clock, step = Clock(case), bare_step(case)
    for done, batch in enumerate(shuffled(case, examples)):
        clock.tick(done)
        if done == case.updates:
            return clock.seconds
        step(batch)
    raise AssertionError


def lightning_loop(case: Case, examples: TensorPairs) -> float:
    """Return the same by Lightning, as `train.py` sets it up: with its bar and its log."""
    clock = Clock(case)
    with tempfile.TemporaryDirectory() as folder, unseen_bar() as bar:
        trainer = L.Trainer(
            max_steps=case.updates, max_epochs=-1, accelerator=case.device, devices=1,
            precision=case.precision, default_root_dir=folder, logger=[CSVLogger(folder)],
            callbacks=[clock, bar], enable_model_summary=False, enable_checkpointing=False,
            limit_val_batches=0,
        )  # fmt: skip
        trainer.fit(case.module(), InMemory(examples, case.batch_size))
    return clock.seconds
