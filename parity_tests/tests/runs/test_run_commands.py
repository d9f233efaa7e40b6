"""`train.py predict RUN new.npz`: what a run's name and a file's name stand for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import ref_numpy
from parity_tests.tests.support.train_args import SMALL
from ref_numpy import InputError, NetworkSpec, initialise
from torch_impl.lightning.checkpoint_files import best_and_last, read
from torch_impl.lightning.runs.commands import data_options, expand_run
from torch_impl.lightning.runs.weights_checkpoint import checkpoint_of, options_of
from torch_impl.results.summary import format_cost

pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")

pytestmark = [pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]

QUIET = ("--trainer.enable_progress_bar", "false")
NAMES = np.array(["low", "high"])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """old.npz, new.npz and a run on the first: lightning_logs/version_0."""
    folder = tmp_path_factory.mktemp("runs")
    x = np.random.default_rng(0).standard_normal((240, 3))
    np.savez(folder / "old.npz", x=x[:200], y=NAMES[(x[:200, 0] > 0).astype(int)])
    np.savez(folder / "new.npz", x=x[200:], y=NAMES[(x[200:, 0] > 0).astype(int)])
    np.savez(folder / "bare.npz", x=x[200:])
    return folder


@pytest.fixture
def train(files: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Callable[..., str]:
    """train(*args): what `train.py` prints, where one training is done."""
    import train as program

    monkeypatch.chdir(files)

    def run(*args: str) -> str:
        program.main([*args])
        return capsys.readouterr().out

    if not Path("lightning_logs").is_dir():
        run(
            "fit", "--data", "NpzFile", "--data.path", "old.npz", "--model.hidden_units", "[5]",
            "--epochs", "6", "--model.learning_rate", "0.03", "--trainer.accelerator", "cpu",
            *QUIET,
            "--trainer.callbacks+=EarlyStopping", "--trainer.callbacks.monitor=val_cost",
        )  # fmt: skip
    return run


RUN = Path("lightning_logs/version_0")


def refused(call: Callable[..., Any], *args: Any) -> str:
    with pytest.raises(InputError) as error:
        call(*args)
    return error.value.code


@pytest.mark.slow
def test_a_run_and_a_file_are_enough_to_predict(train: Any) -> None:
    """As the weights file by NumPy alone; in the run's folder, where nothing else changes."""
    before = {p: p.stat().st_mtime_ns for p in Path("lightning_logs").rglob("*")}
    output = train("predict", str(RUN), "new.npz", *QUIET)
    written = RUN / "predictions_new.csv"
    assert f"predictions      {written}, 40 lines" in output
    spec, params = ref_numpy.load(RUN / "weights.safetensors")
    data = ref_numpy.load_data_spec(RUN / "weights.safetensors")
    with np.load("new.npz") as new:
        A = ref_numpy.forward(spec, params, data.to_X(new["x"]))[0][spec.output]
    rows = [line.split(",") for line in written.read_text("utf-8").splitlines()]
    assert rows[0] == ["prediction", "high", "low"]
    assert [row[0] for row in rows[1:]] == data.to_predictions(A).tolist()
    train("predict", str(RUN), "bare.npz", "--out", "mine.csv", *QUIET)
    assert Path("mine.csv").read_bytes() == written.read_bytes()
    after = {p: p.stat().st_mtime_ns for p in Path("lightning_logs").rglob("*")}
    assert {p for p in {**before, **after} if before.get(p) != after.get(p)} == {written, RUN}


@pytest.mark.slow
def test_without_a_file_it_is_the_held_out_part(train: Any) -> None:
    assert "old.npz: 40 of 200, held out to test" in train("test", str(RUN), *QUIET)
    assert f"{RUN}/predictions.csv, 40 lines" in train("predict", str(RUN), *QUIET)
    assert "old.npz: 16 of 200, held out to validate" in train("validate", str(RUN), *QUIET)
    assert "new.npz: all 40 rows; not the training data" in train(
        "test", str(RUN), "new.npz", *QUIET
    )


def test_weights_alone_predict_the_same(train: Any, tmp_path: Path) -> None:
    train("predict", str(RUN), "new.npz", "--out", str(tmp_path / "run.csv"), *QUIET)
    weights = tmp_path / "weights.safetensors"
    weights.write_bytes((RUN / "weights.safetensors").read_bytes())
    for given in (weights, tmp_path):  # the file, and a folder that has only this
        train("predict", str(given), "new.npz", *QUIET)
        csv = tmp_path / "predictions_new.csv"
        assert csv.read_bytes() == (tmp_path / "run.csv").read_bytes()
        csv.unlink()
    assert refused(expand_run, ["predict", str(weights)]) == "run.no-held-out-part"
    assert refused(expand_run, ["resume", str(weights)]) == "run.only-weights"
    assert refused(expand_run, ["report", str(weights)]) == "run.no-network"


@pytest.mark.slow
def test_a_moved_run_is_named_by_its_folder(train: Any, tmp_path: Path) -> None:
    import shutil

    moved = tmp_path / "my run"
    shutil.copytree(RUN, moved)
    last = ("--ckpt_path", "last")
    assert f"{moved}/predictions_new.csv" in train("predict", str(moved), "new.npz", *QUIET)
    for args in (("test", str(moved), *last), ("test", "--config", f"{moved}/config.yaml", *last)):
        assert f"checkpoint       {moved}/checkpoints/last.ckpt" in train(*args, *QUIET)


@pytest.mark.slow
def test_a_report_is_made_at_any_time(train: Any, tmp_path: Path) -> None:
    """Again the same, from the best checkpoint; of another one it has a folder of its own."""
    report = (RUN / "report.json").read_bytes()
    pictures = {p.name: p.read_bytes() for p in RUN.glob("*.png")}
    weights = (RUN / "weights.safetensors").read_bytes()
    for path in (*RUN.glob("*.png"), RUN / "report.json"):
        path.unlink()
    train("report", str(RUN), *QUIET)
    assert (RUN / "report.json").read_bytes() == report
    assert {p.name: p.read_bytes() for p in RUN.glob("*.png")} == pictures
    output = train("report", str(RUN / "checkpoints/last.ckpt"), *QUIET)
    assert f"report           {RUN}/last/report.json" in output
    of_last = json.loads((RUN / "last/report.json").read_text("utf-8"))
    assert of_last["chosen_epoch"] == of_last["epochs"] == len(of_last["costs"]["train"])
    assert (RUN / "weights.safetensors").read_bytes() == weights
    assert (RUN / "report.json").read_bytes() == report


@pytest.mark.slow
def test_the_report_is_what_the_terminal_printed(train: Any) -> None:
    values = json.loads((RUN / "report.json").read_text("utf-8"))
    best, last = (read(RUN / f"checkpoints/{name}.ckpt") for name in ("best", "last"))
    assert values["chosen_epoch"] == best["epoch"] + 1
    assert values["val_cost"] == last["costs"]["val"][best["epoch"]]
    assert values["val_cost"] == min(last["costs"]["val"])
    output = train("test", str(RUN), *QUIET)
    assert f"test cost        {format_cost(values['test_cost'])}\n" in output
    assert "Test metric" not in output  # Lightning's table
    assert values["names"] == ["high", "low"]
    assert values["files"]["weights"] == "weights.safetensors"
    assert values["checkpoint"] == "checkpoints/best.ckpt"


def test_what_is_no_run_is_one_sentence(train: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.txt").touch()
    for name, code in (
        ("empty", "run.no-network"), ("text.txt", "run.not-trained"), ("never", "run.missing"),
    ):  # fmt: skip
        for subcommand in ("predict", "resume", "report"):
            assert refused(expand_run, [subcommand, str(tmp_path / name)]) == code
    assert refused(expand_run, ["resume"]) == "run.needed"
    assert refused(expand_run, ["resume", str(RUN), "new.npz"]) == "run.own-data"
    (tmp_path / "last.ckpt").write_bytes((RUN / "checkpoints/last.ckpt").read_bytes())
    for subcommand in ("resume", "predict"):
        assert refused(expand_run, [subcommand, str(tmp_path / "last.ckpt")]) == "run.no-config"
    words = ["predict", "--config", "mine.yaml", "--ckpt_path", "best.ckpt"]
    assert expand_run(words).words == words
    assert expand_run(["fit", "x"]).words == ["fit", "x"]


@pytest.mark.parametrize(
    ("path", "data", "options"),
    [
        ("new.npz", "NpzFile", ["--data.path", "new.npz"]),
        ("new.NPZ", "Digits", ["--data", "NpzFile", "--data.path", "new.NPZ"]),
        ("new.h5", "CourseHDF5", ["--data.train", "new.h5", "--data.test", "null"]),
        (".", "NpzFile", ["--data", "NpyShards", "--data.folder", "."]),
        (".", "NpyShards", ["--data.folder", "."]),
    ],
)
def test_a_file_is_given_to_the_data_set_of_its_ending(
    path: str, data: str, options: list[str]
) -> None:
    assert data_options(path, {"class_path": f"torch_impl.data.{data}"}) == options


def test_an_unknown_ending_is_one_sentence() -> None:
    assert refused(data_options, "new.xyz", {"class_path": "NpzFile"}) == "run.data-ending"


@pytest.mark.slow
def test_the_best_checkpoint_by_another_name(run: Any, tmp_path: Path) -> None:
    run("fit", *SMALL, "--epochs", "2", "--checkpoint.filename", "{epoch}")
    folder = tmp_path / "lightning_logs/version_0"
    best, last = best_and_last([folder / "checkpoints"])
    assert (best and best.name, last and last.name) == ("epoch=1.ckpt", "last.ckpt")
    run("report", str(folder))
    assert (folder / "report.json").is_file()


def test_options_describe_the_network_of_a_weights_file(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    spec = NetworkSpec.dense([3, 4, 2, 3], ["tanh", "relu"], lambd=0.25)
    params = initialise(spec, "he", 0)
    ref_numpy.save(path, spec, params)
    assert options_of(path) == [
        "--model.hidden_units", "[4, 2]", "--model.lambd=0.25",
        "--model.activation", "[tanh, relu]", "--trainer.precision", "64-true",
    ]  # fmt: skip
    state = checkpoint_of(path)["state_dict"]
    assert sorted(state) == [
        f"network.layers.Z{k}.{n}" for k in (1, 2, 3) for n in ("bias", "weight")
    ]
    assert (state["network.layers.Z2.weight"].numpy() == params["W2"]).all()
    other = NetworkSpec.dense([3, 4, 1], "relu", "sigmoid", "squared_error")
    ref_numpy.save(path, other, initialise(other, "he", 0))
    assert options_of(path)[:2] == ["--model.network", other.to_json()]


@pytest.mark.slow
def test_a_run_of_two_processes_is_used_by_one(train: Any, tmp_path: Path) -> None:
    """Its config asks for more devices than a prediction can use."""
    import shutil

    shutil.copytree(RUN, tmp_path / "run")
    config = yaml.safe_load((tmp_path / "run/config.yaml").read_text("utf-8"))
    config["trainer"] |= {"devices": 2, "strategy": "ddp", "accelerator": "gpu"}
    (tmp_path / "run/config.yaml").write_text(yaml.safe_dump(config))
    assert "40 lines" in train("predict", str(tmp_path / "run"), "new.npz", *QUIET)
