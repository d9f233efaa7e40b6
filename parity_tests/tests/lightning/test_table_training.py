"""`train.py` on a table: from the file to predictions, resume, and the same by NumPy alone."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ref_numpy
from parity_tests.campaigns.crash_recovery import exact
from ref_numpy import InputError
from torch_impl.data import Table
from torch_impl.lightning.checkpoints import read

pd = pytest.importorskip("pandas")
pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")
pytestmark = pytest.mark.filterwarnings("ignore")

QUIET = ("--trainer.accelerator", "cpu", "--trainer.enable_progress_bar", "false")
RUN = Path("lightning_logs/version_0")
BEST = str(RUN / "checkpoints" / "best.ckpt")


def passengers(m: int = 300) -> Any:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({
        "age": np.where(rng.random(m) < 0.2, np.nan, rng.integers(1, 80, m)),
        "sex": rng.choice(["female", "male"], m),
        "name": [f"person {k}" for k in range(m)],
        "port": rng.choice(["S", "C", None], m),
        "day": (pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 99, m), "D")),
        "adult": rng.random(m) < 0.5,
        "fare": np.round(rng.lognormal(3, 1, m), 4),
    })  # fmt: skip
    frame["saved"] = np.where((frame["sex"] == "female") ^ (rng.random(m) < 0.05), "yes", "no")
    frame.loc[5, "saved"] = None
    return frame


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables, and in lightning_logs/ a training on the first one."""
    folder = tmp_path_factory.mktemp("table")
    passengers().to_csv(folder / "old.csv", index=False)
    new = passengers(50).drop(columns=["saved", "name"])
    new["more"] = 1
    new.loc[0, ["fare", "port"]] = [None, "unknown"]
    new[[*reversed(new.columns)]].to_csv(folder / "new.csv", index=False)
    passengers(40).to_csv(folder / "some.csv", index=False)
    new.drop(columns="age").to_csv(folder / "narrow.csv", index=False)
    passengers(40).replace({"saved": {"no": "maybe"}}).to_csv(folder / "other.csv", index=False)
    return folder


@pytest.fixture
def train(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Callable[..., str]:
    """train(*args): what `train.py` prints, in the folder of the tables, after one training."""
    import train as program

    monkeypatch.chdir(folder)

    def run(*args: str) -> str:
        program.main([*args])
        return capsys.readouterr().out

    if not Path(BEST).is_file():
        run(
            "fit", "--data", "Table", "--data.path", "old.csv", "--data.target", "saved",
            "--model.hidden_units", "[8]", "--model.learning_rate", "0.02",
            "--trainer.max_epochs", "10", "--data.batch_size", "32", *QUIET,
        )  # fmt: skip
    return run


def of_run(command: str, path: str, *args: str) -> tuple[str, ...]:
    return (command, "--config", str(RUN / "config.yaml"), "--ckpt_path", BEST, "--data.path", path,
            *QUIET, *args)  # fmt: skip


def line(name: str, output: str) -> str:
    (found,) = re.findall(rf"^{name} +(\S.*)$", output, re.MULTILINE)
    return found


def table_of(path: str) -> list[dict[str, str]]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return [*csv.DictReader(file)]


@pytest.mark.slow
def test_predictions_of_a_new_table_are_those_of_the_weights_file(train: Any) -> None:
    """Other order, more columns, no target, holes and an unknown word: text, by NumPy alone."""
    output = train(*of_run("predict", "new.csv", "--out", "p.csv"))
    assert line("data", output) == "new.csv: all 50 rows; not the training data"
    assert "as in the training" in line("columns", output)
    assert "1 unknown word in port" in line("columns", output)
    predicted = table_of("p.csv")
    assert len(predicted) == 50
    model, rows = ref_numpy.load_model(RUN), table_of("new.csv")
    assert [row["prediction"] for row in predicted] == model.predict(rows).tolist()
    right = np.where(passengers(50)["sex"] == "female", "yes", "no")
    assert np.mean(model.predict(rows) == right) >= 0.8

    data = Table("new.csv")
    data.follow(model_record(data))
    data.setup("predict")
    (x, _) = data.parts["test"][:]
    assert x.numpy().tobytes() == np.ascontiguousarray(model.data.to_X(rows).T).tobytes()
    # What is computed from the same bits differs by the rounding of float32 alone.
    ours = np.array([[float(row[name]) for name in ("no", "yes")] for row in predicted])
    assert np.abs(ours - model.probabilities(rows)).max() < 2**-18


def model_record(data: Table) -> Any:
    from torch_impl.data.trained_on import TrainedOn

    record = TrainedOn.of_checkpoint(read(BEST))
    assert record is not None
    return record


@pytest.mark.slow
def test_the_training_table_is_recognised_by_its_content(train: Any) -> None:
    output = train(*of_run("test", "old.csv"))
    assert line("data", output) == "old.csv: 60 of 299, held out to test"
    frame = passengers().drop(columns="name")
    frame[[*reversed(frame.columns)]].to_parquet("same.parquet")
    assert line("data", train(*of_run("test", "same.parquet"))).startswith(
        "same.parquet: 60 of 299"
    )


@pytest.mark.slow
def test_rows_without_a_target_are_predicted_too(train: Any) -> None:
    output = train(*of_run("predict", "some.csv", "--out", "p.csv"))
    assert "all 40 rows, some without labels" in line("data", output)
    assert len(table_of("p.csv")) == 40
    output = train(*of_run("test", "some.csv"))
    assert line("data", output) == "some.csv: all 39 rows; not the training data"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "path", "expected"),
    [
        ("predict", "narrow.csv", "the column 'age' is missing"),
        ("predict", "other.csv", "the target 'saved' holds 'maybe'"),
        ("test", "new.csv", "new.csv has no values of the target saved"),
        ("predict", "old.csv --data.max_categories 5", "max_categories 5 has no effect"),
    ],
)
def test_mistakes_are_one_sentence(
    train: Any, capsys: Any, command: str, path: str, expected: str
) -> None:
    with pytest.raises(SystemExit) as end:
        train(*of_run(command, *path.split()))
    assert end.value.code == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    assert expected in sentence


def test_a_checkpoint_of_arrays_does_not_take_a_table(train: Any, tmp_path: Path) -> None:
    from dataclasses import replace

    data = Table("new.csv")
    record = model_record(data)
    data.follow(replace(record, spec=replace(record.spec, table=None)))
    with pytest.raises(InputError) as refused:
        data.describe()
    assert refused.value.code == "table-file.not-trained"


@pytest.mark.slow
def test_a_changed_table_is_not_resumed(train: Any, capsys: Any) -> None:
    frame = passengers()
    frame.loc[7, "fare"] = 3
    frame.to_csv("changed.csv", index=False)
    with pytest.raises(SystemExit):
        train("fit", "--config", str(RUN / "config.yaml"), "--data.path", "changed.csv",
              "--ckpt_path", BEST, *QUIET)  # fmt: skip
    assert "the training data have another content" in capsys.readouterr().err


@pytest.mark.slow
def test_resume_ends_with_the_same_bits(train: Any) -> None:
    """From the middle of a run on a table, with standardised targets."""
    options = (
        "fit", "--data", "Table", "--data.path", "old.csv", "--data.target", "fare",
        "--data.batch_size", "32", "--model.hidden_units", "[6]", "--checkpoint.monitor",
        "val_cost", *QUIET,
    )  # fmt: skip
    train(*options, "--trainer.max_epochs", "6", "--last.dirpath", "whole")
    train(*options, "--trainer.max_epochs", "2", "--last.dirpath", "part")
    train(*options, "--trainer.max_epochs", "6", "--last.dirpath", "part",
          "--ckpt_path", "part/last.ckpt")  # fmt: skip
    whole, resumed = read("whole/last.ckpt"), read("part/last.ckpt")
    for part in ("state_dict", "optimizer_states", "costs", "data"):
        assert exact(resumed[part]) == exact(whole[part]), part
    assert whole["global_step"] == resumed["global_step"]


@pytest.mark.slow
def test_numpy_trains_and_torch_compares_on_tables(train: Any) -> None:
    options = (
        "--data", "Table", "--data.path", "old.csv", "--data.target", "saved",
        "--model.hidden_units", "[8]", "--trainer.max_epochs", "2", *QUIET,
    )  # fmt: skip
    for command in ("numpy", "compare"):
        output = train(command, *options)
        assert "1 row without saved left out" in line("columns", output)
        assert "60 to test" in line("data", output)
