"""Measure a GPU (python -m benchmarks.gpu).

Prints the share that the network of `--config large_mlp` has of the rate at which this GPU
multiplies bfloat16 matrices, and the cost of Lightning's loop beside a bare one; with --profile
also the kernels of a step. Without a GPU it measures nothing, and prints so; --device cpu takes a
small network instead. `benchmarks/gpu_run.sh` runs this, and all that needs a GPU to be tested.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import lightning as L
import torch
import yaml
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import CSVLogger

from benchmarks import tables
from parity_tests.checking.console import plain_console
from ref_numpy import order
from ref_numpy.terminal import run_command
from torch_impl import conventions
from torch_impl.data.batches import Batch, TensorPairs
from torch_impl.data.datamodule import Data
from torch_impl.lightning.module import NetworkModule
from torch_impl.lightning.options.configs import CONFIGS
from torch_impl.lightning.progress_bar import EpochProgressBar

CLASSES, PROFILED = 10, 5


@dataclass(frozen=True)
class Case:
    """A network, its data and how it is timed: after the first windows, that compile, the others.

    Attributes:
        device: of the training.
        m: training examples, in batches of `batch_size`.
        n_x: inputs.
        model: the options of `NetworkModule`.
        precision: the Trainer's.
        matrix: the side of the two matrices whose product is timed.
        warm_up: windows that do not count.
        windows: those that count.
        steps: updates in a window.
    """

    device: str
    m: int
    batch_size: int
    n_x: int
    model: dict[str, Any] = field(hash=False)
    precision: Any
    matrix: int = 8192
    warm_up: int = 3
    windows: int = 15
    steps: int = 20

    @property
    def updates(self) -> int:
        """How many updates a training makes."""
        return (self.warm_up + self.windows) * self.steps

    @property
    def sizes(self) -> list[int]:
        """The units of every layer, the inputs first."""
        return [self.n_x, *self.model["hidden_units"], CLASSES]

    def wait(self) -> None:
        """Wait until the device has done its work."""
        if self.device == "cuda":
            torch.cuda.synchronize()

    def examples(self) -> TensorPairs:
        """Return random examples on the device, the same every time."""
        draw = torch.Generator(self.device).manual_seed(0)
        x = torch.randn(self.m, self.n_x, generator=draw, device=self.device)
        y = torch.randint(CLASSES, (self.m,), generator=draw, device=self.device)
        return TensorPairs(x, y)

    def module(self) -> NetworkModule:
        """Return the network as `train.py` makes it, with the same weights every time."""
        L.seed_everything(0, verbose=False)
        return NetworkModule(self.n_x, CLASSES, **self.model)


def large_mlp() -> Case:
    """Return the training of `train.py --config large_mlp`."""
    given = yaml.safe_load((CONFIGS / "large_mlp.yaml").read_text(encoding="utf-8"))
    data, model = given["data"]["init_args"], given["model"]
    m = round(data["m"] * 0.8 * 0.9)  # without those to test and to validate
    precision = given["trainer"]["precision"]
    return Case("cuda", m, data["batch_size"], data["n_x"], model, precision)


def small(compile: str | None = "aot_eager") -> Case:
    """Return a training that a CPU makes in a second, in epochs shorter than a window."""
    model = {"hidden_units": [32, 16], "lambd": 3.0, "compile": compile}
    return Case("cpu", 220, 64, 20, model, "bf16-mixed", matrix=64, windows=3, steps=5)


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
    with tempfile.TemporaryDirectory() as folder, open(os.devnull, "w") as devnull:
        bar = EpochProgressBar(console_kwargs={"force_terminal": True, "file": devnull})
        trainer = L.Trainer(
            max_steps=case.updates, max_epochs=-1, accelerator=case.device, devices=1,
            precision=case.precision, default_root_dir=folder, logger=[CSVLogger(folder)],
            callbacks=[clock, bar], enable_model_summary=False, enable_checkpointing=False,
            limit_val_batches=0,
        )  # fmt: skip
        trainer.fit(case.module(), InMemory(examples, case.batch_size))
    return clock.seconds


@dataclass(frozen=True)
class GpuFigures:
    """The figures of a GPU.

    Attributes:
        device: its name.
        matrix_rate: FLOP/s of a bfloat16 matrix product.
        parameters: of the network.
        m: examples in a batch.
        rate: FLOP/s of a training step by Lightning.
        loop_ratio: how many times as long Lightning's loop takes as a bare one.
    """

    device: str
    matrix_rate: float
    parameters: int
    m: int
    rate: float
    loop_ratio: float


def figures(case: Case) -> GpuFigures:
    """Measure a training, bare and by Lightning, and the product of two matrices."""
    rate, examples = matrix_rate(case), case.examples()
    bare, lightnings = bare_loop(case, examples), lightning_loop(case, examples)
    parameters = sum(p.size for p in conventions.get_params(case.module().network).values())
    name = torch.cuda.get_device_name() if case.device == "cuda" else case.device
    step_rate = flops(case) / lightnings
    return GpuFigures(name, rate, parameters, case.batch_size, step_rate, lightnings / bare)


def measure() -> list[GpuFigures]:
    """Measure the GPU; without one the list is empty."""
    return [figures(large_mlp())] if torch.cuda.is_available() else []


def profile(case: Case) -> str:
    """Return the table of a step's kernels, those that take longest first."""
    from torch.profiler import profile as profiled

    batches, step = shuffled(case, case.examples()), bare_step(case)
    for _ in range(PROFILED):
        step(next(batches))
    with profiled() as seen:
        for _ in range(PROFILED):
            step(next(batches))
        case.wait()
    by = "self_cuda_time_total" if case.device == "cuda" else "self_cpu_time_total"
    return seen.key_averages().table(sort_by=by, row_limit=20, max_name_column_width=60)


def main() -> int:
    """Print the figures; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--profile", action="store_true", help="the kernels of a step as well")
    options = parser.parse_args()
    console = plain_console(soft_wrap=True)
    if options.device == "cuda" and not torch.cuda.is_available():
        console.print("no CUDA device here: nothing is measured")
        return 0
    case = large_mlp() if options.device == "cuda" else small()
    console.print(tables.gpus([figures(case)]))
    if options.profile:
        print(profile(case))
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main, "benchmarks"))
