"""The Python of a notebook's cells, without IPython's %magic, !command and help? lines."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

from parity_tests.check_messages import input_error
from ref_numpy.errors import cause_of


def cells_of(path: Path) -> list[str]:
    """Return the source of each code cell.

    Raises:
        InputError: the notebook is not readable.
    """
    try:
        text = path.read_text(encoding="utf-8")
        cells = json.loads(text, object_pairs_hook=without_duplicates)["cells"]
        return [source_of(c["source"]) for c in cells if c["cell_type"] == "code"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise input_error("notebook.unreadable", path=path, error=cause_of(error)) from error


def without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the dictionary of an object of JSON.

    Raises:
        ValueError: it has a name twice, of which Python would take the last.
    """
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return dict(pairs)


def source_of(source: Any) -> str:
    """Return the source of a cell, which is one text or the list of its lines.

    Raises:
        TypeError: it is something else.
    """
    lines = [source] if isinstance(source, str) else source
    if not isinstance(lines, list):
        raise TypeError(f"the source of a cell is a {type(source).__name__}")
    return "".join(lines)


CELL_MAGIC = re.compile(r"\s*%%(time|timeit|capture)\b.*")
LINE_MAGIC = re.compile(r"\s*[%!?].*|\s*[\w.]+\?{1,2}\s*|\s*[\w, ]+=\s*[%!].*")


def parsed(cell: str, filename: str) -> tuple[str, ast.Module]:
    """Parse a cell without such lines.

    Raises:
        SyntaxError: the rest is not Python.
    """
    lines = cell.split("\n")
    if CELL_MAGIC.fullmatch(lines[0]):
        lines[0] = ""
    elif lines[0].startswith("%%"):
        lines = []
    while True:
        source = "\n".join(lines)
        try:
            return source, ast.parse(source, filename)
        except SyntaxError as error:
            at = (error.lineno or 0) - 1
            if not (0 <= at < len(lines) and LINE_MAGIC.fullmatch(lines[at])):
                raise
            indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
            lines[at] = f"{indent}pass"
