"""The file of predictions: what stands in it, and that it is whole or not there."""

from __future__ import annotations

import csv
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from ref_numpy import BinaryCrossEntropy, DataSpec, Hinge, InputError, Loss, Standardiser
from torch_impl.results.prediction_file import PredictionFile, file_for

NAMES = ("a,b", 'say "c"', "d\ne", "猫")
THIRD = np.float32(1 / 3)
ONE = Standardiser(np.array([[1000.0]]), np.array([[0.5]]))

# What a network gave (m, n_y), and the lines that are read.
CASES: dict[str, tuple[DataSpec, Any, list[list[str]]]] = {
    "classes": (
        DataSpec((1,), "classes", NAMES),
        [[0.25, 0.5, 0.125, 0.125], [0, 0, 0, 1]],
        [["prediction", *NAMES], [NAMES[1], "0.25", "0.5", "0.125", "0.125"],
         ["猫", "0.0", "0.0", "0.0", "1.0"]],
    ),
    "binary": (
        DataSpec((1,), "binary", ("no", "yes")),
        [[0.75], [0.5]],
        [["prediction", "no", "yes"], ["yes", "0.25", "0.75"], ["no", "0.5", "0.5"]],
    ),
    "labels": (
        DataSpec((1,), "multilabel", ("x", "y")),
        [[0.75, THIRD]],
        [["x", "y"], ["0.75", str(THIRD)]],
    ),
    "one number": (
        DataSpec((1,), "regression", ("0",), None, ONE),
        [[2.0], [-1.0]],
        [["prediction"], ["1001.0"], ["999.5"]],
    ),
    "two numbers": (
        DataSpec((1,), "regression", ("0", "1")),
        [[2.0, 0.5]],
        [["prediction 0", "prediction 1"], ["2.0", "0.5"]],
    ),
}  # fmt: skip


def written(
    path: Path, spec: DataSpec, *batches: Any, fails: bool = False, names: Any = None,
    loss: Loss = BinaryCrossEntropy(),  # noqa: B008  (which is frozen)
    positions: tuple[int, ...] = (),
) -> PredictionFile:  # fmt: skip
    """As Lightning calls it."""
    writer = PredictionFile(path)
    data = SimpleNamespace(described=spec, part_to_predict="test", row_names=names or {})
    shape = (spec.n_y, *positions)
    network = SimpleNamespace(spec=SimpleNamespace(loss=loss, output_shape=shape))
    nobody = SimpleNamespace(datamodule=data, network=network)
    writer.on_predict_start(nobody, nobody)  # pyright: ignore[reportArgumentType]
    for k, batch in enumerate(batches):
        writer.on_predict_batch_end(nobody, nobody, batch, None, k)  # pyright: ignore[reportArgumentType]
        assert not path.exists()
    if fails:
        writer.on_exception(nobody, nobody, RuntimeError())  # pyright: ignore[reportArgumentType]
    else:
        writer.on_predict_end(nobody, nobody)  # pyright: ignore[reportArgumentType]
    return writer


@pytest.mark.parametrize("name", CASES)
def test_a_line_an_example(tmp_path: Path, name: str) -> None:
    spec, outputs, expected = CASES[name]
    batches = torch.tensor(np.array(outputs, np.float32)).split(1)
    writer = written(tmp_path / "p.csv", spec, *batches)
    with (tmp_path / "p.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == expected
    assert writer.rows == len(outputs)
    assert [path.name for path in tmp_path.iterdir()] == ["p.csv"]


def test_a_file_that_is_an_example_is_the_first_column(tmp_path: Path) -> None:
    spec, outputs, expected = CASES["classes"]
    files = ["cat/a,b.png", "dog/1.png"]
    batches = torch.tensor(np.array(outputs, np.float32)).split(1)
    written(tmp_path / "p.csv", spec, *batches, names={"test": ("file", files)})
    with (tmp_path / "p.csv").open(encoding="utf-8", newline="") as file:
        named = [[name, *row] for name, row in zip(["file", *files], expected, strict=True)]
        assert list(csv.reader(file)) == named


def test_probabilities_of_half_precision_are_those_numbers(tmp_path: Path) -> None:
    spec = DataSpec((1,), "multilabel", ("x",))
    third = torch.tensor([[1 / 3]], dtype=torch.bfloat16)
    written(tmp_path / "p.csv", spec, third)
    assert np.float32((tmp_path / "p.csv").read_text().split()[1]) == third.item()


def test_a_run_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    spec = DataSpec((1,), "multilabel", ("x",))
    (tmp_path / "p.csv").write_text("before")
    writer = PredictionFile(tmp_path / "p.csv")
    writer.on_exception(SimpleNamespace(), SimpleNamespace(), RuntimeError())  # pyright: ignore[reportArgumentType]
    (tmp_path / "p.csv").rename(tmp_path / "kept")
    written(tmp_path / "p.csv", spec, torch.ones(3, 1), fails=True)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_predictions_are_replaced_and_nothing_else(tmp_path: Path) -> None:
    """Not the table that is predicted, nor another file, nor predictions of other classes."""
    path, spec = tmp_path / "p.csv", DataSpec((1,), "binary", ("no", "yes"))
    for before, ours in (
        (b"prediction,no,yes\nyes,0.0,1.0\n", True), (b"", False), (b"age,answer\n3,yes\n", False),
        (b"prediction,a,b\na,1.0,0.0\n", False), (b"PK\x03\xff\xfe", False),
    ):  # fmt: skip
        path.write_bytes(before)
        writer = PredictionFile(path)
        data = SimpleNamespace(described=spec, part_to_predict="test", row_names={})
        network = SimpleNamespace(
            spec=SimpleNamespace(loss=BinaryCrossEntropy(), output_shape=(1,))
        )
        trainer: Any = SimpleNamespace(datamodule=data, network=network)
        if ours:
            writer.on_predict_start(trainer, trainer)
            assert writer.replaced
            writer.on_predict_end(trainer, trainer)
            assert path.read_text() == "prediction,no,yes\n"
            continue
        with pytest.raises(InputError) as refused:
            writer.on_predict_start(trainer, trainer)
        assert refused.value.code == "predict.exists"
        assert (path.read_bytes(), [*tmp_path.iterdir()]) == (before, [path])


def test_the_place_of_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "logs" / "version_3"
    assert file_for(None, folder) == folder / "predictions.csv"
    assert folder.is_dir()
    assert file_for(str(tmp_path / "mine.csv"), folder) == tmp_path / "mine.csv"
    for impossible in (tmp_path, tmp_path / "no" / "mine.csv"):
        with pytest.raises(InputError, match="name a file in a folder that exists") as refused:
            file_for(str(impossible), folder)
        assert refused.value.code == "predict.out"


def test_of_two_classes_a_hinge_network_gives_the_score(tmp_path: Path) -> None:
    """Above 0 the second is predicted."""
    spec = DataSpec((1,), "binary", ("no", "yes"))
    scores = torch.tensor([[0.25], [0.0], [-3.0]])
    written(tmp_path / "scores.csv", spec, scores, loss=Hinge())
    lines = (tmp_path / "scores.csv").read_text().splitlines()
    assert lines == ["prediction,score", "yes,0.25", "no,0.0", "no,-3.0"]
    labels = DataSpec((1,), "multilabel", ("x", "y"))
    written(tmp_path / "labels.csv", labels, torch.tensor([[0.25, -2]]), loss=Hinge())
    assert (tmp_path / "labels.csv").read_text().splitlines() == ["x,y", "0.25,-2.0"]


@pytest.mark.parametrize("names", [None, {"test": ("row", [7, 4, 9])}])
def test_an_example_has_a_line_for_each_position(names: Any, tmp_path: Path) -> None:
    """(m, T, n), in two batches; rows and positions are counted from 1."""
    spec = DataSpec((2,), "classes", ("a", "b", "c"))
    outputs = np.random.default_rng(0).dirichlet([1, 1, 1], (3, 2)).astype(np.float32)
    batches = torch.from_numpy(outputs).split(2)
    path = tmp_path / "predictions.csv"
    writer = written(path, spec, *batches, names=names, positions=(2,))
    assert (writer.rows, writer.lines) == (3, 6)
    with path.open(newline="") as file:
        header, *lines = csv.reader(file)
    assert header == ["row", "position", "prediction", "a", "b", "c"]
    numbers = names["test"][1] if names else [1, 2, 3]
    for line, (k, t) in zip(lines, np.ndindex(3, 2), strict=True):
        row = outputs[k, t]
        assert line == [str(numbers[k]), str(t + 1), "abc"[row.argmax()], *map(str, row)]
