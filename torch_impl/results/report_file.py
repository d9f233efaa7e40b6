"""report.json: what a run has printed at its end, for a program.

    {"format": 1, "chosen_epoch": 12, "test_accuracy": 0.975, "files": {"weights": …, …}, …}

A number that is not finite is null. A path is relative to the folder of the file, where it lies
below, so that a run that was moved finds its files.
"""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from ref_numpy import NetworkSpec
from ref_numpy.version import __version__
from ref_numpy.weights import write_whole
from torch_impl.data.datamodule import Data

EPOCHS = ("train", "training_cost"), ("val", "validation_cost")
PACKAGES = ("torch", "numpy", "lightning")

FORMAT = 1  # one more with each change that an older reader would misread
NAME = "report.json"


def write_report(folder: Path, values: Mapping[str, Any]) -> Path:
    """Write the file, whole or not at all.

    Args:
        folder: of the run.
        values: by their names: numbers, words, paths, and mappings and lists of them.

    Returns:
        The file.

    Raises:
        InputError: it cannot be written.
    """
    plain = as_json({"format": FORMAT, **values}, folder.resolve())
    text = json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False)
    write_whole(folder / NAME, f"{text}\n".encode())
    return folder / NAME


def values_of(
    costs: Mapping[str, Sequence[float]],
    epoch: int | None,
    test_cost: float | None,
    test_accuracy: float | None,
    m: int,
    mean_cost: float | None,
) -> dict[str, Any]:
    """Return what a run has measured.

    Args:
        costs: of every epoch, "train" and "val".
        epoch: the one that was chosen, from 0; None within one.
        test_cost: None where there was no test.
        test_accuracy: None for real outputs.
        m: the test's examples.
        mean_cost: of a regression, the test cost of predicting the training targets' mean.
    """
    here = slice(0) if epoch is None else slice(epoch, epoch + 1)
    chosen = {name: next(iter(costs[part][here]), None) for part, name in EPOCHS}
    return {
        "chosen_epoch": None if epoch is None else epoch + 1,
        "epochs": len(costs["train"]),
        **chosen,
        "test_cost": test_cost,
        "test_accuracy": test_accuracy,
        "test_examples": m,
        "test_cost_of_mean": mean_cost,
        "costs": {name: costs[part] for part, name in EPOCHS},
    }


def facts_of_run(spec: NetworkSpec, data: Data, precision: str) -> dict[str, Any]:
    """Return what a run was made of: data, network, precision, seed and versions."""
    versions = {"backprop_with_proof": __version__, "python": platform.python_version()}
    return {
        "data": data.title,
        "task": None if data.spec is None else data.spec.task,
        "names": None if data.spec is None else data.spec.names,
        "network": spec.summary,
        "parameters": sum(math.prod(shape) for shape in spec.parameter_shapes.values()),
        "precision": precision,
        "seed": torch.initial_seed(),
        "versions": versions | {name: version(name) for name in PACKAGES},
    }


def epoch_of(checkpoint: Mapping[str, Any]) -> int | None:
    """Return the epoch whose weights a checkpoint has, from 0; None of one within an epoch.

    The best one is written after an epoch's validation, before the epoch counts as done.
    """
    done, latest = len(checkpoint.get("costs", {}).get("train", [])), checkpoint.get("latest", {})
    if "val_cost" in latest or "costs" not in checkpoint:
        return int(checkpoint["epoch"])
    _, _, examples = checkpoint.get("epoch_sums", (0, 0, 0))
    return None if examples or not done else done - 1


def as_json(value: Any, folder: Path) -> Any:
    """Convert a value to what JSON has.

    Args:
        value: see `write_report`; other kinds are written as their text.
        folder: an absolute path, to which others below are relative.
    """
    if isinstance(value, Mapping):
        return {str(name): as_json(each, folder) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(each, folder) for each in value]
    if isinstance(value, Path):
        path = value.resolve()
        return str(path.relative_to(folder) if path.is_relative_to(folder) else path)
    if hasattr(value, "item"):  # a number of NumPy or torch
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
