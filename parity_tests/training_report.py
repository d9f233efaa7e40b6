"""What a training leaves: weights, pictures, a table, and how far the reference is from torch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from lightning import Trainer
from rich.console import Console

import ref_numpy
from parity_tests.predictions import predictions_line
from torch_impl import conventions
from torch_impl.datamodule import Data
from torch_impl.module import NetworkModule
from torch_impl.results import draw_costs


def report(
    trainer: Trainer, module: NetworkModule, data: Data, tested: Mapping[str, float], best: str
) -> None:
    """Write the results beside the logs, and print them, every path once."""
    folder = Path(trainer.log_dir or trainer.default_root_dir)
    folder.mkdir(parents=True, exist_ok=True)
    weights, curve = folder / "weights.safetensors", folder / "cost.png"
    network = module.network
    ref_numpy.save(weights, network.spec, conventions.get_params(network), data.standardiser)
    draw_costs(module.costs, curve)

    x, _ = data.parts["test"][:]
    parameter = next(module.to(trainer.strategy.root_device).parameters())
    with torch.inference_mode():
        A = module(x.to(parameter))
    line = predictions_line(weights, conventions.from_batch(x), conventions.from_batch(A))

    console = Console(highlight=False, soft_wrap=True)
    console.print(f"\ntest cost       {tested['test_cost']:.4f}")
    if "test_accuracy" in tested:
        console.print(f"test accuracy   {tested['test_accuracy']:.2%} of {len(x)} examples")
    console.print(f"NumPy vs torch  {line}")
    for name, path in (("cost curve", curve), ("weights", weights), ("checkpoint", best)):
        if path:
            console.print(f"{name:<15} {shorter(path)}")


def shorter(path: Path | str) -> Path:
    """The path as seen from here, where it lies below."""
    path = Path(path).resolve()
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
