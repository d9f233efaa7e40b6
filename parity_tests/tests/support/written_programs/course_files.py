"""The sample programs of the course, changed and checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.request import Request
from parity_tests.checking.report import Report
from parity_tests.tests.support.paths import PROGRAMS
from parity_tests.tests.support.written_programs.edited_programs import with_edits

NETWORKS = {"week2": "6-1", "week3": "6-5-1", "week4": "6-5-4-1"}


def examined(path: Path, **asked: Any) -> Report:
    week = next((w for w in NETWORKS if w in path.name), "week4")
    return examine(Request(str(path), **{"network": NETWORKS[week], "examples": 11, **asked}))


def changed(tmp_path: Path, week: str, *changes: tuple[str, str]) -> Path:
    """The week's correct file with other text instead of some."""
    source = (PROGRAMS / f"{week}.py").read_text()
    source = with_edits(source, changes)
    path = tmp_path / f"{week}_changed.py"
    path.write_text(source)
    return path
