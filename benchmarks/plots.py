"""Draw the measurements, both axes logarithmic: a straight line of slope 1 is linear."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.growth import Sweep
from benchmarks.training_steps import COMPILED, EAGER, PLAIN, PRODUCTS, REFERENCE, Row
from torch_impl.results.cost_curve import write_png

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Colours of Okabe and Ito, which the colour-blind can distinguish.
STYLES = {
    PRODUCTS: {"color": "0.55", "linestyle": "--"},
    REFERENCE: {"color": "#0072B2", "linewidth": 2.6, "zorder": 3},
    PLAIN: {"color": "#D55E00"},
    EAGER: {"color": "#E69F00"},
    COMPILED: {"color": "#B8860B", "linestyle": ":"},
    "scikit-learn": {"color": "#009E73"},
    "JAX jit": {"color": "#CC79A7"},
    "HIPS autograd": {"color": "#56B4E9"},
    "numpy-ml": {"color": "0.2", "linestyle": "-."},
}


def draw_all(rows: Sequence[Row], sweeps: Sequence[Sweep], folder: Path) -> None:
    """Draw steps.png and growth.png, each if there are figures."""
    if rows:
        draw_steps(rows, folder / "steps.png")
    if sweeps:
        draw_growth(sweeps, folder / "growth.png")


def draw_steps(rows: Sequence[Row], path: Path) -> None:
    """Draw a panel for each network: ms of a step by m, of the first dtype and threads."""
    from matplotlib.figure import Figure

    first = rows[0]
    rows = [r for r in rows if (r.dtype, r.threads) == (first.dtype, first.threads)]
    networks = list(dict.fromkeys(row.network for row in rows))
    columns = min(2, len(networks))
    lines = -(-len(networks) // columns)
    figure = Figure(figsize=(5 * columns + 2, 3.6 * lines + 0.6), dpi=150, layout="constrained")
    grid = figure.subplots(lines, columns, squeeze=False).ravel()
    for axes in grid[len(networks) :]:
        axes.set_axis_off()
    for axes, network in zip(grid, networks, strict=False):
        own = [row for row in rows if row.network == network]
        m = sorted({row.m for row in own})
        for name in first.seconds:
            with_name = sorted(
                (row.m, 1e3 * row.seconds[name]) for row in own if name in row.seconds
            )
            axes.plot(
                *zip(*with_name, strict=True), marker="o", markersize=4, label=name, **STYLES[name]
            )
        axes.set_title(network, fontsize=11)
        logarithmic(axes, "examples in the batch, m", "ms a step")
        axes.set_xticks(m, [str(k) for k in m])
        axes.xaxis.minorticks_off()
    figure.legend(*grid[0].get_legend_handles_labels(), loc="outside right center", frameon=False)
    threads = f"{first.threads} thread{'s' * (first.threads > 1)}"
    figure.suptitle(f"A full training step, {first.dtype}, {threads}")
    write_png(figure, path)


def draw_growth(sweeps: Sequence[Sweep], path: Path) -> None:
    """Draw a panel for each sweep; the sizes that the exponent is fitted to are shaded."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5 * len(sweeps), 4.2), dpi=150, layout="constrained")
    for axes, sweep in zip(figure.subplots(1, len(sweeps), squeeze=False)[0], sweeps, strict=True):
        for name, seconds in sweep.seconds.items():
            label = f"{name}: {sweep.exponents[name]:.2f}"
            times = [1e3 * s for s in seconds]
            axes.plot(sweep.sizes, times, marker="o", markersize=4, label=label, **STYLES[name])
        linear = [
            1e3 * sweep.seconds[PRODUCTS][-1] * size / sweep.sizes[-1] for size in sweep.sizes
        ]
        axes.plot(sweep.sizes, linear, color="0.8", linewidth=1, label="linear", zorder=1)
        axes.axvspan(sweep.fitted_from, sweep.sizes[-1], color="0.95", zorder=0)
        axes.set_title(f"Growth with the {sweep.name}", fontsize=11)
        logarithmic(axes, sweep.size, "ms a step")
        axes.legend(title="exponent, shaded sizes", loc="upper left", frameon=False)
    write_png(figure, path)


def logarithmic(axes: Axes, x: str, y: str) -> None:
    """Make both axes logarithmic, with plain numbers."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axes.set(xscale="log", yscale="log", xlabel=x, ylabel=y)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
        axis.set_minor_formatter(NullFormatter())
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
