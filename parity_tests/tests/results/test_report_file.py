"""report.json: plain JSON, written whole, with paths that move with the run."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from ref_numpy import InputError
from torch_impl.results.report_file import as_json, epoch_of, write_report
from torch_impl.results.run_result import History, values_of_run


def test_a_report_is_plain_json(tmp_path: Path) -> None:
    values = {
        "accuracy": np.float32(0.5), "cost": math.nan, "rows": np.int64(7), "names": ("a", "ŷ"),
        "files": {"weights": tmp_path / "w.safetensors", "elsewhere": Path("/data/x.csv")},
        "nothing": None, "precision": 1j, "infinite": [-math.inf, 2.0], "done": True,
    }  # fmt: skip
    path = write_report(tmp_path, values)
    text = path.read_text("utf-8")
    assert "ŷ" in text
    assert json.loads(text, parse_constant=pytest.fail) == {
        "format": 1, "accuracy": 0.5, "cost": None, "rows": 7, "names": ["a", "ŷ"],
        "files": {"weights": "w.safetensors", "elsewhere": "/data/x.csv"},
        "nothing": None, "precision": "1j", "infinite": [None, 2.0], "done": True,
    }  # fmt: skip
    assert [p.name for p in tmp_path.iterdir()] == ["report.json"]
    with pytest.raises(InputError) as refused:
        write_report(tmp_path / "never", values)
    assert refused.value.code == "file.not-written"


def test_paths_are_relative_to_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert as_json(Path("run/a/b.png"), tmp_path / "run") == "a/b.png"
    assert as_json(Path("other.png"), tmp_path / "run") == str(tmp_path / "other.png")


def test_the_values_of_the_chosen_epoch() -> None:
    costs = {"train": [3.0, 2.0, 1.0], "val": [3.5, 1.5, math.nan]}
    accuracies = {"train": [0.5, 0.75, 1.0], "val": [0.25, 0.5, math.nan]}
    values = values_of_run(History(costs, accuracies, 1), 1.75, {"task": "binary"})
    assert values == {
        "epochs": 3, "chosen_epoch": 2, "train_cost": 2.0, "val_cost": 1.5,
        "train_accuracy": 0.75, "val_accuracy": 0.5, "test_cost": 1.75, "test": {"task": "binary"},
    }  # fmt: skip
    for epoch in (None, 3):  # within an epoch; before it counts as done
        assert values_of_run(History(costs, accuracies, epoch), None, None) == {"epochs": 3}


def test_the_epoch_of_a_checkpoint() -> None:
    two = {"costs": {"train": [2.0, 1.0], "val": [2.0, 1.0]}}
    none = {"costs": {"train": [], "val": []}}
    for checkpoint, epoch in (
        ({**two, "epoch": 1, "latest": {}, "epoch_sums": [0.0, 0.0, 0.0]}, 1),  # at its end
        ({**two, "epoch": 2, "latest": {}, "epoch_sums": [0.0, 0.0, 0.0]}, 1),  # at the run's
        ({**two, "epoch": 2, "latest": {}, "epoch_sums": [9.0, 0.0, 16.0]}, None),  # within
        ({**two, "epoch": 2, "latest": {"val_cost": 1.0}, "epoch_sums": [9.0, 0.0, 72.0]}, 2),
        ({**none, "epoch": 0, "latest": {}, "epoch_sums": [0.0, 0.0, 0.0]}, None),  # at the start
        ({"epoch": 4}, 4),  # of an older version
    ):
        assert epoch_of(checkpoint) == epoch
