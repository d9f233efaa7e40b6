"""The cost and the accuracy of each epoch as a picture."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

BLUE, ORANGE = "#1f5fa8", "#d1641c"
PARTS = {"train": ("training", BLUE), "val": ("validation", ORANGE)}

Curves = Mapping[str, Sequence[float]]  # of each epoch, "train" and "val"; NaN where unknown


def draw_costs(
    costs: Curves, path: Path, accuracies: Curves | None = None, chosen: int | None = None
) -> None:
    """Draw the cost curves, and those of the accuracy beside them, as a PNG.

    Args:
        costs: of each epoch; NaN where there was no validation.
        path: of the file, written whole or not at all.
        accuracies: likewise; None, or NaN alone, of real outputs.
        chosen: the number of the epoch that was tested, from 0; None marks none.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter

    both = accuracies is not None and any(map(math.isfinite, accuracies["train"]))
    figure = Figure(figsize=(11 if both else 7, 4.2), dpi=150, layout="constrained")
    axes, *right = figure.subplots(1, 1 + both, squeeze=False).ravel()
    draw_curves(axes, costs, chosen)
    axes.set(ylabel="cost (1/m) Σ L", yscale="log", title="Cost by epoch")
    write_plain_numbers(axes.yaxis)
    axes.legend(frameon=False)
    if accuracies is not None and right:
        draw_curves(right[0], accuracies, chosen)
        right[0].set(ylabel="accuracy", title="Accuracy by epoch")
        right[0].yaxis.set_major_formatter(PercentFormatter(1))
    write_png(figure, path)


def write_plain_numbers(axis: Axis) -> None:
    """Label a logarithmic axis where Matplotlib does, with 0.71 and not with 7.1 × 10⁻¹."""
    from matplotlib.ticker import LogFormatter

    class PlainNumbers(LogFormatter):
        def __call__(self, x: float, pos: int | None = None) -> str:
            return f"{x:g}" if super().__call__(x, pos) else ""

    axis.set_major_formatter(PlainNumbers())
    axis.set_minor_formatter(PlainNumbers())


def draw_curves(axes: Axes, curves: Curves, chosen: int | None) -> None:
    """Draw a line for each part, and one where the epoch is that was chosen."""
    for part, values in curves.items():
        name, colour = PARTS[part]
        known = {k: v for k, v in enumerate(values, start=1) if not math.isnan(v)}
        few = "." if len(known) < 20 else ""
        axes.plot([*known], [*known.values()], color=colour, marker=few)
        axes.plot([], [], color=colour, label=name)
    if chosen is not None:
        label = f"epoch {chosen + 1}, chosen"
        axes.axvline(chosen + 1, color="0.45", ls=":", label=label, zorder=0)
    axes.set_xlabel("epoch")
    curve_axes(axes)


def curve_axes(axes: Axes) -> None:
    """Set whole numbers along x, a faint grid, and no frame."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)


def write_png(figure: Figure, path: Path) -> None:
    """Write the file whole or not at all: there is never half a picture at `path`."""
    partial = path.with_name(f".{path.name}.partial")
    with warnings.catch_warnings():  # a class may be named in letters that the font has not
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(partial, format="png")
    partial.replace(path)
