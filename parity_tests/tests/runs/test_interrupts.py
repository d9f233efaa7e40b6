"""Ctrl-C and SIGTERM in a training: its report so far, how to resume it, and exactly resumed."""

from __future__ import annotations

import re
import signal
from pathlib import Path
from typing import Any

import pytest

from parity_tests.campaigns.crash_recovery import exact
from parity_tests.tests.support.train_args import SMALL
from torch_impl.lightning.checkpoint_files import read
from torch_impl.lightning.runs.interrupts import resume_command

pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")

pytestmark = [pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]

RUN = ("fit", *SMALL, "--epochs", "4", "--model.optimiser", "momentum")  # epochs of 5 updates
V0, V1 = "lightning_logs/version_0", "lightning_logs/version_1"


def sending(name: str, *steps: int) -> tuple[str, ...]:
    return (
        "--trainer.callbacks+=parity_tests.tests.support.send_signal.SendSignal",
        f"--trainer.callbacks.name={name}", f"--trainer.callbacks.steps={[*steps]}",
    )  # fmt: skip


def ended(run: Any, *args: str) -> Any:
    """The exit code."""
    with pytest.raises(SystemExit) as end:
        run(*args)
    return end.value.code


PARTS = (
    "state_dict", "optimizer_states", "lr_schedulers", "costs", "latest", "global_step", "epoch",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "code", "step", "options"),
    [
        pytest.param("SIGINT", 130, 7, (), marks=pytest.mark.slow, id="SIGINT"),
        pytest.param("SIGINT", 130, 9, (), marks=pytest.mark.slow, id="last update of an epoch"),
        pytest.param("SIGINT", 130, 19, (), marks=pytest.mark.slow, id="last update of the run"),
        pytest.param(
            "SIGINT", 130, 7, ("--trainer.val_check_interval", "3"), marks=pytest.mark.slow,
            id="before a validation within an epoch",
        ),
        pytest.param(
            "SIGTERM", 143, 7, ("--data.batches_per_step", "2"), marks=pytest.mark.slow,
            id="several updates a step",
        ),
        pytest.param(
            "SIGINT", 130, 4, ("--trainer.accumulate_grad_batches", "2"), marks=pytest.mark.slow,
            id="accumulated",
        ),
        pytest.param(
            "SIGINT", 130, 9, ("--trainer.max_steps", "18"), marks=pytest.mark.slow, id="steps",
        ),
    ],
)  # fmt: skip
def test_a_signal_ends_with_the_report_and_the_run_resumes_exactly(
    run: Any, tmp_path: Path, capsys: Any, name: str, code: int, step: int, options: tuple[str, ...]
) -> None:
    run(*RUN, *options)
    whole = read(V0 + "/checkpoints/last.ckpt")
    (tmp_path / "lightning_logs").rename(tmp_path / "whole")

    assert ended(run, *RUN, *options, *sending(name, step)) == code
    output = capsys.readouterr().out
    assert re.search(rf"^interrupted +{name} in epoch \d, after \d+ updates$", output, re.M)
    if "--trainer.val_check_interval" not in options:  # by which the best is within an epoch
        assert re.search(r"^chosen epoch +\d of \d$", output, re.M)
    assert output.splitlines()[-1] == f"resume           python train.py resume {V0}"
    for file in ("report.json", "weights.safetensors", "cost.png"):
        assert (tmp_path / V0 / file).is_file()
    stopped = read(V0 + "/checkpoints/last.ckpt")
    assert step < stopped["global_step"] <= step + 2  # the update in which it came, or the next

    run("resume", V0, "--trainer.callbacks", "null")
    last = read(V1 + "/checkpoints/last.ckpt")
    for part in PARTS:
        assert exact(last[part]) == exact(whole[part]), part
    best, its = (Path(f) / "checkpoints/best.ckpt" for f in ("whole/version_0", V1))
    assert exact(read(best)["state_dict"]) == exact(read(its)["state_dict"])


@pytest.mark.slow
def test_without_a_whole_epoch_there_is_one_line(run: Any, tmp_path: Path, capsys: Any) -> None:
    assert ended(run, *RUN, *sending("SIGINT", 2)) == 130
    captured = capsys.readouterr()
    assert "chosen epoch" not in captured.out
    assert captured.err.strip().splitlines()[-1] == (
        "train.py: SIGINT in epoch 1, after 3 updates, without a best epoch yet; "
        f"resume: python train.py resume {V0}"
    )
    assert read(V0 + "/checkpoints/last.ckpt")["global_step"] == 3
    assert not (tmp_path / V0 / "report.json").exists()


@pytest.mark.slow
def test_a_second_signal_ends_at_once(run: Any, capsys: Any) -> None:
    """Here in the same update: there is no report."""
    with pytest.raises(KeyboardInterrupt):
        run(*RUN, *sending("SIGINT", 12, 12))
    assert "chosen epoch" not in capsys.readouterr().out
    assert ended(run, *RUN, *sending("SIGTERM", 12, 12)) == 143
    assert "chosen epoch" not in capsys.readouterr().out


@pytest.mark.slow
def test_before_the_first_update_nothing_is_left(run: Any, tmp_path: Path) -> None:
    class Interrupts:
        def __call__(self, *args: Any, **options: Any) -> None:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "torch_impl.lightning.checkpoints.LastCheckpoint.on_train_start", Interrupts()
        )
        with pytest.raises(KeyboardInterrupt):
            run(*RUN)
    assert not [*tmp_path.iterdir()]


@pytest.mark.slow
def test_the_signals_are_given_back(run: Any) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    run("fit", *SMALL, "--epochs", "1")
    assert ended(run, *RUN, *sending("SIGINT", 7)) == 130
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


@pytest.mark.slow
def test_without_checkpoints_there_is_no_report_and_no_resuming(run: Any, capsys: Any) -> None:
    args = ("--trainer.enable_checkpointing", "false")
    assert ended(run, *RUN, *args, *sending("SIGINT", 7)) == 130
    assert capsys.readouterr().err.strip().splitlines()[-1] == (
        "train.py: SIGINT in epoch 2, after 8 updates, without a best epoch yet"
    )


def test_the_command_that_resumes_a_run(tmp_path: Path) -> None:
    folder = tmp_path / "my run"
    last = folder / "checkpoints/last.ckpt"
    assert resume_command(folder, last) == f"python train.py resume '{folder}'"
    other = tmp_path / "last.ckpt"
    config = f"'{folder}/config.yaml'"
    assert resume_command(folder, other) == (
        f"python train.py fit --config {config} --ckpt_path {other}"
    )
