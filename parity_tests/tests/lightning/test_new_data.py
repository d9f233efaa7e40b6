"""A trained network and a second file: its statistics, names and task are those of the training."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import ref_numpy
from ref_numpy import Array
from torch_impl.data.shards.shard_files import write_shards

pytestmark = pytest.mark.filterwarnings("ignore")

QUIET = (
    "--trainer.accelerator", "cpu", "--trainer.enable_progress_bar", "false",
    "--trainer.enable_model_summary", "false",
)  # fmt: skip
M_NEW = 185
BEST = "lightning_logs/version_0/checkpoints/best.ckpt"
WEIGHTS = "lightning_logs/version_0/weights.safetensors"


def rule(x: Array) -> Array:
    return x[:, 0] + x[:, 1] ** 2 > 0.5


def experiment(offset: float = 0.0) -> tuple[Array, Array]:
    """x ~ N(0, 1), (400, 5), and 185 other rows with x₀ > 0.3, all beside `offset`."""
    rng = np.random.default_rng(0)
    old, many = rng.standard_normal((400, 5)), rng.standard_normal((1000, 5))
    return old + offset, many[many[:, 0] > 0.3][:M_NEW] + offset


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """old.npz, new.npz and others; and, in lightning_logs/, a training on the first."""
    folder = tmp_path_factory.mktemp("two")
    old, new = experiment()
    names = np.array(["low", "high"])
    np.savez(folder / "old.npz", x=old, y=names[rule(old).astype(int)])
    np.savez(folder / "new.npz", x=new, y=names[rule(new).astype(int)])
    np.savez(folder / "bare.npz", x=new)
    np.savez(folder / "narrow.npz", x=new[:, :4], y=names[rule(new).astype(int)])
    np.savez(folder / "unknown.npz", x=new, y=np.where(np.arange(M_NEW) == 7, "medium", "low"))
    np.savez(folder / "test.npz", x_train=old, y_train=names[rule(old).astype(int)], x_test=new)
    for name, y in (("labelled", names[rule(new).astype(int)]), ("bare", None)):
        ends = ((0, 100), (100, 101), (101, M_NEW))
        write_shards(folder / name / "test", ((new[a:b], rule(new)[a:b]) for a, b in ends))
        for k, (a, b) in enumerate(ends):
            path = folder / name / "test" / f"y_00{k}.npy"
            path.unlink() if y is None else np.save(path, y[a:b])
    return folder


@pytest.fixture
def train(files: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Callable[..., str]:
    """train(*args): what `train.py` prints, in the folder of the files, after one training."""
    pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")
    import train as program

    monkeypatch.chdir(files)

    def run(*args: str) -> str:
        program.main([*args])
        return capsys.readouterr().out

    if not Path(BEST).is_file():
        run(
            "fit", "--data", "NpzFile", "--data.path", "old.npz", "--model.hidden_units", "[32]",
            "--model.learning_rate", "0.01", "--model.lambd", "0", "--trainer.max_epochs", "60",
            "--data.test_fraction", "0.3", *QUIET,
        )  # fmt: skip
    return run


def outcome(train: Callable[..., str], command: str, data: str, *args: str) -> str:
    """What a command prints of the trained network and other data."""
    kind = ("NpzFile", "--data.path") if data.endswith(".npz") else ("NpyShards", "--data.folder")
    return train(
        command, "--data", *kind, data, "--model.hidden_units", "[32]", "--model.lambd", "0",
        "--ckpt_path", BEST, *QUIET, *args,
    )  # fmt: skip


def line(name: str, output: str) -> str:
    (found,) = re.findall(rf"^{name} +(\S.*)$", output, re.MULTILINE)
    return found


def rows_of(path: str) -> tuple[list[str], list[list[str]]]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


@pytest.mark.slow
@pytest.mark.parametrize("data", ["new.npz", "labelled"])
def test_its_accuracy_on_a_second_file_is_one_number(train: Any, data: str) -> None:
    """By `test`, by `predict`, by the lines of predictions.csv, and by the weights file alone."""
    _, new = experiment()
    right = np.where(rule(new), "high", "low")
    spec, params = ref_numpy.load(WEIGHTS)
    meaning = ref_numpy.load_data_spec(WEIGHTS)
    assert meaning.names == ("high", "low")
    activations, _ = ref_numpy.forward(spec, params, meaning.to_X(new))
    ours = int((meaning.to_predictions(activations[spec.output]) == right).sum())
    assert ours / M_NEW >= 0.95

    output = outcome(train, "test", data)
    assert line("test accuracy", output).startswith(f"{ours / M_NEW:.2%} of {M_NEW} examples; ")
    assert line("task", output) == "2 classes: high, low"
    assert line("data", output).startswith(f"{data}: all {M_NEW} rows")

    output = outcome(train, "predict", data, "--out", f"{data}.csv")
    assert line("accuracy", output) == f"{ours / M_NEW:.2%} of {M_NEW} examples"
    assert line("predictions", output) == f"{data}.csv, {M_NEW} lines"
    header, rows = rows_of(f"{data}.csv")
    assert header == ["prediction", "high", "low"]
    assert sum(row[0] == name for row, name in zip(rows, right, strict=True)) == ours
    probabilities = np.array([row[1:] for row in rows], float)
    assert [header[1 + k] for k in probabilities.argmax(axis=1)] == [row[0] for row in rows]


@pytest.mark.slow
def test_without_labels_there_are_only_predictions(train: Any, capsys: Any) -> None:
    outcome(train, "predict", "new.npz", "--out", "labelled.csv")
    for data in ("bare.npz", "bare"):
        output = outcome(train, "predict", data)
        path = line("predictions", output).split(",")[0]
        assert re.fullmatch(r"lightning_logs/version_\d+/predictions.csv", path)
        assert Path(path).read_bytes() == Path("labelled.csv").read_bytes()
        assert "accuracy" not in output
        for command in ("test", "validate"):
            assert refused(outcome, train, capsys, command, data).startswith(
                f"{data} has no labels y, which all but predict need"
            )


def refused(call: Any, train: Any, capsys: Any, *args: str) -> str:
    """The one sentence of exit code 2."""
    with pytest.raises(SystemExit) as ended:
        call(train, *args)
    assert ended.value.code == 2
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("train.py: error: ")
    return last.removeprefix("train.py: error: ")


@pytest.mark.slow
def test_on_the_data_of_the_training_it_is_the_held_out_part(train: Any) -> None:
    """As it was split then, by 0.3; also where there is a test set without labels beside it."""
    sizes = {"test": "120 of 400, held out to test", "validate": "28 of 400, held out to validate"}
    for command, said in sizes.items():
        assert line("data", outcome(train, command, "old.npz")) == f"old.npz: {said}"
    assert line("accuracy", outcome(train, "predict", "old.npz")).endswith(" of 120 examples")
    own = outcome(train, "predict", "test.npz")
    assert line("data", own) == f"test.npz: all {M_NEW} of its test set, which has no labels"
    assert line("predictions", own).endswith(f"{M_NEW} lines")
    assert line("data", outcome(train, "test", "test.npz")) == f"test.npz: {sizes['test']}"


@pytest.mark.slow
def test_what_does_not_fit_the_network_is_one_sentence(train: Any, capsys: Any) -> None:
    for command in ("test", "predict"):
        assert refused(outcome, train, capsys, command, "narrow.npz") == (
            "an example has shape (4,); expected (5,), as the training examples have: give the "
            "same columns, in the same order."
        )
        assert refused(outcome, train, capsys, command, "unknown.npz").startswith(
            "the label of example 7 is medium, and the network knows 2 classes: high, low; "
        )
    for option, value, theirs in (
        ("task", "regression", "binary"), ("standardise", "none", "features"),
        ("val_fraction", "0.1", None), ("test_fraction", "0.2", "0.3"), ("split_seed", "5", "0"),
    ):  # fmt: skip
        given = ("test", "old.npz", f"--data.{option}", value)
        if theirs is None:
            outcome(train, *given)  # the same option once more
            continue
        assert refused(outcome, train, capsys, *given) == (
            f"--data.{option} {value} has no effect on a network that was trained with {theirs}; "
            f"leave it out."
        )
    Path("folder.csv").mkdir()
    for out in ("folder.csv", "nowhere/x.csv"):
        assert refused(outcome, train, capsys, "predict", "new.npz", "--out", out).startswith(
            f"{out} cannot be written; name a file in a folder that exists"
        )


@pytest.mark.slow
def test_an_older_checkpoint_is_refused_with_what_it_lacks(train: Any, capsys: Any) -> None:
    """It is resumed, by the data that it had; to be tested it lacks their statistics."""
    Path("before").mkdir()
    for name in ("best", "last"):
        checkpoint = torch.load(Path(BEST).with_name(f"{name}.ckpt"), weights_only=True)
        state = checkpoint.pop("data")
        torch.save(checkpoint, f"before/{name}.ckpt")
    torch.save(checkpoint | {"data": state | {"format": 99}}, "newer.ckpt")
    for command in ("test", "validate", "predict"):
        again = ("--ckpt_path", "before/best.ckpt")
        said = refused(outcome, train, capsys, command, "new.npz", *again)
        assert "recorded no statistics, columns and class names of its data" in said
        said = refused(outcome, train, capsys, command, "new.npz", "--ckpt_path", "newer.ckpt")
        assert "has format 99, and this version reads formats up to 1" in said
    more = ("--data.test_fraction", "0.3", "--model.learning_rate", "0.01",
            "--trainer.max_epochs", "61", "--ckpt_path", "before/last.ckpt")  # fmt: skip
    output = outcome(train, "fit", "old.npz", *more)
    assert "120 of 120 predictions equal" in output
    resumed = torch.load(Path(line("checkpoint", output)).with_name("last.ckpt"), weights_only=True)
    assert resumed["data"]["fingerprint"] == state["fingerprint"]
    assert resumed["epoch"] == 61
