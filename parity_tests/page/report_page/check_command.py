"""The command that gives a report again."""

from __future__ import annotations

import shlex
from dataclasses import fields
from typing import Any

from parity_tests.adapters.request import Request
from parity_tests.adapters.trace_files import is_trace_file

ALWAYS = ("seed",)  # shown where it is the default, too


def check_command(request: Request, candidate: str = "") -> str:
    """Return `parity check …` with each option that is not its default, on a line of its own.

    Args:
        request: of the check.
        candidate: the name that stands in the command; empty for the request's own.
    """
    lines = [["parity", "check", candidate or request.candidate]]
    for field in fields(request):
        value = getattr(request, field.name)
        shown = field.name in ALWAYS and not is_trace_file(request.candidate)
        if field.name != "candidate" and (value != field.default or shown):
            lines.append(option(field.name, value))
    return " \\\n  ".join(map(shlex.join, lines))


def option(name: str, value: Any) -> list[str]:
    """Return an option as words of a command."""
    flag = f"--{name.replace('_', '-')}"
    if value is True:
        return [flag]
    return [flag, f"{value:g}" if isinstance(value, float) else str(value)]
