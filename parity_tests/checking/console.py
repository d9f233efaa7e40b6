"""A terminal without decoration, and the mark of a compared tensor."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

WIDE = 10_000  # columns: more than a table has
LEAST = 80  # columns: a narrower terminal wraps the lines itself, and nothing is cut off


def plain_console(**options: Any) -> Console:
    """Return a terminal that prints a text as it is, without colours or emoji of its own."""
    console = Console(highlight=False, emoji=False, **options)
    console.width = max(console.width, LEAST)
    return console


def terminal_width() -> int:
    """Return the columns of the terminal, or those of the variable COLUMNS."""
    return Console().width


def width_of(table: Table) -> int:
    """Return the columns that a table takes where nothing of it is cut off."""
    console = Console(width=WIDE)
    return Measurement.get(console, console.options, table).maximum


def mark(wrong: bool, judged: bool = True) -> str:
    """Return ✗, ✓, or ? for a tensor whose bound means nothing."""
    if wrong:
        return "[bold red]✗[/]"
    return "[green]✓[/]" if judged else "[yellow]?[/]"
