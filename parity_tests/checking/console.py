"""A terminal without decoration, and the mark of a tensor that was compared."""

from __future__ import annotations

from typing import Any

from rich.console import Console


def plain_console(**options: Any) -> Console:
    """A terminal that prints a text as it is: no colours that were not asked for, and ":m:" is no
    emoji."""
    return Console(highlight=False, emoji=False, **options)


def mark(wrong: bool, judged: bool = True) -> str:
    if wrong:
        return "[bold red]✗[/]"
    return "[green]✓[/]" if judged else "[yellow]?[/]"
