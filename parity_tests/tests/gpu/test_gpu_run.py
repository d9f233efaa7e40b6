"""The command that a GPU is rented for, on a CPU: every step of it runs, and is timed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from parity_tests.tests.support.paths import ROOT

SCRIPT = ROOT / "benchmarks" / "gpu_run.sh"
if not SCRIPT.is_file():
    pytest.skip("benchmarks are only in a checkout", allow_module_level=True)

pytestmark = pytest.mark.subprocess

RESUMED = ("whole", "half", "resumed", "same weights")
STEPS = [
    "twin", "rate", "table", "monitor bf16-mixed", "monitor bf16-true",
    *(f"{name} {backend}" for backend in ("null", "aot_eager") for name in RESUMED),
    "read without a GPU", "compare", "large network",
]  # fmt: skip


def run(folder: Path, **environment: str) -> tuple[int, list[tuple[str, int]], str]:
    """Return its exit code, the exit code of every step, and its log."""
    own = {"DEVICE": "cpu", "PYTHON": sys.executable, "OMP_NUM_THREADS": "1", **environment}
    done = subprocess.run(
        ["bash", str(SCRIPT), str(folder)],
        env=os.environ | own, capture_output=True, text=True, check=False,
    )  # fmt: skip
    lines = (folder / "steps.tsv").read_text(encoding="utf-8").splitlines()
    steps = [(name, int(code)) for name, code, _ in (line.split("\t") for line in lines)]
    return done.returncode, steps, (folder / "log").read_text(encoding="utf-8")


@pytest.mark.slow
def test_every_step_runs(tmp_path: Path) -> None:
    """A slow machine has all the time that it needs."""
    code, steps, log = run(tmp_path / "run", SLOWER="100")
    assert steps == [(name, 0) for name in STEPS], log
    assert code == 0
    assert log.count("the last weights of both runs are equal, to the bit") == 2
    assert log.count(" steps checked") == 2
    assert log.count("no findings") == 2
    assert "A training step on a GPU" in log


def test_a_step_without_time_is_a_failure(tmp_path: Path) -> None:
    code, steps, _ = run(tmp_path / "run", BUDGET="0")
    assert steps == [(name, 125) for name in STEPS]
    assert code == 1
