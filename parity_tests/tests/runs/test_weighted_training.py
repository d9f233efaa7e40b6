"""`train.py` with weights of classes and of examples: from a table to predictions."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ref_numpy
from parity_tests.campaigns.crash_recovery import exact
from ref_numpy import InputError
from torch_impl.lightning.checkpoint_files import read

pytest.importorskip("pandas")
pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")
pytestmark = [pytest.mark.slow, pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]

BALANCED = ("--data.class_weights", "balanced")
GIVEN = ("--data.class_weights", "{no: 1, yes: 5}", "--data.weights", "trust")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table with a class of one in eight, and one to predict, without weights and target."""
    folder, draw = tmp_path_factory.mktemp("rare"), np.random.default_rng(3)
    x = draw.normal(size=(400, 3))
    ill = np.where(1.5 * x[:, 0] + draw.logistic(size=400) > 2.9, "yes", "no")
    trust = np.round(draw.random(400) + 0.1, 2)
    with (folder / "old.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["a", "b", "c", "trust", "ill"])
        writer.writerows([*row, w, name] for row, w, name in zip(x, trust, ill, strict=True))
    with (folder / "new.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["c", "a", "b"], *draw.normal(size=(9, 3)).tolist()])
    return folder


@pytest.fixture
def main(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    import train

    monkeypatch.chdir(folder)
    return train.main


def of_training(command: str, *more: str) -> list[str]:
    return [
        command, "--data", "Table", "--data.path", "old.csv", "--data.target", "ill",
        "--data.batch_size", "32", "--model.hidden_units", "[4]", "--model.learning_rate", "0.02",
        "--model.lambd", "0", "--epochs", "8", "--trainer.accelerator", "cpu",
        "--trainer.enable_progress_bar", "false", *more,
    ]  # fmt: skip


def line(name: str, output: str) -> str:
    (found,) = re.findall(rf"^{name} +(\S.*)$", output, re.MULTILINE)
    return found


def recall_of_rare(result: Any) -> float:
    return result["test"]["classes"]["yes"]["recall"]


def test_the_rare_class_is_found_more_often(main: Any, capsys: Any) -> None:
    """All other figures of the test are as they were: no weight, and the baseline of all rows."""
    plain = main(of_training("fit", "--data.ignore", "[trust]"))
    assert "class weights" not in capsys.readouterr().out
    weighted = main(of_training("fit", "--data.ignore", "[trust]", *BALANCED))
    found = re.fullmatch(
        r"no ([\d.]+), yes ([\d.]+)", line("class weights", capsys.readouterr().out)
    )
    assert found is not None
    assert float(found[1]) < 1 < float(found[2])
    assert recall_of_rare(weighted) > recall_of_rare(plain) + 0.25
    assert weighted["test"]["baseline"] == plain["test"]["baseline"]
    # By a network that says the most frequent class, the cost of a test without weights is below.
    assert weighted["test_cost"] > plain["test_cost"]


def test_numpy_and_torch_train_to_the_same_costs(main: Any, capsys: Any) -> None:
    """Side by side at float64 to the last step; and each by itself to the same four decimals."""
    main(of_training("compare", *GIVEN, "--trainer.precision", "64-true", "--epochs", "2"))
    assert capsys.readouterr().out.count("✓") == 2
    by_numpy, by_torch = (main(of_training(command, *GIVEN)) for command in ("numpy", "fit"))
    for part in ("train_cost", "val_cost"):
        assert f"{by_numpy[part]:.4f}" == f"{by_torch[part]:.4f}"


def test_predictions_need_no_weights(main: Any) -> None:
    """A table without their column, by torch and by NumPy alone; and the held-out part is known."""
    run = main(of_training("fit", *GIVEN)).folder
    main(["predict", str(run), "new.csv", "--out", "p.csv"])
    with Path("p.csv").open(newline="") as file:
        predicted = [row["prediction"] for row in csv.DictReader(file)]
    with Path("new.csv").open(newline="") as file:
        rows = [*csv.DictReader(file)]
    assert predicted == ref_numpy.load_model(run).predict(rows).tolist()
    assert len(predicted) == 9


def test_a_resumed_run_has_the_same_weights(main: Any, capsys: Any) -> None:
    """To the bit; with others it is refused, with the difference."""
    whole = main(of_training("fit", *GIVEN)).folder
    first = main(of_training("fit", *GIVEN, "--epochs", "3")).folder
    resumed = main(["resume", str(first), "--epochs", "8"]).folder
    last = [read(folder / "checkpoints" / "last.ckpt") for folder in (whole, resumed)]
    for part in ("state_dict", "optimizer_states", "costs"):
        assert exact(last[0][part]) == exact(last[1][part])
    assert last[0]["data"]["options"]["class weights"] == {"no": 1, "yes": 5}
    capsys.readouterr()
    others = {
        "class weights": (BALANCED, ("--data.class_weights", "null")),
        "example weights": (("--data.weights", "null", "--data.ignore", "[trust]"),),
    }
    for name, given in ((name, given) for name, every in others.items() for given in every):
        with pytest.raises((SystemExit, InputError)):
            main(["resume", str(first), "--epochs", "8", *given])
        error = capsys.readouterr().err
        assert re.search(rf"{name} .* in the checkpoint, ", error), given
