"""What the training loop costs: python -m benchmarks.loop_cost

Lightning's loop beside a bare torch loop over the same tensors in memory, in the same order, with
the same optimiser, on a CPU with one thread. The bar is drawn and metrics are logged. Training has
no validation, which would be the same in both. The two end with the same weights, to the bit.
"""

from __future__ import annotations

import logging
import os
import statistics
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass
from functools import partial

import lightning as L
import torch
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import CSVLogger
from lightning.pytorch.utilities import disable_possible_user_warnings
from rich.table import Table
from torch import Tensor, nn

from benchmarks.interleaved_timing import in_turn
from parity_tests.checking.console import plain_console
from ref_numpy import order
from ref_numpy.terminal import run_command
from torch_impl.data.batches import TensorPairs
from torch_impl.data.datamodule import Data
from torch_impl.lightning.module import NetworkModule
from torch_impl.lightning.progress_bar import EpochProgressBar

ROUNDS = 5


@dataclass(frozen=True)
class Case:
    """A network, m examples, and how many mini-batches a step of Lightning may have."""

    name: str
    n_x: int
    hidden: tuple[int, ...]
    m: int
    batch_size: int
    epochs: int
    per_step: tuple[int, ...]

    @property
    def steps(self) -> int:
        return self.epochs * -(-self.m // self.batch_size)

    def module(self, per_step: int = 1) -> NetworkModule:
        L.seed_everything(0, verbose=False)
        return NetworkModule(
            self.n_x, 10, hidden_units=list(self.hidden), batches_per_step=per_step
        )

    def examples(self) -> TensorPairs:
        g = torch.Generator().manual_seed(0)
        x = torch.randn(self.m, self.n_x, generator=g)
        return TensorPairs(x, torch.randint(10, (self.m,), generator=g))


CASES = (
    Case("digits, 64-32-10", 64, (32,), 1437, 64, 60, (1, 23)),
    Case("MNIST-size, 784-512-256-10", 784, (512, 256), 25600, 256, 1, (1, 10)),
)


class Given(Data):
    """Examples that are there."""

    def __init__(self, case: Case, per_step: int) -> None:
        super().__init__(case.batch_size, per_step)
        self.parts = {"train": case.examples()}

    def setup(self, stage: str) -> None:
        pass


class Clock(Callback):
    """The seconds of the loop, without what is done once before and after it."""

    seconds = 0.0

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self.start = time.perf_counter()

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self.seconds = time.perf_counter() - self.start


def bare(case: Case) -> tuple[float, nn.Module]:
    """The loop as a person writes it."""
    network = case.module().network
    optimiser = torch.optim.Adam(network.parameters(), lr=0.001)
    criterion = nn.CrossEntropyLoss()
    data = case.examples()
    start = time.perf_counter()
    for epoch in range(case.epochs):
        for chosen in torch.from_numpy(order(case.m, 0, epoch)).split(case.batch_size):
            x, y = data.x[chosen], data.y[chosen]
            optimiser.zero_grad()
            criterion(network(x), y).backward()
            optimiser.step()
    return time.perf_counter() - start, network


def lightnings(
    case: Case, per_step: int, bar: bool = True, log: bool = True
) -> tuple[float, nn.Module]:
    """The same by Lightning, as `train.py` sets it up."""
    module, clock = case.module(per_step), Clock()
    with tempfile.TemporaryDirectory() as folder, open(os.devnull, "w") as nowhere:
        drawn = EpochProgressBar(console_kwargs={"force_terminal": True, "file": nowhere})
        trainer = L.Trainer(
            max_epochs=case.epochs,
            accelerator="cpu",
            default_root_dir=folder,
            logger=[CSVLogger(folder)] if log else False,
            callbacks=[clock, drawn] if bar else [clock],
            enable_progress_bar=bar,
            enable_model_summary=False,
            enable_checkpointing=False,
            limit_val_batches=0,
        )
        trainer.fit(module, Given(case, per_step))
    return clock.seconds, module.network


def same(a: nn.Module, b: nn.Module) -> bool:
    """Whether all weights are, to the bit."""
    pairs: list[tuple[Tensor, Tensor]] = list(zip(a.parameters(), b.parameters(), strict=True))
    return all(torch.equal(p, q) for p, q in pairs)


@dataclass(frozen=True)
class Loop:
    """seconds: of a step, the median.   same: whether it ends with the bare loop's weights."""

    name: str
    seconds: float
    same: bool = True


def loops(case: Case, rounds: int = ROUNDS) -> list[Loop]:
    """The bare loop, and Lightning's: first as `train.py` sets it up, then with less and less."""
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    disable_possible_user_warnings()
    warnings.filterwarnings("ignore", message=".*(LeafSpec|sync_dist|val_dataloader).*")
    torch.set_num_threads(1)
    most = max(case.per_step)
    calls = {
        f"Lightning, {k} mini-batch{'es' * (k > 1)} a step": partial(lightnings, case, k)
        for k in case.per_step
    }
    calls["… without the bar"] = partial(lightnings, case, most, bar=False)
    calls["… nor logs"] = partial(lightnings, case, most, bar=False, log=False)
    _, network = bare(case)
    equal = [same(network, call()[1]) for call in calls.values()]
    timed = [lambda call=call: call()[0] for call in (partial(bare, case), *calls.values())]
    own, *others = (statistics.median(s) / case.steps for s in in_turn(*timed, rounds=rounds))
    return [Loop("bare torch", own), *map(Loop, calls, others, equal)]


def main() -> None:
    console = plain_console()
    for case in CASES:
        table = Table(title=case.name, title_justify="left", box=None, pad_edge=False)
        for column in ("loop", "a step", "of the bare", "same weights"):
            table.add_column(column, justify="left" if column == "loop" else "right")
        own, *others = loops(case)
        table.add_row(own.name, f"{1e3 * own.seconds:.3f} ms", "1.00", "")
        for loop in others:
            row = f"{1e3 * loop.seconds:.3f} ms", f"{loop.seconds / own.seconds:.2f}"
            table.add_row(loop.name, *row, "yes" if loop.same else "NO")
        console.print(table, "")


if __name__ == "__main__":
    sys.exit(run_command(main, "benchmarks"))
