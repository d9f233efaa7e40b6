"""A learner's file, its check, and the check of the adapter that was printed for it."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.request import Request
from parity_tests.checking.report import Report
from parity_tests.cli.commands import main
from parity_tests.tests.support.paths import PROGRAMS

WEEK_3 = {"network": "5-4-1", "examples": 11}


def examined(path: Path, **asked: Any) -> Report:
    return examine(Request(str(path), **{**WEEK_3, **asked}))


def written(tmp_path: Path, source: str, name: str = "mine.py") -> Path:
    path = tmp_path / name
    path.write_text(source, encoding="utf-8")
    return path


def source_of(name: str) -> str:
    return (PROGRAMS / name).read_text(encoding="utf-8")


def adapter_for(path: Path, tmp_path: Path, **asked: Any) -> Report:
    """The check of the adapter that the check of a file printed, by the command in it."""
    out = io.StringIO()
    with redirect_stdout(out):
        options = [f"--{n}={x}" for n, x in {**WEEK_3, **asked}.items()]
        assert main(["check", str(path), *options]) == 2
    text = out.getvalue().partition("complete this adapter:\n\n")[2]
    text = text.partition("\n\nbackprop-with-proof ")[0]
    adapter = written(tmp_path, text, "adapter.py")
    _, _, command = text.partition("parity_tests check adapter.py ")
    words = command.splitlines()[0].split()
    options = {name[2:]: value for name, value in zip(words[::2], words[1::2], strict=True)}
    return examined(adapter, **options | {"examples": int(options["examples"])})
