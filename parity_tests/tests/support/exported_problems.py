"""A problem that `export` wrote into a file, and the check of a trace file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from parity_tests.adapters import trace_files
from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.request import Request
from parity_tests.cli.commands import main

SMALL = ["--network", "6-5-4-3", "--examples", "11", "--seed", "3"]


def exported(path: Path, precision: str = "float32") -> Any:
    """(spec, params, X, Y) as a program in another language finds them."""
    assert main(["export", str(path), *SMALL, "--precision", precision]) == 0
    file = trace_files.read(path)
    assert file.spec
    params, X, Y, computed = trace_files.problem(file, str(path), file.spec)
    assert computed == {}
    return file.spec, params, X, Y


def examined(path: Path, **asked: Any) -> Any:
    return examine(Request(str(path), **asked))
