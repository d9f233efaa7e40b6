"""The lines at the top of a run: the data, the task, the network and the device."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lightning as L
from lightning.fabric.utilities.rank_zero import rank_zero_only

from torch_impl.data.alike_classes import alike_classes
from torch_impl.data.datamodule import Data
from torch_impl.data.source_data import SourceData
from torch_impl.data.texts.tokens import TokenData
from torch_impl.data.trained_on import TrainedOn
from torch_impl.data.unseen_classes import unseen_classes
from torch_impl.lightning.module import NetworkModule
from torch_impl.lightning.options.given_options import GivenOptions
from torch_impl.lightning.private_api import CommandLine
from torch_impl.lightning.runs.folder import RunConfig
from torch_impl.results.summary import path_from_here, show_line


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
        if alike := alike_classes(data.described):
            lines["one class?"] = f"{alike} differ in capitals or blanks alone"
        unseen = unseen_classes(data.described, data.rows["train"]) if "train" in data.rows else ""
        if unseen and "train" in parts:
            lines["not learnt"] = f"{unseen}: no example in the training part"
        lines |= data.weighting.notes if "val" in parts else {}
    elif isinstance(data, TokenData):
        lines |= data.notes
    parameters = sum(p.numel() for p in model.network.parameters())
    return {
        **lines,
        "network": model.network.spec.summary,
        "parameters": f"{parameters:,}",
        "device": f"{library or devices(trainer)}, {trainer.precision}{products(trainer)}",
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


def products(trainer: Any) -> str:
    """Return how CUDA multiplies float32, where the run does: ", matmul tf32"."""
    return f", matmul {trainer.matmul}" if trainer.multiplies_float32_on_cuda else ""


def devices(trainer: L.Trainer) -> str:
    """The device of a process, and how many processes there are: "cuda:0", "2 × cpu"."""
    device = str(trainer.strategy.root_device)
    if trainer.world_size == 1:
        return device
    return f"{trainer.world_size} × {device.split(':')[0]}"


class HeadedCommandLine(CommandLine):
    """A command line that prints a header before each subcommand runs.

    Attributes:
        trained: the record of the data of a network that is only tested.
        begins: lines about where the weights come from.
    """

    given: GivenOptions
    trained: TrainedOn | None = None
    begins: dict[str, str]

    def show_header(self, *parts: str, library: str = "") -> None:
        """Print the data, the sizes of these parts, the task, the network and the device."""
        data = self.datamodule
        if isinstance(data, SourceData) and self.trained is None:
            data.describe()
            self.given.check_fractions(data.own_parts)
        for name, value in header(data, self.model, self.trainer, parts, library).items():  # pyright: ignore[reportArgumentType]
            rank_zero_only(show_line)(name, value)
        for name, value in self.begins.items():
            rank_zero_only(show_line)(name, value)

    def before_fit(self) -> None:
        """Print the header of a fit."""
        self.show_header("train", "val", "test")

    def before_numpy(self) -> None:
        """Print the header of a training by NumPy, and write its options."""
        self.write_config()
        self.show_header("train", "val", "test", library="cpu, NumPy alone")

    def before_compare(self) -> None:
        """Print the header of a training by torch and by NumPy."""
        library = f"{devices(self.trainer)}, torch; cpu, NumPy"
        self.show_header("train", "val", "test", library=library)

    def write_config(self) -> None:
        """Write the options of a run that Lightning does not know."""
        for callback in self.trainer.callbacks:  # pyright: ignore[reportAttributeAccessIssue]
            if isinstance(callback, RunConfig):
                callback.write(self.trainer)

    def before_validate(self) -> None:
        """Print the header of a validation."""
        self.show_header("val")

    def before_test(self) -> None:
        """Print the header of a test."""
        self.show_header("test")

    def before_predict(self) -> None:
        """Print the header of predictions."""
        self.show_header("predict")

    def before_report(self) -> None:
        """Print the header of a report."""
        self.show_header("test")
