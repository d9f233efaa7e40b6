"""What a training leaves for a person to read: pictures, weights, and a table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console

import ref_numpy
from ref_numpy import Array, NetworkSpec
from ref_numpy.terminal import printable
from torch_impl.data.datamodule import Data
from torch_impl.results.classification import draw_confusion, draw_mistakes
from torch_impl.results.cost_curve import draw_costs

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
    ref_numpy.save(files["weights"], spec, params, data.spec)
    if data.spec is not None and data.spec.task in ("binary", "classes"):
        names = data.spec.names
        labels = data.parts["test"][:][1].cpu().numpy().ravel().astype(int)
        probabilities = data.spec.to_probabilities(A)
        classes, most = probabilities.argmax(axis=1), probabilities.max(axis=1)
        files["confusion"] = folder / "confusion.png"
        draw_confusion(labels, classes, names, files["confusion"])
        mistakes = folder / "mistakes.png"
        if draw_mistakes(data.pictures("test"), labels, classes, most, names, mistakes):
            files["mistakes"] = mistakes
    return files


def show_results(
    costs: Costs,
    epoch: int,
    test_cost: float | None,
    test_accuracy: float | None,
    m: int,
    lines: Mapping[str, object],
    mean_cost: float | None = None,
) -> None:
    """The costs of the epoch that was chosen, the test, and `lines`: each path once.

    epoch: the one chosen, from 0.   test_cost: None where there was no test.
    test_accuracy: None for real outputs.   m: the test's examples.
    mean_cost: of a regression, what predicting the training targets' mean would cost in the test.
    """
    rows: dict[str, object] = {}
    if epoch < len(costs["train"]):
        rows["chosen epoch"] = f"{epoch + 1} of {len(costs['train'])}"
        for name, part in (("training cost", "train"), ("validation cost", "val")):
            if math.isfinite(costs[part][epoch]):
                rows[name] = format_cost(costs[part][epoch])
    if test_cost is not None:
        rows["test cost"] = format_cost(test_cost)
        if mean_cost is not None:
            rows["test cost"] += (
                f"; predicting the training targets' mean: {format_cost(mean_cost)}"
            )
    if test_accuracy is not None:
        rows["test accuracy"] = f"{test_accuracy:.2%} of {m} examples"
    print()
    for name, value in {**rows, **lines}.items():
        show_line(name, shorter(value) if isinstance(value, Path) else value)


def show_line(name: str, value: object) -> None:
    console = Console(highlight=False, emoji=False, soft_wrap=True, markup=False)
    console.print(f"{name:<16} {printable(str(value))}")


def format_cost(cost: float) -> str:
    """Four decimals; of what is smaller, or large, four digits."""
    return f"{cost:.4f}" if 1 <= 1000 * cost < 1e7 or not cost else f"{cost:.4g}"


def cost_of_mean(data: Data) -> float | None:
    """(1/m) Σ_i ½ ‖μ_y − y‖² over the test set, in the target's own units; None of classes, and of
    targets that are not standardised. Of those that are, the mean is 0."""
    units = None if data.spec is None else data.spec.units
    if units is None:
        return None
    y = data.parts["test"][:][1].cpu().numpy()
    return float(np.square(y * units.T, dtype=np.float64).sum(axis=1).mean() / 2)


def accuracy_or_none(accuracy: float) -> float | None:
    return None if math.isnan(accuracy) else accuracy


def shorter(path: Path) -> Path:
    """The path as seen from here, where it lies below."""
    path = path.resolve()
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
