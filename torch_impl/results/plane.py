"""A network of two inputs over the plane of its examples, as a picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ref_numpy.data.data_spec import DataSpec
from ref_numpy.layer import Array
from torch_impl.results.classification import short_label
from torch_impl.results.cost_curve import write_png

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

GRID, PANELS, POINTS = 240, 4, 2000
NAMED = 10  # classes that have room in a legend
EDGE = 0.08  # of the range, around the examples


class Points(NamedTuple):
    """Examples of a part: x (m, 2) as they come, and y (m,) or (m, n_y)."""

    x: Array
    y: Array


def draw_plane(
    parts: Mapping[str, Points], spec: DataSpec, outputs: Callable[[Array], Array], path: Path,
    boundary: float = 0.5,
) -> None:  # fmt: skip
    """Draw what the network computes at each point of the plane, and the examples, as a PNG.

    Of classes the regions, and of two the probability and the boundary; of several labels a panel
    for each; of a regression its values, with those of the examples in the same colours.

    Args:
        parts: "test", and "train" if that is known, whose examples are drawn smaller.
        spec: of two inputs.
        outputs: returns A (n_y, m) from x (m, 2) as it comes.
        path: of the file.
        boundary: of a yes: ½ of probabilities, 0 of scores.
    """
    from matplotlib.figure import Figure

    every = np.concatenate([points.x for points in parts.values()]).astype(np.float64)
    low, high = every.min(axis=0), every.max(axis=0)
    room = EDGE * np.where(high > low, high - low, 1)
    sides = [np.linspace(a, b, GRID) for a, b in zip(low - room, high + room, strict=True)]
    grid = np.stack(np.meshgrid(*sides), axis=-1).reshape(-1, 2)
    A = outputs(grid)
    several = spec.task in ("multilabel", "regression")
    shown = range(min(spec.n_y, PANELS)) if several else range(1)
    columns = min(2, len(shown))
    lines = -(-len(shown) // columns)
    figure = Figure(figsize=(6.2 * columns, 5 * lines), dpi=150, layout="constrained")
    panels = figure.subplots(lines, columns, squeeze=False).ravel()
    for axes in panels[len(shown) :]:
        axes.set_axis_off()
    for axes, k in zip(panels, shown, strict=False):
        here = {part: Points(of.x, of.y if of.y.ndim == 1 else of.y[:, k])
                for part, of in parts.items()}  # fmt: skip
        if spec.task == "regression":
            values = spec.to_predictions(A)[:, k].reshape(GRID, GRID)
            draw_values(axes, sides, values, here)
        elif spec.task == "classes":
            draw_regions(axes, sides, A.argmax(axis=0).reshape(GRID, GRID), here, spec.names)
        else:
            names = spec.names if spec.task == "binary" else ("false", "true")
            draw_probability(axes, sides, A[k].reshape(GRID, GRID), here, names, boundary)
        axes.set(xlabel="x₁", ylabel="x₂")
        if len(shown) > 1:
            what = "label" if spec.task == "multilabel" else "output"
            axes.set_title(f"{what} {short_label(spec.names[k])}", fontsize=10)
    figure.suptitle(headline(parts, spec.n_y if several else 1), fontsize=11)
    write_png(figure, path)


def draw_probability(
    axes: Axes, sides: list[Array], a: Array, parts: Mapping[str, Points], names: Any,
    boundary: float,
) -> None:  # fmt: skip
    """Draw the probability or score of the second class, the boundary, and the examples."""
    from matplotlib import colormaps

    colours = colormaps["coolwarm"]
    # As far below the boundary as above it; of scores up to the largest.
    reach = boundary or float(np.abs(a).max()) or 1.0
    levels = np.linspace(boundary - reach, boundary + reach, 21)
    drawn = axes.contourf(*sides, a, levels=levels, cmap=colours, alpha=0.55)
    if a.min() < boundary < a.max():
        axes.contour(*sides, a, levels=[boundary], colors="0.2", linewidths=1.2)
    label = f"{'probability' if boundary else 'score'} of {short_label(names[1])}"
    axes.figure.colorbar(drawn, ax=axes, label=label, ticks=levels[::5].tolist())
    draw_classes(axes, parts, names, lambda k: colours(float(k)))


def draw_regions(
    axes: Axes, sides: list[Array], region: Array, parts: Mapping[str, Points], names: Any
) -> None:
    """Draw the region of each class, the boundaries between them, and the examples."""
    from matplotlib import colormaps

    n = len(names)
    known = "tab10" if n <= 10 else "tab20" if n <= 20 else "turbo"
    palette: Colormap = colormaps[known].resampled(n) if n > 20 else colormaps[known]
    table = palette(np.arange(n))
    x1, x2 = sides
    extent = (x1[0], x1[-1], x2[0], x2[-1])
    image = table[region]
    image[..., 3] = 0.3
    axes.imshow(image, extent=extent, origin="lower", aspect="auto", interpolation="nearest")
    draw_classes(axes, parts, names, lambda k: table[k])


def draw_classes(
    axes: Axes, parts: Mapping[str, Points], names: Any, colour_of: Callable[[int], Any]
) -> None:
    """Draw the examples of each class in its colour; a legend names up to NAMED classes."""
    for part, points in parts.items():
        rows = at_most(len(points.x))
        x, y = points.x[rows], points.y[rows].astype(int)
        for k in np.unique(y):
            named = short_label(names[k]) if part == "test" and len(names) <= NAMED else None
            axes.scatter(*x[y == k].T, color=colour_of(k), label=named, **style(part))
    if len(names) <= NAMED:
        axes.legend(loc="upper right", framealpha=0.8)


def draw_values(axes: Axes, sides: list[Array], values: Array, parts: Mapping[str, Points]) -> None:
    """Draw a regression's values, and those of the examples, in the same colours."""
    from matplotlib.colors import Normalize
    from matplotlib.ticker import MaxNLocator

    known = [values.ravel(), *(of.y for of in parts.values())]
    low, high = min(map(np.min, known)), max(map(np.max, known))
    levels = MaxNLocator(20).tick_values(low, high if high > low else low + 1)
    scale = Normalize(levels[0], levels[-1])
    drawn = axes.contourf(*sides, values, levels=levels, cmap="viridis", norm=scale)
    axes.figure.colorbar(drawn, ax=axes, label="predicted; of a point: true")
    for part, points in parts.items():
        rows = at_most(len(points.x))
        colours = {"c": points.y[rows], "cmap": "viridis", "norm": scale}
        axes.scatter(*points.x[rows].T, **colours, **style(part))


def style(part: str) -> dict[str, Any]:
    """Return how an example is drawn: one of the test has an edge."""
    if part == "test":
        return {"s": 26, "edgecolors": "black", "linewidths": 0.7, "zorder": 3}
    return {"s": 11, "alpha": 0.8, "edgecolors": "white", "linewidths": 0.35, "zorder": 2}


def at_most(m: int) -> Array:
    """Return the numbers of POINTS examples, evenly spaced, or of all."""
    return np.linspace(0, m - 1, min(m, POINTS)).round().astype(int)


def headline(parts: Mapping[str, Points], n_y: int) -> str:
    """Return the title over the panels."""
    title = "examples of the test have a black edge"
    title += "; those of the training are small" if "train" in parts else ""
    return f"{title}; the first {PANELS} of {n_y} outputs" if n_y > PANELS else title
