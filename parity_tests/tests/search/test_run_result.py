"""What `main` of train.py returns, and a search that needs nothing else."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from parity_tests.tests.support.paths import ROOT
from parity_tests.tests.support.train_args import SMALL
from torch_impl.lightning.checkpoint_files import read

pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def main(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    return import_module("train").main


@pytest.mark.slow
def test_a_fit_returns_the_figures_of_the_chosen_epoch(main: Any, capsys: Any) -> None:
    """Those of metrics.csv, and the test's; all of them plain numbers."""
    result = main(["fit", *SMALL, "--trainer.max_epochs", "3", "--model.learning_rate", "0.1"])
    printed = capsys.readouterr().out
    values = json.loads(json.dumps(result.values, allow_nan=False))
    assert result.folder.resolve() == Path("lightning_logs/version_0").resolve()
    with (result.folder / "metrics.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for part in ("train", "val"):
        for kind in ("cost", "accuracy"):
            logged = [float(row[f"{part}_{kind}"]) for row in rows if row[f"{part}_{kind}"]]
            chosen = np.float32(logged[values["chosen_epoch"] - 1])  # which the log keeps
            assert chosen == np.float32(values[f"{part}_{kind}"])
    costs = [float(row["val_cost"]) for row in rows if row["val_cost"]]
    assert costs.index(min(costs)) == values["chosen_epoch"] - 1
    test = values["test"]
    assert (test["task"], test["examples"], values["epochs"]) == ("binary", 20, 3)
    assert {"precision", "recall", "f1", "count"} <= test["classes"]["1"].keys()
    assert f"test accuracy    {test['accuracy']:.2%} of 20 examples; baseline 50.00%" in printed
    assert all(Path(path).is_file() for path in values["files"].values())
    assert {"plane", "confusion", "weights", "checkpoint"} <= values["files"].keys()
    assert result["test"] is result.values["test"]


@pytest.mark.slow
def test_a_test_returns_the_same_figures_and_prints_them(main: Any, capsys: Any) -> None:
    fitted = main(["fit", *SMALL, "--trainer.max_epochs", "1"])
    table = re.search(r"class +precision.*?\n\n", capsys.readouterr().out, re.DOTALL)
    tested = main(["test", *SMALL, "--ckpt_path", fitted["files"]["checkpoint"]])
    assert table is not None
    printed = capsys.readouterr().out
    assert table[0] in printed
    assert printed.count(f"{tested['test']['accuracy']:.2%} of 20 examples") == 1
    assert "Test metric" not in printed  # Lightning's table
    assert tested["test"] == fitted["test"]
    assert tested["test_cost"] == fitted["test_cost"]


@pytest.mark.slow
def test_a_validation_returns_its_figures_and_prints_them_as_a_test_does(
    main: Any, capsys: Any
) -> None:
    fitted = main(["fit", *SMALL, "--trainer.max_epochs", "1"])
    capsys.readouterr()
    found = main(["validate", *SMALL, "--ckpt_path", fitted["files"]["checkpoint"]])
    printed = capsys.readouterr().out
    assert found["val_cost"] == fitted["val_cost"]
    assert found["val"]["accuracy"] == fitted["val_accuracy"]
    assert f"accuracy         {found['val']['accuracy']:.2%} of 8 examples; baseline" in printed
    assert "class  precision" in printed
    assert "Validate metric" not in printed  # Lightning's table


@pytest.mark.slow
def test_without_a_validation_the_last_epoch_is_chosen(main: Any, capsys: Any) -> None:
    words = [*SMALL, "--data.val_fraction", "0"]
    fitted = main(["fit", *words, "--trainer.max_epochs", "3"])
    assert "TwoMoons: 80 to train, none to validate, 20 to test" in capsys.readouterr().out
    assert (fitted["chosen_epoch"], fitted["epochs"], "val_cost" in fitted.values) == (3, 3, False)
    best = Path(fitted["files"]["checkpoint"])
    last = read(best.with_name("last.ckpt"))["state_dict"]
    assert all(torch.equal(w, last[name]) for name, w in read(best)["state_dict"].items())
    with pytest.raises(SystemExit) as ended:
        main(["validate", *words, "--ckpt_path", str(best)])
    assert ended.value.code == 2
    assert "no part to validate with" in capsys.readouterr().err


@pytest.mark.slow
def test_numpy_returns_a_result_and_predict_none(main: Any) -> None:
    result = main(["numpy", *SMALL, "--trainer.max_epochs", "2"])
    fitted = main(["fit", *SMALL, "--trainer.max_epochs", "2"])
    assert fitted.values.keys() - result.values.keys() == {"numpy_vs_torch", "checkpoint"}
    assert result.values.keys() < fitted.values.keys()
    written = json.loads(Path(result.folder, "report.json").read_text("utf-8"))
    others = {name: value for name, value in written.items() if name != "files"}
    assert others == {"format": 1} | {n: v for n, v in result.values.items() if n != "files"}
    assert written["files"]["weights"] == "weights.safetensors"
    for name in ("network", "data", "seed", "names", "parameters", "versions"):
        assert written[name] == fitted[name]
    assert result["test"]["examples"] == 20
    checkpoint = fitted["files"]["checkpoint"]
    assert main(["predict", *SMALL, "--ckpt_path", checkpoint, "--out", "p.csv"]) is None
    assert main(["--version"]) is None


@pytest.mark.slow
def test_a_resumed_run_has_the_accuracies_of_its_beginning(main: Any) -> None:
    whole = main(["fit", *SMALL, "--trainer.max_epochs", "4"])
    main(["fit", *SMALL, "--trainer.max_epochs", "2"])
    last = "lightning_logs/version_1/checkpoints/last.ckpt"
    resumed = main(["fit", *SMALL, "--trainer.max_epochs", "4", "--ckpt_path", last])
    for name in ("train_accuracy", "val_accuracy", "test"):
        assert resumed[name] == whole[name]


@pytest.mark.slow
def test_the_search_of_the_examples_finds_its_best_trial(tmp_path: Path) -> None:
    pytest.importorskip("optuna")
    done = subprocess.run(
        [sys.executable, str(ROOT / "lessons/examples/optuna_search.py"), "3"],
        cwd=tmp_path, check=True, capture_output=True, text=True,
    )  # fmt: skip
    best = re.search(r"^best: (\S+) \{.*\} in (\S+)$", done.stdout, re.MULTILINE)
    assert best is not None
    costs = re.findall(r"^validation cost +(\S+)$", done.stdout, re.MULTILINE)
    assert (len(costs), best[1]) == (3, min(costs, key=float))
    assert Path(tmp_path, best[2], "weights.safetensors").is_file()
