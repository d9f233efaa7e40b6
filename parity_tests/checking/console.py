"""A terminal without decoration, and the mark of a compared tensor."""

from __future__ import annotations

from typing import Any

from rich.console import Console


def plain_console(**options: Any) -> Console:
    """Return a terminal that prints a text as it is, without colours or emoji of its own."""
    return Console(highlight=False, emoji=False, **options)


def mark(wrong: bool, judged: bool = True) -> str:
    """Return ✗, ✓, or ? for a tensor whose bound means nothing."""
    if wrong:
        return "[bold red]✗[/]"
    return "[green]✓[/]" if judged else "[yellow]?[/]"
