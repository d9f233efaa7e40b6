"""`python train.py`, as a person runs it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import ref_numpy
from parity_tests.tests.support.paths import ROOT
from torch_impl.data import TwoMoons
from torch_impl.data.shards.shard_files import write_shards

pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")

pytestmark = pytest.mark.subprocess

TRAIN = ROOT / "train.py"


# Importing Lightning takes seconds: one process does it, and forks for each command.
FORKS = """
import json, os, sys, traceback
import train
import torch_impl.lightning.runs.subcommand  # which train imports when it runs
for line in sys.stdin:
    folder, args = json.loads(line)
    if not os.fork():
        os.chdir(folder)
        for fd, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(f"{folder}.{name}", os.O_WRONLY | os.O_CREAT), fd)
        try:
            sys.exit(train.main(args) and 0)
        except SystemExit as error:
            code = error.code
        except BaseException:
            code = traceback.print_exc() or 1
        sys.stdout.flush(), sys.stderr.flush()
        os._exit(code or 0)  # without taking apart what was imported, page by copied page
    print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
"""
Train = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def train() -> Iterator[Train]:
    """train(folder, *args): what `python train.py *args` does in that folder."""
    forks = subprocess.Popen(
        [sys.executable, "-c", FORKS],
        cwd=TRAIN.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert forks.stdin
    assert forks.stdout

    def run(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
        print(json.dumps([str(folder), args]), file=forks.stdin, flush=True)
        code = int(forks.stdout.readline())
        ends = (Path(f"{folder}.{end}").read_text(encoding="utf-8") for end in ("out", "err"))
        return subprocess.CompletedProcess(args, code, *ends)

    yield run
    with forks:
        forks.stdin.close()


def path_after(name: str, output: str) -> str:
    found = re.search(rf"^{name} +(\S+)$", output, re.MULTILINE)
    assert found, output
    return found[1]


@pytest.mark.slow
def test_no_argument_fits_the_digits(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(TRAIN)],
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    accuracy = re.search(
        r"^test accuracy +([\d.]+)% of 360 examples; baseline ", done.stdout, re.MULTILINE
    )
    assert accuracy
    assert float(accuracy[1]) >= 97
    agree = re.search(r"^NumPy vs torch +360 of 360 predictions equal", done.stdout, re.MULTILINE)
    assert agree, done.stdout

    with Image.open(tmp_path / path_after("cost curve", done.stdout)) as picture:
        assert picture.format == "PNG"
        assert len(picture.convert("RGB").getcolors(1 << 20) or []) > 10
    assert (tmp_path / path_after("checkpoint", done.stdout)).is_file()

    weights = tmp_path / path_after("weights", done.stdout)
    spec, params = ref_numpy.load(weights)
    data = ref_numpy.load_data_spec(weights)
    assert (data.shape, data.names) == ((8, 8), tuple("0123456789"))
    from sklearn.datasets import load_digits

    every = ref_numpy.predict(spec, params, data.to_X(load_digits()["data"]))
    assert np.mean(every == load_digits()["target"]) > 0.97


@pytest.mark.slow
def test_the_courses_hyperparameters_are_options(train: Train, tmp_path: Path) -> None:
    config = tmp_path / "moons.yaml"
    config.write_text(
        "data: {class_path: TwoMoons, init_args: {m: 120, batch_size: 16}}\n"
        "model: {hidden_units: [4, 3], activation: [tanh, relu], optimiser: momentum}\n"
    )
    done = train(
        tmp_path, "fit", "--config", str(config), "--trainer.max_epochs", "2",
        "--model.learning_rate", "0.05", "--model.weight_decay", "0.001", "--model.lambd", "0.5",
        "--trainer.enable_checkpointing", "false", "--trainer.enable_progress_bar", "false",
        "--trainer.default_root_dir", str(tmp_path / "here"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    spec, _ = ref_numpy.load(tmp_path / path_after("weights", done.stdout))
    expected = ref_numpy.NetworkSpec.dense([2, 4, 3, 1], ["tanh", "relu"], "sigmoid", lambd=0.5)
    assert spec == expected
    standardiser = ref_numpy.load_standardiser(tmp_path / path_after("weights", done.stdout))
    assert standardiser is not None
    assert standardiser.sigma[0] != standardiser.sigma[1]  # Digits' "all" is not carried over
    assert path_after("weights", done.stdout).startswith("here/")
    assert not list(tmp_path.rglob("*.ckpt"))


@pytest.mark.slow
def test_a_folder_of_shards_is_a_data_set(train: Train, tmp_path: Path) -> None:
    x = np.random.default_rng(0).standard_normal((90, 3)).astype(np.float32)
    shards = ((x[k : k + 30], (x[k : k + 30, 0] > 0).astype(int)) for k in (0, 30, 60))
    write_shards(tmp_path / "mine" / "train", shards)
    done = train(
        tmp_path, "--data", "NpyShards", "--data.folder", "mine", "--data.batches_per_step", "2",
        "--model.hidden_units", "[]", "--trainer.max_epochs", "1",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert re.search(r"^test accuracy .* of 18 examples; baseline ", done.stdout, re.MULTILINE)
    assert "18 of 18 predictions equal" in done.stdout


ERRORS = {
    "unknown key": (["--model.depth", "3"], "the option --model.depth is unknown; `"),
    "abbreviated key": (
        ["--model.learning_rat", "0.1"],
        "the option --model.learning_rat is unknown; use --model.learning_rate; `",
    ),
    "unknown data": (
        ["--data", "Nope"],
        "--data Nope is no data set; expected OpenML, or another of BreastCancer, CIFAR10, ",
    ),
    "option of other data": (
        ["--data.path", "mine.npz"],
        "the option --data.path is unknown to this data set; choose one that has --data.path: --",
    ),
    "option of no data": (
        ["--data.paht", "mine.npz"],
        "the option --data.paht is unknown to this data set; choose one that has --data.path: --",
    ),
    "unknown task": (
        ["--data.task", "Nope"],
        "--data.task was given Nope, which it cannot take; expected one of 'auto', ",
    ),
    "no list": (
        ["--model.hidden_units", "64"],
        "--model.hidden_units was given 64, which it cannot take; expected a list, such as ",
    ),
    "unknown activation": (["--model.activation", "reul"], "unknown activation 'reul'"),
    "impossible size": (["--model.hidden_units", "[0]"], "a layer was given 0 units"),
    "impossible batch": (["--data.batch_size", "0"], "batch_size is 0"),
    "not a number": (
        ["--trainer.max_epochs", "ten"],
        "--trainer.max_epochs was given ten, which it cannot take; expected a whole number;",
    ),
    "missing file": (["--data", "NpzFile", "--data.path", "no.npz"], "no.npz is not a file"),
    "missing folder": (
        ["--data", "NpyShards", "--data.folder", "no"],
        "no/train is not a folder; expected one with x_000.npy",
    ),
    "missing config": (["--config", "no.yaml"], "no.yaml"),
    "missing checkpoint": (
        ["test", "--ckpt_path", "no.ckpt"],
        "the checkpoint no.ckpt is not a file",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.filterwarnings("ignore")
def test_errors_are_one_sentence_in_this_process_too(
    run: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    """Which does not import Lightning once more."""
    args, message = ERRORS[name]
    with pytest.raises(SystemExit) as ended:
        run(*args)
    assert ended.value.code == 2
    line = capsys.readouterr().err.strip().splitlines()[-1]
    assert line.startswith("train.py: error: ")
    assert message in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.slow
def test_errors_are_one_sentence_and_leave_nothing_behind(
    train: Train, tmp_path: Path, name: str
) -> None:
    args, message = ERRORS[name]
    done = train(tmp_path, *args)
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()[-1:]
    assert line.startswith("train.py: error: ")
    assert message in line
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_cost_that_is_not_finite_is_one_sentence(train: Train, tmp_path: Path) -> None:
    """Adam's ε = 1e-8 is zero at float16, and 0/0 is not a number."""
    done = train(tmp_path, "--trainer.precision", "16-true", "--trainer.max_epochs", "1")
    assert done.returncode == 2
    assert "val_cost became nan in epoch 1; use a lower learning rate" in done.stderr
    assert not list(tmp_path.rglob("*.safetensors"))


@pytest.mark.slow
def test_help_names_the_options_of_the_course(train: Train, tmp_path: Path) -> None:
    done = train(tmp_path, "fit", "--help")
    assert done.returncode == 0
    for option in ("learning_rate", "hidden_units", "activation", "optimiser", "weight_decay"):
        assert f"--model.{option} " in done.stdout
    assert "--trainer.max_epochs" in done.stdout
    assert TwoMoons.__name__ in done.stdout
