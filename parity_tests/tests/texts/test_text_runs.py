"""`train.py` on a text: a GPT is trained by torch and by NumPy, monitored, resumed, and writes."""

from __future__ import annotations

import json
import math
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ref_numpy
from parity_tests.campaigns.crash_recovery import exact
from parity_tests.tests.support.tiny_gpt import arguments, write_text
from ref_numpy.graphs.gpt import gpt
from torch_impl.lightning.checkpoint_files import read
from torch_impl.lightning.module import NetworkModule

pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")

pytestmark = [pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]

SCHEDULE = ("--model.schedule", "cosine", "--model.warmup", "3", "--model.learning_rate", "0.01")
UPDATES = ("--trainer.accumulate_grad_batches", "2", "--trainer.gradient_clip_val", "0.5")


def refusal(run: Any, capsys: Any, *args: str) -> str:
    with pytest.raises(SystemExit) as ended:
        run(*args)
    assert ended.value.code == 2
    return capsys.readouterr().err.strip().splitlines()[-1].removeprefix("train.py: error: ")


@pytest.mark.slow
def test_a_run_is_monitored_tested_and_writes(run: Any, capsys: Any, tmp_path: Path) -> None:
    """With accumulation, clipping and a schedule; another text under the same name is refused."""
    path = write_text(tmp_path)
    monitor = ("--trainer.callbacks", "parity_tests.training.monitor.ParityMonitor",
               "--trainer.callbacks.every_n_steps", "2")  # fmt: skip
    said = run("fit", *arguments(path), *SCHEDULE, *UPDATES, "--trainer.max_epochs", "3", *monitor)
    (line,) = (line for line in said.splitlines() if line.startswith("parity "))
    assert "no findings" in line
    assert "SHA-256" in said
    folder = tmp_path / "lightning_logs/version_0"
    report = json.loads((folder / "report.json").read_text("utf-8"))
    assert report["test_bits_per_character"] == report["test_cost"] / math.log(2)
    assert ref_numpy.load(folder / "weights.safetensors")[0] == gpt(16, 5, 6, 2, 1)
    assert "test_cost" in run("test", str(folder))
    command = ("generate", str(folder), "--prompt", "the c", "--tokens", "9", "--seed", "4")
    written = run(*command)
    assert written.startswith("the c")
    assert len(written) == len("the c") + 9 + 1
    assert run(*command) == written
    said = refusal(run, capsys, "generate", str(folder), "--prompt", "the c!")
    assert said.startswith("the text has '!' as its character 6")
    weights = str(folder / "weights.safetensors")
    assert "name the run's folder" in refusal(run, capsys, "generate", weights, "--prompt", "t")
    (other := tmp_path / "other.txt").write_text("a dog sat on a mat.\n" * 4, "utf-8")
    said = run("test", str(folder), str(other))
    assert "15 to test" in said  # of 80 characters
    assert "bits a character" in said
    path.write_text(path.read_text("utf-8")[::-1], "utf-8")
    for name in ("test", "resume"):
        said = refusal(run, capsys, name, str(folder))
        assert said.startswith("the checkpoint's run read another text from ")


@pytest.mark.slow
def test_an_interrupted_run_resumes_its_schedule_and_its_blocks(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within the second epoch of three, of 5 updates each; the last bits are the same."""
    options = (*arguments(write_text(tmp_path)), *SCHEDULE, "--trainer.max_epochs", "3")
    run("fit", *options)
    step = NetworkModule.training_step

    def interrupted(self: NetworkModule, batch: Any, batch_idx: int) -> Any:
        if self.global_step == 7:
            signal.raise_signal(signal.SIGINT)
        return step(self, batch, batch_idx)

    with monkeypatch.context() as patch:
        patch.setattr(NetworkModule, "training_step", interrupted)
        with pytest.raises(SystemExit) as ended:
            run("fit", *options)
    assert ended.value.code == 130
    run("resume", "lightning_logs/version_1")
    once, half, resumed = (
        read(tmp_path / f"lightning_logs/version_{k}/checkpoints/last.ckpt") for k in range(3)
    )
    assert (half["global_step"], resumed["global_step"]) == (8, 15)
    for part in ("state_dict", "optimizer_states", "lr_schedulers", "costs"):
        assert exact(resumed[part]) == exact(once[part])


@pytest.mark.slow
@pytest.mark.parametrize("more", [(), ("--trainer.precision", "64-true")])
def test_numpy_and_torch_train_a_gpt_alike(run: Any, tmp_path: Path, more: tuple[str, ...]) -> None:
    """Each step is within its bounds, by the rate of the schedule."""
    options = (*arguments(write_text(tmp_path)), *SCHEDULE, "--trainer.max_epochs", "2", *more)
    said = run("compare", *options, "--every", "2")
    assert "are within their error bounds" in said
    said = run("numpy", *options)
    costs = [line for line in said.splitlines() if line.startswith("training cost")]
    assert len(costs) == 1
    assert np.isfinite(float(costs[0].split()[-1]))
