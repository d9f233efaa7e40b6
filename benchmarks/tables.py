"""The measurements as tables in the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from rich.table import Table

from benchmarks.costs import Cost
from benchmarks.growth import Sweep
from benchmarks.startup import Start
from benchmarks.thresholds import Target
from benchmarks.training_steps import LIMIT, REFERENCE, Row

HEADERS = {LIMIT: "matrix\nproducts", "twin, compiled": "twin,\ncompiled",
           "scikit-learn": "scikit-\nlearn", "JAX jit": "JAX\njit",
           "HIPS autograd": "HIPS\nautograd", "numpy-ml": "numpy-\nml"}  # fmt: skip


def table(title: str, *columns: str, left: int = 1) -> Table:
    """The first `left` columns hold text."""
    made = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for k, column in enumerate(columns):
        made.add_column(column, justify="left" if k < left else "right", no_wrap=k >= left)
    return made


def steps(rows: Iterable[Row]) -> Iterator[Table]:
    """One table for each dtype and number of threads."""
    for (dtype, threads, device), group in groupby(
        rows, lambda row: (row.dtype, row.threads, row.device)
    ):
        rows = list(group)
        others = list(rows[0].ratios)
        where = f"{threads} thread{'s' * (threads > 1)}" + f", torch on {device}" * (
            device != "cpu"
        )
        title = (
            f"{dtype}, {where}: a training step of the reference, "
            "and how many times as long it takes as that of …"
        )
        heads = [HEADERS.get(name, name) for name in others]
        made = table(title, "network", "m", "reference", *heads)
        for row in rows:
            cells = [f"{row.ratios[name]:.2f}" for name in others]
            made.add_row(row.network, str(row.m), ms(row.seconds[REFERENCE]), *cells)
        yield made


def costs(found: Iterable[Cost]) -> Table:
    made = table("What comes on top, float32, m = 256, 1 thread",
                 "what", "of what", "network", "takes", "of", "times", left=3)  # fmt: skip
    for cost in found:
        row = ms(cost.seconds), ms(cost.of), f"{cost.ratio:.2f}"
        made.add_row(cost.what, cost.over, cost.network, *row)
    return made


def starts(found: list[Start]) -> Table:
    """The packages that a command loads, with those that an import above it loads left out."""
    made = table("Start-up, a fresh interpreter each", "what", "takes", "of import numpy", "loads")
    made.columns[-1].justify, made.columns[-1].no_wrap = "left", False
    shown: dict[str, list[str]] = {}
    for start in found:
        known = max(
            (n for n, loads in shown.items() if {*loads} < {*start.loads}),
            key=lambda n: len(shown[n]), default=None,
        )  # fmt: skip
        extra = [name for name in start.loads if known is None or name not in shown[known]]
        loads = ", ".join(([f"({known})"] if known else []) + extra)
        made.add_row(start.what, ms(start.seconds), f"{start.ratio:.2f}", loads)
        shown[start.what] = start.loads
    return made


def growth(sweeps: Iterable[Sweep]) -> Table:
    made = table("Growth: the exponent p of seconds ~ sizeᵖ, float32, 1 thread",
                 "size", "fitted over", "reference", "twin", "products", left=2)  # fmt: skip
    for sweep in sweeps:
        fitted = f"{sweep.fitted_from:,} … {sweep.sizes[-1]:,}"
        made.add_row(sweep.size, fitted, *(f"{p:.2f}" for p in sweep.exponents.values()))
    return made


def targets(found: Iterable[Target]) -> Table:
    made = table("What this is to show: the largest ratio of each kind",
                 "ratio", "at most", "is", "", "where", left=1)  # fmt: skip
    made.columns[-1].justify, made.columns[-1].no_wrap = "left", False
    for target in found:
        sign = "✓" if target.met else "✗"
        made.add_row(target.says, f"{target.at_most:g}", f"{target.figure:.2f}", sign, target.where)
    return made


def ms(seconds: float) -> str:
    return f"{1e3 * seconds:.3f} ms" if seconds < 0.1 else f"{1e3 * seconds:.0f} ms"
