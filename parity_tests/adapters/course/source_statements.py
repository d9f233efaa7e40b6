"""The source of a function: its definition, and statements of it as a finding quotes them."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Sequence

# The file, the number of the first line, and the text of a function; None where there is none.
Source = tuple[str, int, str] | None


def definition_in(source: Source) -> ast.FunctionDef | None:
    """Return the definition that a source is; None where it is none."""
    if source is None:
        return None
    try:
        (definition,) = ast.parse(textwrap.dedent(source[2])).body
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    return definition if isinstance(definition, ast.FunctionDef) else None


def quoted(source: Source, statements: Sequence[ast.stmt]) -> str | None:
    """Return statements of a function as "mine.py, line 24: dZ1 = …"."""
    if source is None:
        return None
    file, start, text = source
    lines = text.split("\n")
    numbers = [start + s.lineno - 1 for s in statements]
    texts = [" ".join(x.strip() for x in lines[s.lineno - 1 : s.end_lineno]) for s in statements]
    where = f"line {numbers[0]}" if len(numbers) == 1 else f"lines {numbers[0]}–{numbers[-1]}"
    return f"{file}, {where}: {'; '.join(texts)}"
