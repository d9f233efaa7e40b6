"""The results of a training for a person: pictures, weights, and a table."""

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
    """Write the pictures and the weights.

    Args:
        folder: of the files.
        spec: the network's description.
        params: of the epoch that was chosen.
        data: the data.
        costs: of every epoch, "train" and "val".
        A: (n_y, m), the outputs for the test set, from which the pictures are drawn.

    Returns:
        The files, by their names for a person.
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
    epoch: int | None,
    test_cost: float | None,
    test_accuracy: float | None,
    m: int,
    lines: Mapping[str, object],
    mean_cost: float | None = None,
) -> None:
    """Print the costs of the epoch that was chosen, the test, and `lines`: each path once.

    Args:
        costs: of every epoch, "train" and "val".
        epoch: the one that was chosen, from 0; None within one.
        test_cost: None where there was no test.
        test_accuracy: None for real outputs.
        m: the test's examples.
        lines: further values by their names.
        mean_cost: of a regression, the test cost of predicting the training targets' mean.
    """
    rows: dict[str, object] = {}
    if epoch is not None and epoch < len(costs["train"]):
        rows["chosen epoch"] = f"{epoch + 1} of {len(costs['train'])}"
        for name, part in (("training cost", "train"), ("validation cost", "val")):
            if math.isfinite(costs[part][epoch]):
                rows[name] = format_cost(costs[part][epoch])
    if test_cost is not None:
        rows["test cost"] = format_cost(test_cost)
        if mean_cost is not None:
            rows["test cost"] += (
                " (a constant prediction, the mean of the training targets, costs "
                f"{format_cost(mean_cost)})"
            )
    if test_accuracy is not None:
        rows["test accuracy"] = f"{test_accuracy:.2%} of {m} examples"
    print()
    for name, value in {**rows, **lines}.items():
        show_line(name, path_from_here(value) if isinstance(value, Path) else value)


def show_line(name: str, value: object) -> None:
    """Print a value after its name."""
    console = Console(highlight=False, emoji=False, soft_wrap=True, markup=False)
    console.print(f"{name:<16} {printable(str(value))}")


def format_cost(cost: float) -> str:
    """Return a cost with four decimals; a smaller or larger one with four digits."""
    return f"{cost:.4f}" if 1 <= 1000 * cost < 1e7 or not cost else f"{cost:.4g}"


def cost_of_mean(data: Data) -> float | None:
    """(1/m) Σ_i ½ ‖μ_y − y‖² over the test set, in the target's own units.

    Of standardised targets the mean is 0.

    Returns:
        None of classes, and of targets that are not standardised.
    """
    units = None if data.spec is None else data.spec.units
    if units is None:
        return None
    y = data.parts["test"][:][1].cpu().numpy()
    return float(np.square(y * units.T, dtype=np.float64).sum(axis=1).mean() / 2)


def accuracy_or_none(accuracy: float) -> float | None:
    """Return the accuracy; None for NaN."""
    return None if math.isnan(accuracy) else accuracy


def path_from_here(path: Path) -> Path:
    """Return the path relative to the current folder, where it lies below."""
    path = path.resolve()
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
