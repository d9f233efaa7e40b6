"""Show the measurements as tables: in the terminal by rich, in a README as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from statistics import mean
from typing import TYPE_CHECKING

from rich.table import Table

from benchmarks.training_steps import PRODUCTS, REFERENCE, Row

if TYPE_CHECKING:
    from benchmarks.accuracies.mnist1d import Accuracy
    from benchmarks.accuracies.own_tables import Scores
    from benchmarks.arithmetic.layer_norm_sums import Error
    from benchmarks.costs import Cost
    from benchmarks.gpu.figures import GpuFigures
    from benchmarks.growth import Sweep
    from benchmarks.large_table import LargeTable
    from benchmarks.loop_cost import Loop
    from benchmarks.startup import Start
    from benchmarks.thresholds import Threshold

HEADERS = {PRODUCTS: "matrix\nproducts", "twin, compiled": "twin,\ncompiled",
           "scikit-learn": "scikit-\nlearn", "JAX jit": "JAX\njit",
           "HIPS autograd": "HIPS\nautograd", "numpy-ml": "numpy-\nml"}  # fmt: skip


def table(title: str, *columns: str, left: int = 1) -> Table:
    """Make an empty table; its first `left` columns hold text."""
    made = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for k, column in enumerate(columns):
        made.add_column(column, justify="left" if k < left else "right", no_wrap=k >= left)
    return made


def markdown(made: Table) -> str:
    """Return a table as Markdown, with its title above it in bold."""
    heads = [str(column.header).replace("-\n", "-").replace("\n", " ") for column in made.columns]
    rules = ["--:" if column.justify == "right" else "---" for column in made.columns]
    rows = zip(*([str(cell) for cell in column.cells] for column in made.columns), strict=True)
    lines = ["| " + " | ".join(cells) + " |" for cells in (heads, rules, *rows)]
    return "\n".join([f"**{made.title}**", "", *lines])


def steps(rows: Iterable[Row]) -> Iterator[Table]:
    """Yield one table for each dtype, number of threads and device."""
    for (dtype, threads, device), group in groupby(
        rows, lambda row: (row.dtype, row.threads, row.device)
    ):
        rows = list(group)
        others = list(dict.fromkeys(name for row in rows for name in row.ratios))
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
            cells = [f"{row.ratios[name]:.2f}" if name in row.ratios else "" for name in others]
            made.add_row(row.network, str(row.m), ms(row.seconds[REFERENCE]), *cells)
        yield made


def costs(found: Iterable[Cost], title: str = "Additional costs, float32, 1 thread") -> Table:
    """Make the table of costs beside their baselines."""
    made = table(title, "cost", "baseline", "network (m = 256)", "takes", "baseline",
                 "times as long", left=3)  # fmt: skip
    for cost in found:
        row = ms(cost.seconds), ms(cost.of), f"{cost.ratio:.2f}"
        made.add_row(cost.subject, cost.baseline, cost.network, *row)
    return made


def checks(found: Iterable[Cost], threads: int = 1) -> Table:
    """Make the table of full checks."""
    title = f"A full check in plain steps, m = 256, {threads} thread{'s' * (threads > 1)}"
    made = table(title, "network", "plain step", "full check", "plain steps")
    for cost in found:
        made.add_row(cost.network, ms(cost.of), ms(cost.seconds), f"{cost.ratio:.1f}")
    return made


def loops(found: Iterable[Loop]) -> Table:
    """Make the table of training loops."""
    made = table("Lightning's loop beside a bare one, 1 thread", "network", "loop", "a step",
                 "of the bare", "same weights", left=2)  # fmt: skip
    for loop in found:
        equal = "yes" if loop.same_weights else "NO"
        made.add_row(loop.network, loop.name, ms(loop.seconds), f"{loop.ratio:.2f}", equal)
    return made


def starts(found: Sequence[Start]) -> Table:
    """Make the table of start-up; packages that an import above loads are left out."""
    columns = ("import or command", "takes", "of import numpy", "loads")
    made = table("Start-up, a fresh interpreter each", *columns)
    made.columns[-1].justify, made.columns[-1].no_wrap = "left", False
    listed: dict[str, list[str]] = {}
    for start in found:
        known = max(
            (n for n, loads in listed.items() if {*loads} < {*start.loads}),
            key=lambda n: len(listed[n]), default=None,
        )  # fmt: skip
        extra = [name for name in start.loads if known is None or name not in listed[known]]
        loads = ", ".join(([f"({known})"] if known else []) + extra)
        made.add_row(start.subject, ms(start.seconds), f"{start.ratio:.2f}", loads)
        listed[start.subject] = start.loads
    return made


def growth(sweeps: Iterable[Sweep]) -> Table:
    """Make the table of exponents."""
    made = table("Growth: the exponent p of seconds ~ sizeᵖ, float32, 1 thread",
                 "size", "fitted over", "reference", "twin", "products", left=2)  # fmt: skip
    for sweep in sweeps:
        fitted = f"{sweep.fitted_from:,} … {sweep.sizes[-1]:,}"
        made.add_row(sweep.size, fitted, *(f"{p:.2f}" for p in sweep.exponents.values()))
    return made


def thresholds(found: Iterable[Threshold]) -> Table:
    """Make the table of thresholds."""
    made = table("Thresholds: the largest ratio of each kind, and its limit",
                 "ratio", "at most", "is", "", "where", left=1)  # fmt: skip
    made.columns[-1].justify, made.columns[-1].no_wrap = "left", False
    for threshold in found:
        sign = "✓" if threshold.met else "✗"
        figures = f"{threshold.at_most:g}", f"{threshold.figure:.2f}"
        made.add_row(threshold.name, *figures, sign, threshold.where)
    return made


def accuracies(found: Iterable[Accuracy]) -> Table:
    """Make the table of MNIST-1D."""
    columns = ("model", "paper", "here", "seeds 0, 1, …", "difference")
    made = table("MNIST-1D, test accuracy in percent", *columns)
    for one in found:
        values = " ".join(f"{value:.1f}" for value in one.values)
        here, difference = f"{one.mean:.1f} ± {one.spread:.1f}", f"{one.mean - one.paper:+.1f}"
        made.add_row(one.config, f"{one.paper:.0f}", here, values, difference)
    return made


def own_tables(found: Iterable[Scores]) -> Table:
    """Make the table of tables; ✓ where ours is lower by one standard error at most."""
    made = table(
        "Ten tables, beside scikit-learn's MLP in a Pipeline, the mean of five splits",
        "table", "columns", "score", "ours", "scikit-learn", "difference", "standard error",
        "seconds", "", left=3,
    )  # fmt: skip
    for one in found:
        made.add_row(
            one.name, one.summary, one.what, f"{mean(one.ours):.3f}", f"{mean(one.theirs):.3f}",
            f"{one.difference:+.3f}", f"{one.standard_error:.3f}", f"{one.seconds:.1f}",
            "✓" if one.is_as_good else "✗",
        )  # fmt: skip
    return made


def large_tables(found: Iterable[LargeTable]) -> Table:
    """Make the table of a large table's costs."""
    found = list(found)
    steps = [f"{step}, s" for step in found[0].seconds]
    sizes = " and ".join(dict.fromkeys(f"{one.rows:,} × {one.columns}" for one in found))
    made = table(f"A table of {sizes}, 1 thread", "", *steps, "memory, GiB")
    for one in found:
        each = (f"{seconds:.1f}" for seconds in one.seconds.values())
        made.add_row(one.side, *each, f"{one.gigabytes:.2f}")
    return made


def layer_norm_sums(found: Iterable[Error]) -> Table:
    """Make the table of the sums of a layer norm at bfloat16."""
    made = table(
        "A layer norm at bfloat16 on a CPU: the largest error ÷ the root mean square",
        "gradient", "rows", "torch", "summed at float32", "in turn, in bfloat16",
    )  # fmt: skip
    for one in found:
        errors = (f"{error:.3f}" for error in (one.torch, one.float32, one.in_turn))
        made.add_row(one.gradient, f"{one.rows:,}", *errors)
    return made


def gpus(found: Iterable[GpuFigures]) -> Table:
    """Make the table of GPUs."""
    made = table("A training step on a GPU, bf16-mixed", "GPU", "bfloat16 matrix product",
                 "parameters", "m", "a training step", "of the product",
                 "Lightning, of a bare loop")  # fmt: skip
    for one in found:
        rates = (f"{rate / 1e12:.0f} TFLOP/s" for rate in (one.matrix_rate, one.rate))
        product, step = rates
        made.add_row(one.device, product, f"{one.parameters / 1e6:.0f} M", str(one.m), step,
                     f"{one.rate / one.matrix_rate:.0%}", f"{one.loop_ratio:.3f}")  # fmt: skip
    return made


def ms(seconds: float) -> str:
    """Return seconds as milliseconds."""
    return f"{1e3 * seconds:.3f} ms" if seconds < 0.1 else f"{1e3 * seconds:.0f} ms"
