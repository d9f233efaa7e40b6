"""A run is a folder of its own, whatever its logger; a refused run is none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from parity_tests.tests.support.train_args import SMALL
from torch_impl.lightning.runs.folder import RunFolder, next_version

pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")

pytestmark = [pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]

FILES = {"config.yaml", "report.json", "weights.safetensors", "cost.png"}
SLOW = pytest.mark.slow
ELSEWHERE = "parity_tests.tests.support.send_signal.LogElsewhere"


def test_the_next_version_comes_after_all(tmp_path: Path) -> None:
    assert next_version(tmp_path / "logs") == tmp_path / "logs/version_0"
    for name in ("version_2", "version_10", "version_x", "mine"):
        (tmp_path / "logs" / name).mkdir(parents=True)
    assert next_version(tmp_path / "logs") == tmp_path / "logs/version_11"


def test_runs_at_the_same_moment_have_different_folders(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        paths = [*pool.map(lambda _: RunFolder().reserve(tmp_path), range(64))]
    assert {path.name for path in paths} == {f"version_{k}" for k in range(64)}


def test_a_logger_with_a_folder_decides_unless_files_are_there(tmp_path: Path) -> None:
    mine = tmp_path / "logs/mine"
    assert RunFolder().reserve(tmp_path, mine) == mine
    assert RunFolder().reserve(tmp_path, mine) == mine  # it is empty
    (mine / "config.yaml").touch()
    other = RunFolder()
    assert other.reserve(tmp_path, mine) == tmp_path / "lightning_logs/version_0"
    assert other.reserve(tmp_path, mine) == tmp_path / "lightning_logs/version_0"  # once


def test_a_refused_run_removes_what_it_made_and_no_more(tmp_path: Path) -> None:
    first, second = RunFolder(), RunFolder()
    (first.reserve(tmp_path / "root") / "config.yaml").touch()
    second.reserve(tmp_path / "root")
    first.discard()
    assert [path.name for path in (tmp_path / "root/lightning_logs").iterdir()] == ["version_1"]
    second.used = True
    second.discard()
    assert (tmp_path / "root/lightning_logs/version_1").is_dir()
    second.used = False
    second.discard()
    assert [*(tmp_path / "root/lightning_logs").iterdir()] == []  # which the first had made
    third = RunFolder()
    third.reserve(tmp_path / "more/root")
    third.discard()
    assert not (tmp_path / "more").exists()
    kept = RunFolder(tmp_path)
    assert kept.reserve("elsewhere") == tmp_path
    kept.discard()
    assert tmp_path.is_dir()


@pytest.mark.slow
@pytest.mark.parametrize(
    "logger",
    [
        pytest.param(["--trainer.logger", "false"], id="none"),
        pytest.param(["--trainer.logger", ELSEWHERE], id="without a folder", marks=SLOW),
        pytest.param(
            ["--trainer.logger", "CSVLogger", "--trainer.logger.save_dir", "."],
            id="CSV",
            marks=SLOW,
        ),
        pytest.param([], id="default", marks=SLOW),
    ],
)
def test_all_files_are_in_one_new_folder(run: Any, tmp_path: Path, logger: list[str]) -> None:
    for number in range(2):
        output = run("fit", *SMALL, "--epochs", "1", *logger)
        assert ("\nlog              LogElsewhere in .\n" in output) == (ELSEWHERE in logger)
        folder = tmp_path / f"lightning_logs/version_{number}"
        assert {path.name for path in folder.iterdir()} >= FILES
        assert {p.name for p in (folder / "checkpoints").iterdir()} == {"best.ckpt", "last.ckpt"}
    assert {path.name for path in tmp_path.iterdir()} == {"lightning_logs"}
    assert len([*(tmp_path / "lightning_logs").iterdir()]) == 2


@pytest.mark.slow
def test_a_logger_that_refuses_its_options_is_one_sentence(
    run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = ELSEWHERE.replace("LogElsewhere", "LogNowhere")
    with pytest.raises(SystemExit) as ended:
        run("fit", *SMALL, "--trainer.logger", nowhere, "--trainer.logger.save_dir", "here")
    assert ended.value.code == 2
    said = "train.py: error: --trainer.logger LogNowhere: no room in here; use another\n"
    assert capsys.readouterr().err == said
    assert not [*tmp_path.iterdir()]


@pytest.mark.slow
def test_a_folder_that_is_named_twice_keeps_its_first_run(run: Any, tmp_path: Path) -> None:
    mine = ("--trainer.logger", "CSVLogger", "--trainer.logger.save_dir", "logs",
            "--trainer.logger.name", "mine", "--trainer.logger.version", "a")  # fmt: skip
    run("fit", *SMALL, "--epochs", "1", *mine)
    first = {p: p.read_bytes() for p in (tmp_path / "logs/mine/a").rglob("*") if p.is_file()}
    run("fit", *SMALL, "--epochs", "2", *mine)
    changed = {path.name for path, content in first.items() if path.read_bytes() != content}
    assert changed <= {"metrics.csv", "hparams.yaml"}  # the logger's own
    assert (tmp_path / "lightning_logs/version_0/report.json").is_file()


@pytest.mark.slow
def test_numpys_run_is_a_folder_too(run: Any, tmp_path: Path) -> None:
    run("numpy", *SMALL, "--epochs", "1", "--trainer.logger", "false")
    folder = tmp_path / "lightning_logs/version_0"
    assert {path.name for path in folder.iterdir()} >= FILES
    assert "accuracy" in run("predict", str(folder), "--data.m", "60")


@pytest.mark.slow
def test_a_run_that_only_tries_leaves_nothing(run: Any, tmp_path: Path) -> None:
    run("fit", *SMALL, "--trainer.fast_dev_run", "2")
    assert not [*tmp_path.iterdir()]
