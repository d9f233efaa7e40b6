"""A report on the console: each tensor's error beside its bound, then the findings."""

from __future__ import annotations

from collections.abc import Sequence

from rich.bar import Bar
from rich.table import Table
from rich.text import Text

from parity_tests.checking.console import mark, plain_console, terminal_width, width_of
from parity_tests.checking.report import Report
from parity_tests.checking.report_views.table_rows import Row, function_rows, tensor_rows
from parity_tests.checking.verdict import EXIT_CODES
from ref_numpy import __version__
from ref_numpy.terminal import printable

RATIO = "error/bound"
BAR, WIDTH = "bar", 10  # characters of a whole bound
DISPENSABLE = (BAR, "shape", "max |Δ|", "digits", "gives")  # columns, the first of which go first

Cells = Sequence[str | Bar]


def show(report: Report, as_json: bool = False) -> int:
    """Print a report, as a table or as JSON.

    Returns:
        The exit code of its verdict.
    """
    code = EXIT_CODES[report.verdict]
    if as_json:
        print(report.to_json())
        return code
    to = plain_console()
    title = report.heading + (f": {report.problem}" if report.problem else "")
    to.print(Text(printable(title), style="bold"), soft_wrap=True)
    found = {finding.tensor for finding in report.findings}
    if found.intersection(report.not_checked) or any(not t.function for t in report.tensors):
        to.print(table(report, terminal_width()))
    if any(tensor.function for tensor in report.tensors):
        to.print(functions(report, terminal_width()))
    to.print(f"\n{printable(str(report))}", soft_wrap=True, markup=False)
    to.print(Text(f"\n{made_with(report)}", style="dim"), soft_wrap=True)
    return code


def made_with(report: Report) -> str:
    """Name the versions and the seed of a report."""
    seed = "" if report.seed is None else f", seed {report.seed}"
    return f"backprop-with-proof {__version__}, {report.engine}{seed}"


def table(report: Report, width: int) -> Table:
    """Return the table of the run's tensors, in dataflow order; then those of wrong structure."""
    names = ("tensor", "shape", "max |Δ|", RATIO, BAR, "digits", "")
    rows: list[Cells] = [
        (row.name, row.shape, row.apart, *ratio_and_bar(row), row.digits, marked(row))
        for row in tensor_rows(report)
    ]
    return fitted(names, rows, width)


def functions(report: Report, width: int) -> Table:
    """Return the table of the functions that were called alone, and of their results."""
    names = ("function alone", "gives", RATIO, BAR, "")
    rows: list[Cells] = [
        (row.name, row.gives, *ratio_and_bar(row), marked(row)) for row in function_rows(report)
    ]
    return fitted(names, rows, width)


def marked(row: Row) -> str:
    """Return the mark of a row."""
    return mark(row.wrong, row.judged)


def fitted(names: Sequence[str], rows: Sequence[Cells], width: int) -> Table:
    """Return a table without the columns for which a narrow terminal has no room."""
    kept, narrow = names, [wrapped(names, row) for row in rows]
    for n in range(len(DISPENSABLE) + 1):
        kept = [name for name in names if name not in DISPENSABLE[:n]]
        if width_of(filled(names, kept, narrow)) <= width:
            break
    return filled(names, kept, rows)


def filled(names: Sequence[str], kept: Sequence[str], rows: Sequence[Cells]) -> Table:
    """Return a table of some of the columns."""
    result = columns(*kept)
    for row in rows:
        result.add_row(*(cell for name, cell in zip(names, row, strict=True) if name in kept))
    return result


def wrapped(names: Sequence[str], row: Cells) -> Cells:
    """Return a row as narrow as the column that may wrap lets it be: that of results."""
    cells = zip(names, row, strict=True)
    return [max(str(x).split(" "), key=len) if name == "gives" else x for name, x in cells]


def columns(*names: str) -> Table:
    """Return an empty table with these columns."""
    result = Table(box=None, pad_edge=False, header_style="dim")
    for name in names:
        right = name in ("max |Δ|", RATIO, "digits")
        result.add_column(
            "" if name == BAR else name, justify="right" if right else "left",
            no_wrap=name != "gives", width=WIDTH if name == BAR else None,
        )  # fmt: skip
    return result


def ratio_and_bar(row: Row) -> tuple[str, Bar | str]:
    """Return the error ratio, and a bar that is full at a ratio of 1."""
    if row.ratio is None:
        return "", ""
    color = "red" if row.ratio > 1 else "green"
    return row.ratio_text, Bar(1.0, 0.0, min(row.ratio, 1.0), width=WIDTH, color=color)
