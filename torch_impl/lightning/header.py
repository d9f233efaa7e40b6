"""The lines at the top of a run: the data, the task, the network and the device."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lightning as L

from torch_impl.data.datamodule import Data
from torch_impl.data.source_data import SourceData
from torch_impl.lightning.module import NetworkModule
from torch_impl.results.summary import path_from_here


def header(
    data: Data, model: NetworkModule, trainer: L.Trainer, parts: tuple[str, ...], library: str = ""
) -> dict[str, Any]:
    """Return the lines by their names, in order.

    Args:
        data: the data set.
        model: the network.
        trainer: the Trainer, whose device and precision are reported.
        parts: the parts of the data that the run uses.
        library: the device and library that compute instead of torch on the Trainer's device.
    """
    lines: dict[str, Any] = {"data": data.title}
    if isinstance(data, SourceData):
        lines = {"data": data.describe_rows(*parts), **data.notes}
        lines["task"] = data.described.summary
    parameters = sum(p.numel() for p in model.network.parameters())
    return {
        **lines,
        "network": model.network.spec.summary,
        "parameters": f"{parameters:,}",
        "device": f"{library or devices(trainer)}, {trainer.precision}",
    }


def resumed_line(path: Path, checkpoint: Mapping[str, Any]) -> str:
    """Return in words the checkpoint from which a run resumes, and the epoch that comes next.

    Args:
        path: of the checkpoint.
        checkpoint: its contents.
    """
    if "costs" not in checkpoint:
        return str(path_from_here(path))
    done = len(checkpoint["costs"]["train"])  # one cost for each whole epoch
    return f"{path_from_here(path)} (epoch {done + 1}, after {checkpoint['global_step']:,} updates)"


def devices(trainer: L.Trainer) -> str:
    """The device of a process, and how many processes there are: "cuda:0", "2 × cpu"."""
    device = str(trainer.strategy.root_device)
    if trainer.world_size == 1:
        return device
    return f"{trainer.world_size} × {device.split(':')[0]}"
