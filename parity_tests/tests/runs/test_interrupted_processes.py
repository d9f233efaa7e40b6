"""Ctrl-C and SIGTERM in a training of two processes: both end, with a checkpoint and a report."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from parity_tests.tests.support.paths import ROOT
from parity_tests.tests.support.train_args import SMALL
from torch_impl.lightning.checkpoint_files import read

pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.subprocess,
    pytest.mark.skipif(os.name != "posix", reason="signals of a process group"),
    pytest.mark.skipif(not torch.distributed.is_available(), reason="no torch.distributed"),
]

V0 = "lightning_logs/version_0"
TWO = ("--trainer.devices", "2", "--trainer.strategy", "ddp")


def started(folder: Path, *options: str) -> Any:
    """A training without an end, in a process group of its own."""
    words = [sys.executable, str(ROOT / "train.py"), "fit", *SMALL, *TWO, *options]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        words, cwd=folder, env=environment, start_new_session=True, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "to_group", "code"),
    [(signal.SIGINT, True, 130), (signal.SIGTERM, False, 143)],
)
def test_both_processes_end_and_the_run_can_be_resumed(
    tmp_path: Path, sent: signal.Signals, to_group: bool, code: int
) -> None:
    process = started(tmp_path, "--trainer.max_epochs", "-1", "--last.epoch_seconds", "0")
    try:
        best = tmp_path / V0 / "checkpoints/best.ckpt"
        while process.poll() is None and not best.is_file():
            time.sleep(0.05)
        (os.killpg if to_group else os.kill)(process.pid, sent)
        out, err = process.communicate()  # to the end of all who have its pipes: none is left
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == code, err
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    assert "Traceback" not in out + err
    lines = out.splitlines()
    assert len([line for line in lines if line.startswith("interrupted ")]) == 1
    assert lines[-1] == f"resume           python train.py resume {V0}"
    last = read(tmp_path / V0 / "checkpoints/last.ckpt")
    assert last["global_step"] > 0
    assert (tmp_path / V0 / "report.json").is_file()
    assert [folder.name for folder in (tmp_path / "lightning_logs").iterdir()] == ["version_0"]
