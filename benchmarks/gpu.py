"""Measure a GPU (python -m benchmarks.gpu).

Prints the large network's share of the rate at which this GPU multiplies bfloat16 matrices and the
cost of Lightning's loop beside a bare one, and runs the parity suite on CUDA at every precision.
Without a GPU it measures nothing, and prints so.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import Callback
from torch import nn

from benchmarks import tables
from benchmarks.interleaved_timing import interleaved_seconds
from parity_tests.checking.console import plain_console
from ref_numpy.terminal import run_command
from torch_impl import conventions
from torch_impl.data.batches import TensorPairs
from torch_impl.data.datamodule import Data
from torch_impl.lightning.module import NetworkModule

N_X, HIDDEN, CLASSES = 4096, [8192, 4096], 1000  # 71 M parameters
BATCH, STEPS, ROUNDS, MATRIX = 8192, 60, 5, 8192
PRECISIONS = ("float64", "float32", "tf32", "bfloat16", "float16", "bf16-mixed", "fp16-mixed")


class Random(Data):
    """Batches of the same random examples, on the device."""

    def __init__(self, examples: TensorPairs) -> None:
        super().__init__(BATCH)
        self.parts = {"train": examples}

    def setup(self, stage: str) -> None:
        """Prepare nothing: the examples are there."""


class Clock(Callback):
    """Time the second half of the steps."""

    def on_train_batch_start(
        self, trainer: L.Trainer, pl_module: L.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Start the clock in the middle."""
        if batch_idx == STEPS // 2:
            torch.cuda.synchronize()
            self.start = time.perf_counter()

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Stop the clock."""
        torch.cuda.synchronize()
        self.seconds = time.perf_counter() - self.start


def matrix_rate() -> float:
    """Return the FLOP/s of a product of two square bfloat16 matrices: the best of 20 times."""
    A, B = (torch.randn(MATRIX, MATRIX, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    best = float("inf")
    for _ in range(20):
        torch.cuda.synchronize()
        start = time.perf_counter()
        for _ in range(10):
            torch.mm(A, B)
        torch.cuda.synchronize()
        best = min(best, (time.perf_counter() - start) / 10)
    return 2 * MATRIX**3 / best


def flops() -> int:
    """Return the FLOPs of a step: Z = X Wᵀ, dW and dX are a product each; layer 1 has no dX."""
    sizes = [N_X, *HIDDEN, CLASSES]
    products = [2 * BATCH * n_prev * n for n_prev, n in pairwise(sizes)]
    return 3 * sum(products) - products[0]


def module() -> NetworkModule:
    """Return the large network as `train.py` makes it."""
    L.seed_everything(0, verbose=False)
    return NetworkModule(N_X, CLASSES, hidden_units=HIDDEN, compile="inductor")


def bare_loop(examples: TensorPairs) -> float:
    """Return the seconds of half of the steps, in a loop written by hand."""
    network = module().network.cuda()
    optimiser = torch.optim.Adam(network.parameters(), lr=0.001)
    criterion, start = nn.CrossEntropyLoss(), 0.0
    for step in range(STEPS):
        if step == STEPS // 2:
            torch.cuda.synchronize()
            start = time.perf_counter()
        chosen = slice(step * BATCH % len(examples), step * BATCH % len(examples) + BATCH)
        x, y = examples[chosen]
        optimiser.zero_grad()
        with torch.autocast("cuda", torch.bfloat16):
            loss = criterion(network(x), y)
        loss.backward()
        optimiser.step()
    torch.cuda.synchronize()
    return time.perf_counter() - start


def lightning_loop(examples: TensorPairs) -> float:
    """Return the same by Lightning, with its bar and its log."""
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        trainer = L.Trainer(
            max_steps=STEPS, max_epochs=-1, accelerator="cuda", devices=1, precision="bf16-mixed",
            default_root_dir=folder, callbacks=[clock], enable_model_summary=False,
            enable_checkpointing=False, limit_val_batches=0,
        )  # fmt: skip
        trainer.fit(module(), Random(examples))
    return clock.seconds


@dataclass(frozen=True)
class GpuFigures:
    """The figures of a GPU.

    Attributes:
        device: Its name.
        matrix_rate: FLOP/s of a bfloat16 matrix product.
        parameters: Of the network.
        m: Examples in a batch.
        rate: FLOP/s of a training step by Lightning.
        loop_ratio: How many times as long Lightning's loop takes as a bare one.
    """

    device: str
    matrix_rate: float
    parameters: int
    m: int
    rate: float
    loop_ratio: float


def measure() -> list[GpuFigures]:
    """Measure the GPU; without one the list is empty."""
    if not torch.cuda.is_available():
        return []
    g = torch.Generator().manual_seed(0)
    x = torch.randn(STEPS // 2 * BATCH, N_X, generator=g)
    y = torch.randint(CLASSES, (len(x),), generator=g)
    examples = TensorPairs(x, y).to(torch.device("cuda"))
    rate = matrix_rate()
    loops = interleaved_seconds(
        lambda: bare_loop(examples), lambda: lightning_loop(examples), rounds=ROUNDS
    )
    own, theirs = map(statistics.median, loops)
    parameters = sum(p.size for p in conventions.get_params(module().network).values())
    rate_of_step = flops() * (STEPS // 2) / theirs
    name = torch.cuda.get_device_name()
    return [GpuFigures(name, rate, parameters, BATCH, rate_of_step, theirs / own)]


def main() -> int:
    """Print the figures and run the suite; return its exit code."""
    console = plain_console(soft_wrap=True)
    found = measure()
    if not found:
        console.print("no CUDA device here: nothing is measured")
        return 0
    console.print(tables.gpus(found))
    options = [f"--precision={name}" for name in PRECISIONS]
    matrix = "parity_tests.tests.torch_twin.test_parity_matrix"
    suite = [sys.executable, "-m", "pytest", "-q", "--pyargs", matrix, "--device", "cuda"]
    return subprocess.run([*suite, *options], check=False).returncode


if __name__ == "__main__":
    sys.exit(run_command(main, "benchmarks"))
