"""Time Lightning's training loop beside a bare one (python -m benchmarks.loop_cost).

Both loops have the same tensors in memory, the same order and the same optimiser, on a CPU with one
thread. The progress bar is drawn and metrics are logged. There is no validation: its cost would be
the same in both. Both end with the same weights, to the bit.
"""

from __future__ import annotations

import logging
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
from torch import Tensor, nn

from benchmarks import tables
from benchmarks.interleaved_timing import interleaved_seconds
from benchmarks.unseen_bar import unseen_bar
from parity_tests.checking.console import plain_console
from ref_numpy import order
from ref_numpy.terminal import run_command
from torch_impl.data.batches import TensorPairs
from torch_impl.data.datamodule import Data
from torch_impl.lightning.module import NetworkModule

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
        """The number of updates."""
        return self.epochs * -(-self.m // self.batch_size)

    def module(self, per_step: int = 1) -> NetworkModule:
        """Return the network as `train.py` makes it, with the same weights every time."""
        L.seed_everything(0, verbose=False)
        return NetworkModule(
            self.n_x, 10, hidden_units=list(self.hidden), batches_per_step=per_step
        )

    def examples(self) -> TensorPairs:
        """Return m random examples, the same every time."""
        g = torch.Generator().manual_seed(0)
        x = torch.randn(self.m, self.n_x, generator=g)
        return TensorPairs(x, torch.randint(10, (self.m,), generator=g))


CASES = (
    Case("digits, 64-32-10", 64, (32,), 1437, 64, 60, (1, 23)),
    Case("MNIST-size, 784-512-256-10", 784, (512, 256), 25600, 256, 1, (1, 10)),
)
QUICK_CASES = (Case("5-4-10", 5, (4,), 12, 4, 1, (1, 3)),)


class InMemory(Data):
    """The examples of a case."""

    def __init__(self, case: Case, per_step: int) -> None:
        super().__init__(case.batch_size, per_step)
        self.parts = {"train": case.examples()}

    def setup(self, stage: str) -> None:
        """Prepare nothing: the examples are there."""


class Clock(Callback):
    """Time the loop, without the set-up before it and the end after it."""

    seconds = 0.0

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Start the clock."""
        self.start = time.perf_counter()

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Stop the clock."""
        self.seconds = time.perf_counter() - self.start


def bare_loop(case: Case) -> tuple[float, nn.Module]:
    """Train in a loop written by hand; return its seconds and the network."""
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


def lightning_loop(
    case: Case, per_step: int, bar: bool = True, log: bool = True
) -> tuple[float, nn.Module]:
    """Train the same by Lightning, as `train.py` sets it up; return seconds and network."""
    module, clock = case.module(per_step), Clock()
    with tempfile.TemporaryDirectory() as folder, unseen_bar() as drawn:
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
        trainer.fit(module, InMemory(case, per_step))
    return clock.seconds, module.network


def have_same_weights(a: nn.Module, b: nn.Module) -> bool:
    """Whether all weights are equal, to the bit."""
    pairs: list[tuple[Tensor, Tensor]] = list(zip(a.parameters(), b.parameters(), strict=True))
    return all(torch.equal(p, q) for p, q in pairs)


@dataclass(frozen=True)
class Loop:
    """A training loop, measured.

    Attributes:
        network: The case.
        name: Which loop.
        seconds: Of a step, the median.
        ratio: How many times as long as a step of the bare loop.
        same_weights: Whether it ends with the bare loop's weights.
    """

    network: str
    name: str
    seconds: float
    ratio: float
    same_weights: bool


def loops(case: Case, rounds: int = ROUNDS) -> list[Loop]:
    """Time the bare loop, and Lightning's: as `train.py` sets it up, then with less and less."""
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    disable_possible_user_warnings()
    warnings.filterwarnings("ignore", message=".*(LeafSpec|sync_dist|val_dataloader).*")
    torch.set_num_threads(1)
    most = max(case.per_step)
    calls = {
        f"Lightning, {k} mini-batch{'es' * (k > 1)} a step": partial(lightning_loop, case, k)
        for k in case.per_step
    }
    calls["… without the bar"] = partial(lightning_loop, case, most, bar=False)
    calls["… nor logs"] = partial(lightning_loop, case, most, bar=False, log=False)
    _, network = bare_loop(case)
    equal = [have_same_weights(network, call()[1]) for call in calls.values()]
    seconds_per_call = [
        lambda call=call: call()[0] for call in (partial(bare_loop, case), *calls.values())
    ]
    own, *others = (
        statistics.median(s) / case.steps
        for s in interleaved_seconds(*seconds_per_call, rounds=rounds)
    )
    found = [Loop(case.name, "bare torch", own, 1.0, True)]
    for name, seconds, is_equal in zip(calls, others, equal, strict=True):
        found.append(Loop(case.name, name, seconds, seconds / own, is_equal))
    return found


def measure(quick: bool = False) -> list[Loop]:
    """Time all loops of all cases; quick: of a small case."""
    found = []
    for case in QUICK_CASES if quick else CASES:
        print(f"loop: {case.name}", file=sys.stderr)
        found += loops(case, 1 if quick else ROUNDS)
    return found


def main() -> None:
    """Print the table."""
    plain_console(soft_wrap=True).print(tables.loops(measure()))


if __name__ == "__main__":
    sys.exit(run_command(main, "benchmarks"))
