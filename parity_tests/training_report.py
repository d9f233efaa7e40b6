"""What a training leaves for a person to read: pictures, weights, and a table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

import ref_numpy
from ref_numpy import Array, NetworkSpec
from torch_impl.datamodule import Data
from torch_impl.pictures import draw_confusion, draw_mistakes, predicted
from torch_impl.results import draw_costs

Costs = Mapping[str, Sequence[float]]


def write_results(
    folder: Path,
    spec: NetworkSpec,
    params: Mapping[str, Array],
    data: Data,
    costs: Costs,
    A: Array,
) -> dict[str, Path]:
    """The files, by what they are called.

    params: of the epoch that was chosen.   costs: of every epoch, "train" and "val".
    A: (n_y, m), what the network makes of the test set, from which the pictures are drawn.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {"cost curve": folder / "cost.png", "weights": folder / "weights.safetensors"}
    draw_costs({part: list(values) for part, values in costs.items()}, files["cost curve"])
    ref_numpy.save(files["weights"], spec, params, data.standardiser)
    if spec.loss.reads == "Z" and (data.task == "classes" or A.shape[0] == 1):
        labels = data.parts["test"][:][1].cpu().numpy().ravel().astype(int)
        classes, probabilities = predicted(A.T)
        files["confusion"] = folder / "confusion.png"
        draw_confusion(labels, classes, max(A.shape[0], 2), files["confusion"])
        mistakes = folder / "mistakes.png"
        if draw_mistakes(data.pictures("test"), labels, classes, probabilities, mistakes):
            files["mistakes"] = mistakes
    return files


def show_results(
    costs: Costs,
    epoch: int,
    test_cost: float | None,
    test_accuracy: float | None,
    m: int,
    lines: Mapping[str, object],
) -> None:
    """The costs of the epoch that was chosen, the test, and `lines`: each path once.

    epoch: the one chosen, from 0.   test_cost: None where there was no test.
    test_accuracy: None for real outputs.   m: the test's examples.
    """
    rows: dict[str, object] = {}
    if epoch < len(costs["train"]):
        rows["chosen epoch"] = f"{epoch + 1} of {len(costs['train'])}"
        for name, part in (("training cost", "train"), ("validation cost", "val")):
            if math.isfinite(costs[part][epoch]):
                rows[name] = f"{costs[part][epoch]:.4f}"
    if test_cost is not None:
        rows["test cost"] = f"{test_cost:.4f}"
    if test_accuracy is not None:
        rows["test accuracy"] = f"{test_accuracy:.2%} of {m} examples"
    console = Console(highlight=False, soft_wrap=True)
    console.print()
    for name, value in {**rows, **lines}.items():
        console.print(f"{name:<16} {shorter(value) if isinstance(value, Path) else value}")


def accuracy_or_none(accuracy: float) -> float | None:
    return None if math.isnan(accuracy) else accuracy


def shorter(path: Path) -> Path:
    """The path as seen from here, where it lies below."""
    path = path.resolve()
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
