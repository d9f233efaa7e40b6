"""A regression's predictions against the true values, as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ref_numpy.layer import Array
from torch_impl.results.classification import short_label
from torch_impl.results.cost_curve import BLUE, write_png
from torch_impl.results.metrics_table import number

PANELS, POINTS = 4, 10_000


def draw_predictions(
    values: Array,
    targets: Array,
    names: Sequence[str],
    outputs: Mapping[str, Mapping[str, Any]],
    path: Path,
) -> None:
    """Draw a point for each example, predicted against true, and the diagonal, as a PNG.

    Of more than PANELS outputs those with the lowest R² are drawn, and of more than POINTS examples
    as many, evenly spaced.

    Args:
        values: (m, n_y), the predictions, in the target's own units.
        targets: (m, n_y).
        names: of the outputs.
        outputs: the figures of each, of `regression_metrics`.
        path: of the file.
    """
    from matplotlib.figure import Figure

    def by_r2(j: int) -> float:
        r2 = outputs[names[j]]["r2"]
        return -np.inf if r2 is None else r2

    m, n_y = targets.shape
    shown = sorted(sorted(range(n_y), key=by_r2)[:PANELS])
    rows = np.linspace(0, m - 1, min(m, POINTS)).round().astype(int)
    columns = 1 if len(shown) == 1 else 2
    lines = -(-len(shown) // columns)
    figure = Figure(figsize=(4.6 * columns, 4.6 * lines + 0.4), dpi=150, layout="constrained")
    panels = figure.subplots(lines, columns, squeeze=False).ravel()
    for axes in panels[len(shown) :]:
        axes.set_axis_off()
    for axes, j in zip(panels, shown, strict=False):
        true, predicted = targets[rows, j], values[rows, j]
        both = np.concatenate([true, predicted])
        low, high = both.min(), both.max()
        room = 0.04 * (high - low or max(abs(high), 1))
        ends = (low - room, high + room)
        axes.plot(ends, ends, color="0.45", lw=1, ls="--", label="predicted = true")
        size, alpha = (18, 0.55) if len(rows) <= 500 else (6, 0.3)
        axes.scatter(true, predicted, s=size, alpha=alpha, color=BLUE, linewidths=0)
        name = "" if names[j].isdecimal() else f" {short_label(names[j])}"  # of arrays, its number
        axes.set(xlim=ends, ylim=ends, aspect="equal")
        axes.set(xlabel=f"true{name}", ylabel=f"predicted{name}")
        axes.locator_params(nbins=6)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
        axes.set_title(panel_title(names[j], n_y, outputs[names[j]]["r2"]), fontsize=10)
    panels[0].legend(frameon=False, loc="best")
    title = f"{m} examples of the test" if len(rows) == m else f"{len(rows)} of {m} examples"
    if n_y > PANELS:
        title += f"; the {PANELS} of {n_y} outputs with the lowest R²"
    figure.suptitle(title, fontsize=11)
    write_png(figure, path)


def panel_title(name: str, n_y: int, r2: float | None) -> str:
    """Return the title of a panel: the output's name, where there are several, and its R²."""
    figure = "" if r2 is None else f"R² = {number(r2)}"
    named = f"output {short_label(name)}" if n_y > 1 else ""
    return ": ".join(filter(None, (named, figure))) or "all true values are equal"
