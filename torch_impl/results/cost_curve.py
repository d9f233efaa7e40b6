"""The cost of each epoch as a picture."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE = "#1f5fa8", "#d1641c"


def draw_costs(costs: dict[str, list[float]], path: Path) -> None:
    """Draw the cost curves as a PNG, written whole or not at all.

    Args:
        costs: of each epoch, "train" and "val"; NaN where there was no validation.
        path: of the file.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.2), dpi=150, layout="constrained")
    axes = figure.add_subplot()
    for (part, values), colour in zip(costs.items(), (BLUE, ORANGE), strict=True):
        known = {k: v for k, v in enumerate(values, start=1) if not math.isnan(v)}
        few = "." if len(known) < 20 else ""
        axes.plot([*known], [*known.values()], color=colour, marker=few)
        axes.plot([], [], color=colour, label={"train": "training", "val": "validation"}[part])
    axes.set(xlabel="epoch", ylabel="cost (1/m) Σ L", yscale="log", title="Cost by epoch")
    curve_axes(axes)
    axes.legend(frameon=False)
    write_png(figure, path)


def curve_axes(axes: Axes) -> None:
    """Set whole numbers along x, a faint grid, and no frame."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)


def write_png(figure: Figure, path: Path) -> None:
    """Write the file whole or not at all: there is never half a picture at `path`."""
    partial = path.with_name(f".{path.name}.partial")
    with warnings.catch_warnings():  # a class may be named in letters that the font has not
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(partial, format="png")
    partial.replace(path)
