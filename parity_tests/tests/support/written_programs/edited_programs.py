"""Programs with other lines, written to a folder and checked."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.request import Request
from parity_tests.checking.report import Report

Edits = Iterable[tuple[str, str]]


def with_edits(source: str, edits: Edits) -> str:
    """The source with each old text, which it has, replaced by the new one, in turn."""
    for old, new in edits:
        assert old in source, old
        source = source.replace(old, new)
    return source


def examined_source(
    tmp_path: Path, source: str, edits: Edits, name: str = "program", **asked: Any
) -> Report:
    """The report on an edited source."""
    path = tmp_path / f"{name}.py"
    path.write_text(with_edits(source, edits), encoding="utf-8")
    return examine(Request(str(path), **{"examples": 11, **asked}))
