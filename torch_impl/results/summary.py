"""The results of a training for a person: pictures, weights, and a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

import ref_numpy
from ref_numpy import Array, Loss, NetworkSpec
from ref_numpy.data.data_spec import DataSpec
from ref_numpy.terminal import printable
from torch_impl import torch_costs
from torch_impl.data.datamodule import Data
from torch_impl.results.classification import draw_confusion, draw_mistakes
from torch_impl.results.cost_curve import draw_costs
from torch_impl.results.metrics_table import metrics_lines, show_table
from torch_impl.results.plane import Points, draw_plane
from torch_impl.results.regression import draw_predictions
from torch_impl.results.run_result import History
from torch_impl.results.tested import labels_of, values_of

NAMES = {"val": "validation", "test": "test"}


def write_results(
    folder: Path,
    spec: NetworkSpec,
    params: Mapping[str, Array],
    data: Data,
    history: History,
    A: Array,
    outputs: Callable[[Array], Array],
    metrics: Mapping[str, Any] | None,
) -> dict[str, Path]:
    """Write the pictures and the weights.

    Args:
        folder: of the files.
        spec: the network's description.
        params: of the epoch that was chosen.
        data: the data.
        history: of the training.
        A: (n_y, m), the outputs for the test set, from which the pictures are drawn.
        outputs: returns A from standardised inputs X (n_x, m).
        metrics: the figures of the test.

    Returns:
        The files, by their names for a person.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {"cost curve": folder / "cost.png", "weights": folder / "weights.safetensors"}
    draw_costs(history.costs, files["cost curve"], history.accuracies, history.chosen)
    ref_numpy.save(files["weights"], spec, params, data.spec)
    if data.spec is None or metrics is None:
        return files
    return files | draw_pictures(folder, data, data.spec, A, outputs, metrics, spec.loss)


def draw_pictures(
    folder: Path,
    data: Data,
    spec: DataSpec,
    A: Array,
    outputs: Callable[[Array], Array],
    metrics: Mapping[str, Any],
    loss: Loss,
) -> dict[str, Path]:
    """Draw what the task has to be looked at; see `write_results`."""
    files: dict[str, Path] = {}
    test = data.parts["test"]
    if spec.task in ("binary", "classes"):
        labels, probabilities = labels_of(test, spec), spec.to_probabilities(A, loss.boundary)
        classes, most = probabilities.argmax(axis=1), probabilities.max(axis=1)
        files["confusion"] = folder / "confusion.png"
        draw_confusion(labels, classes, spec.names, files["confusion"])
        mistakes = folder / "mistakes.png"
        given = data.pictures("test"), labels, classes, most, spec.names, mistakes
        if draw_mistakes(*given, ".0%" if loss.reads == "Z" else ".2f"):
            files["mistakes"] = mistakes
    elif spec.task == "regression":
        files["regression"] = folder / "regression.png"
        values, targets = spec.to_predictions(A), values_of(test, spec)
        figures = metrics["outputs"]
        draw_predictions(values, targets, spec.names, figures, files["regression"])
    points = points_of_plane(data, spec)
    if points:
        files["plane"] = folder / "plane.png"

        def at(x: Array) -> Array:
            return outputs(spec.standardise(x.T, A.dtype))

        draw_plane(points, spec, at, files["plane"], loss.boundary)
    return files


def points_of_plane(data: Data, spec: DataSpec) -> dict[str, Points]:
    """Return the examples of the test, and of the training, where they have two numbers each."""
    found: dict[str, Points] = {}
    y_of = values_of if spec.task == "regression" else labels_of
    for part in ("test", "train") if spec.shape == (2,) else ():
        if part in data.parts and (x := data.raw(part)).dtype.kind in "biuf":
            found[part] = Points(x, y_of(data.parts[part], spec))
    return found if "test" in found else {}


def show_results(
    history: History,
    values: Mapping[str, Any],
    lines: Mapping[str, object],
    mean_cost: float | None = None,
) -> None:
    """Print the figures of the epoch that was chosen, of the test, and `lines`: each path once.

    Args:
        history: of the training.
        values: of `values_of_run`.
        lines: further values by their names.
        mean_cost: of a regression, the test cost of predicting the training targets' mean.
    """
    rows: dict[str, object] = {}
    if "chosen_epoch" in values:
        rows["chosen epoch"] = f"{values['chosen_epoch']} of {values['epochs']}"
        for name, key in (("training cost", "train_cost"), ("validation cost", "val_cost")):
            if key in values:
                rows[name] = format_cost(values[key])
    print()
    metrics = values.get("test")
    show_lines(rows | lines_of_part("test", values.get("test_cost"), metrics, mean_cost))
    if metrics is not None:
        show_table(metrics)
    show_lines(lines)


def lines_of_part(
    part: str,
    cost: float | None,
    metrics: Mapping[str, Any] | None,
    mean_cost: float | None = None,
) -> dict[str, object]:
    """Return the lines about the part val or test by their names; see `show_results`."""
    rows: dict[str, object] = {}
    if cost is not None:
        mean = "" if mean_cost is None else format_cost(mean_cost)
        constant = f" (a constant prediction, the mean of the training targets, costs {mean})"
        rows[f"{NAMES[part]} cost"] = format_cost(cost) + (constant if mean else "")
    if metrics is None:
        return rows
    accuracy = "test accuracy" if part == "test" else "accuracy"  # as long as there is room for
    return rows | metrics_lines(metrics, accuracy)


def show_lines(lines: Mapping[str, object]) -> None:
    """Print values after their names; a path as it is from here."""
    for name, value in lines.items():
        show_line(name, path_from_here(value) if isinstance(value, Path) else value)


def show_line(name: str, value: object) -> None:
    """Print a value after its name."""
    console = Console(highlight=False, emoji=False, soft_wrap=True, markup=False)
    console.print(f"{name:<16} {printable(str(value))}")


def format_cost(cost: float) -> str:
    """Return a cost with four decimals; a smaller or larger one with four digits."""
    return f"{cost:.4f}" if 1 <= 1000 * cost < 1e7 or not cost else f"{cost:.4g}"


def cost_of_mean(data: Data, loss: Loss, part: str = "test") -> float | None:
    """(1/m) Σ_i L(μ_y, y) over a part, in the target's own units.

    Of standardised targets the mean is 0.

    Returns:
        None of classes, and of targets that are not standardised.
    """
    units = None if data.spec is None else data.spec.units
    if units is None:
        return None
    y = data.parts[part][:][1].cpu().double()
    each = torch_costs.output_losses(loss, torch.zeros_like(y), y).numpy()
    return float((units.ravel() ** loss.degree * each).sum())


def path_from_here(path: Path) -> Path:
    """Return the path relative to the current folder, where it lies below."""
    path = path.resolve()
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
