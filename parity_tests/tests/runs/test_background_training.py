"""Whole trainings whose checkpoints are written meanwhile: the same files, results and ends."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch.distributed as dist

from parity_tests.campaigns.crash_recovery import differences, exact, results
from parity_tests.tests.support import train_in_background
from parity_tests.tests.support.train_args import SMALL
from torch_impl.lightning.checkpoint_files import WholeCheckpointIO, read

pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")

pytestmark = [pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]

RUN = (
    "fit", *SMALL, "--epochs", "3", "--last.every_n_steps", "2", "--last.epoch_seconds", "0",
)  # fmt: skip
V0 = Path("lightning_logs/version_0")
SEND = "--trainer.callbacks+=parity_tests.tests.support.send_signal.SendSignal"
FINDER = "--trainer.callbacks+=lightning.pytorch.callbacks.LearningRateFinder"


@pytest.fixture
def forced(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The background, on a CPU too, whose thread ends with the run."""
    monkeypatch.setattr("torch_impl.lightning.restoring.writes_in_background", lambda trainer: True)
    yield
    assert not [t for t in threading.enumerate() if t.name.startswith("checkpoints")]


def files(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*ckpt*"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--model.optimiser", "adam", "--checkpoint.save_top_k", "2"),
        ("--checkpoint.enable_version_counter", "true", "--checkpoint.save_top_k", "-1"),
        (FINDER, "--trainer.callbacks.num_training_steps", "9"),
    ],
    ids=["one best", "two best", "numbered", "learning rate"],
)
def test_its_files_are_those_of_a_training_that_waits(
    run: Any, tmp_path: Path, request: pytest.FixtureRequest, options: tuple[str, ...]
) -> None:
    """Every file of a checkpoint, with the same contents."""
    run(*RUN, *options)
    Path("lightning_logs").rename("waits")
    request.getfixturevalue("forced")
    run(*RUN, *options)
    waits = Path("waits/version_0")
    assert files(V0) == files(waits)
    for name in files(V0):
        mine, theirs = read(V0 / name), read(waits / name)
        assert mine.keys() == theirs.keys()
        for part in mine.keys() - {"loops"}:  # the number of starts
            assert exact(mine[part]) == exact(theirs[part]), (name, part)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_signal_ends_with_whole_files_and_the_run_resumes_exactly(
    run: Any, tmp_path: Path, forced: None, name: str, code: int
) -> None:
    run(*RUN)
    Path("lightning_logs").rename("whole")
    with pytest.raises(SystemExit) as end:
        run(*RUN, SEND, f"--trainer.callbacks.name={name}", "--trainer.callbacks.steps=[7]")
    assert end.value.code == code
    assert files(V0) == ["checkpoints/best.ckpt", "checkpoints/last.ckpt"]
    assert read(V0 / "checkpoints/last.ckpt")["global_step"] == 8
    assert (V0 / "report.json").is_file()
    run("resume", str(V0), "--trainer.callbacks", "null")
    assert not differences(tmp_path / "lightning_logs/version_1", results(tmp_path / "whole"))


@pytest.mark.parametrize("number", [0, pytest.param(4, marks=pytest.mark.slow)])
def test_a_full_disk_ends_the_run_as_it_does_without_a_thread(
    run: Any, monkeypatch: pytest.MonkeyPatch, request: Any, capsys: Any, number: int
) -> None:
    """The first checkpoint is waited for, so that nothing is trained where none can be written."""
    write, ends = WholeCheckpointIO.save_checkpoint, []
    for background in (False, True):
        calls = 0

        def full(io: Any, checkpoint: dict[str, Any], *more: Any, **options: Any) -> None:
            nonlocal calls
            calls += 1
            if calls > number:
                raise OSError(28, "No space left on device", "run/checkpoints")
            write(io, checkpoint, *more, **options)

        with monkeypatch.context() as patch:
            patch.setattr(WholeCheckpointIO, "save_checkpoint", full)
            if background:
                request.getfixturevalue("forced")
            with pytest.raises(SystemExit) as end:
                run(*RUN)
        left = [*Path("lightning_logs").rglob("*.ckpt*")]
        ends.append((end.value.code, capsys.readouterr().err.splitlines()[-1], len(left)))
        assert calls == number + 1
        if left:
            assert all(read(path)["global_step"] <= 5 for path in left)
            Path("lightning_logs").rename(f"background {background}")
    assert ends[0] == ends[1]
    assert ends[0][0] == 2
    assert "no space left on device; choose another place, or make room" in ends[0][1]


@pytest.mark.slow
@pytest.mark.skipif(not dist.is_available(), reason="torch.distributed is not available")
@pytest.mark.parametrize("strategy", ["ddp", "fsdp2"])
def test_two_processes_read_what_the_first_has_written(tmp_path: Path, strategy: str) -> None:
    """In the report, and in a search for a learning rate that DDP's processes make together."""
    search = (FINDER, "--trainer.callbacks.num_training_steps", "9") if strategy == "ddp" else ()
    words = (*RUN, "--trainer.devices", "2", "--trainer.strategy", strategy, *search)
    done = subprocess.run(
        [sys.executable, train_in_background.__file__, *words],
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    checkpoints = tmp_path / V0 / "checkpoints"
    assert sorted(path.name for path in checkpoints.iterdir()) == ["best.ckpt", "last.ckpt"]
    assert read(checkpoints / "last.ckpt")["global_step"] > 0
    assert (tmp_path / V0 / "report.json").is_file()
