"""report.json: what a run has printed at its end, for a program.

    {"format": 1, "chosen_epoch": 12, "test": {"accuracy": 0.975, …}, "files": {"weights": …, …}, …}

A number that is not finite is null. A path is relative to the folder of the file, where it lies
below, so that a run that was moved finds its files.
"""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from ref_numpy import NetworkSpec
from ref_numpy.version import __version__
from ref_numpy.weights import write_whole
from torch_impl.data.datamodule import Data
from torch_impl.results.run_result import History, values_of_run
from torch_impl.results.summary import cost_of_mean

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


def values_of_report(
    history: History,
    test_cost: float | None,
    metrics: Mapping[str, Any] | None,
    spec: NetworkSpec,
    data: Data,
) -> dict[str, Any]:
    """Return the values that every report has: figures, data, network, seed, versions and curves.

    Args:
        history: of the training.
        test_cost: of the test part.
        metrics: the figures of the test part.
        spec: the network's description.
        data: the data.
    """
    versions = {"backprop_with_proof": __version__, "python": platform.python_version()}
    table = None if data.spec is None else data.spec.table
    return {
        **values_of_run(history, test_cost, metrics),
        "test_cost_of_mean": cost_of_mean(data, spec.loss),
        "data": data.title,
        "columns": table and {column.name: column.kind for column in table.columns},
        "task": None if data.spec is None else data.spec.task,
        "names": None if data.spec is None else data.spec.names,
        "network": spec.summary,
        "parameters": sum(math.prod(shape) for shape in spec.parameter_shapes.values()),
        "seed": torch.initial_seed(),
        "versions": versions | {name: version(name) for name in PACKAGES},
        "costs": history.costs,
        "accuracies": history.accuracies,
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
