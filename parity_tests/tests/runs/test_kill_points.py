"""A kill at each write of a checkpoint: what is then on the disk resumes to the same bits.

A kill leaves what is on the disk. That is kept here before each file takes its name, with the half
of it under its other name, and resumed from afterwards.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from parity_tests.campaigns import crash_recovery

pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")

pytestmark = [pytest.mark.slow, pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]

LOGS = "lightning_logs"
EPOCH = ["last", "last", "best", "last"]  # of 3 updates
WRITTEN = ["last", *EPOCH, *EPOCH, "last"]


@contextmanager
def keeping(folder: Path, kept: Path) -> Iterator[list[str]]:
    """Copy the runs in a folder before each checkpoint takes its name; yield the names."""
    replace, names = Path.replace, []

    def copies_first(self: Path, target: Path) -> Path:
        if target.suffix == ".ckpt":
            copy = kept / f"{len(names)}"
            shutil.copytree(folder / LOGS, copy / LOGS)
            os.truncate(
                copy / self.resolve().relative_to(folder.resolve()), self.stat().st_size // 2
            )
            names.append(target.stem)
        return replace(self, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "replace", copies_first)
        yield names


@pytest.mark.parametrize(
    ("data", "background"), [*((data, False) for data in crash_recovery.DATA), ("points", True)]
)
def test_a_kill_at_each_write_is_resumed_exactly(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: str, background: bool
) -> None:
    """In the background too, where the training has made further updates by then."""
    monkeypatch.setattr(
        "torch_impl.lightning.restoring.writes_in_background", lambda trainer: background
    )
    if data in ("table", "numbers"):
        pytest.importorskip("pandas", reason="tables need pandas")
    kept = tmp_path / "kept"
    options = crash_recovery.training(data, tmp_path)
    options += ("--trainer.max_epochs", "2", "--data.batch_size", "64", "--last.every_n_steps", "1")
    with keeping(tmp_path, kept) as names:
        run(*options)
    # After so few updates a batch norm's statistics are far off: the second epoch is no better.
    worse = ["last", *EPOCH, *(name for name in EPOCH if name != "best"), "last"]
    assert names == (worse if data == "images" else WRITTEN)
    shutil.copytree(tmp_path / LOGS, kept / f"{len(names)}" / LOGS)  # the kill comes after the last
    whole = crash_recovery.results(tmp_path)
    # Of the other data a kill before the first file and before each third after it.
    for number in range(1, len(names) + 1, 1 if data == "points" else 3):
        folder = kept / f"{number}"
        monkeypatch.chdir(folder)
        assert any(folder.rglob(".*.partial")) == (number < len(names))
        import train

        train.main([*options, "--ckpt_path", "last"])
        assert (folder / LOGS / "version_1/checkpoints/last.ckpt").is_file()
        assert not crash_recovery.differences(folder, whole), (number, names[number - 1])
