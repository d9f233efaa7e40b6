"""Train on ten real tables, beside scikit-learn: benchmarks.accuracies.own_tables [NAME …].

Each table is a file; it is trained by one command of `train.py` and predicted by one more, with the
same options for all. Beside it is scikit-learn's MLP of the same size in a Pipeline, with its other
settings as they are, trained on every row that is not in the test part. Over five splits: the mean
accuracy or R² of the same test rows, and the mean difference in its standard errors.

Exits with 1 where a mean is lower by more than one standard error of the paired difference.
"""

from __future__ import annotations

import argparse
import csv
import logging
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Collection, Iterable
from contextlib import chdir, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.impute import SimpleImputer
from sklearn.metrics import accuracy_score, r2_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import train
from benchmarks import tables
from benchmarks.accuracies.table_sources import NAMES, TABLES, Source
from parity_tests.checking.console import plain_console
from ref_numpy.terminal import run_command
from torch_impl.data import Table

SPLITS = range(5)
OPTIONS = [
    "--model.hidden_units", "[64]", "--model.learning_rate", "0.003", "--data.batch_size", "32",
    "--data.batches_per_step", "60", "--trainer.max_epochs", "100",
    "--trainer.check_val_every_n_epoch", "20", "--last.epoch_seconds", "60",
    "--trainer.enable_progress_bar", "false", "--trainer.accelerator", "cpu",
]  # fmt: skip


@dataclass(frozen=True)
class Scores:
    """Accuracy, or R², of a table over the splits.

    Attributes:
        name: of the table.
        what: accuracy or R².
        summary: what its columns became.
        ours: of each split.
        theirs: scikit-learn's.
        seconds: of a training and a prediction, the median.
    """

    name: str
    what: str
    summary: str
    ours: list[float]
    theirs: list[float]
    seconds: float

    @property
    def difference(self) -> float:
        """The mean of ours − theirs."""
        return statistics.mean(a - b for a, b in zip(self.ours, self.theirs, strict=True))

    @property
    def standard_error(self) -> float:
        """That of the mean difference."""
        differences = [a - b for a, b in zip(self.ours, self.theirs, strict=True)]
        return statistics.stdev(differences) / sqrt(len(differences))

    @property
    def is_as_good(self) -> bool:
        """Whether ours is lower by one standard error at most."""
        return self.difference >= -self.standard_error


def commands(source: Source, path: str, split: int, *more: str) -> list[dict[str, str]]:
    """Train and predict by `train.py`; return the lines of the predictions."""
    result: Any = train.main([
        "fit", "--data", "Table", "--data.path", path, *source.options, "--data.split_seed",
        str(split), "--seed_everything", str(split), *OPTIONS, *more,
    ])  # fmt: skip
    train.main(["predict", str(result.folder), "--out", "predictions.csv"])
    with Path("predictions.csv").open(encoding="utf-8", newline="") as file:
        return [*csv.DictReader(file)]


def theirs(source: Source, data: Table, frame: Any, test: Any, split: int) -> Any:
    """Return scikit-learn's predictions for the test rows, with the columns that ours uses."""
    assert data.spec is not None
    assert data.spec.table is not None
    names = {kind: [c.name for c in data.spec.table.columns if c.kind == kind]
             for kind in ("number", "boolean", "category", "date")}  # fmt: skip
    frame = frame.copy()
    for name in names["date"]:
        frame[name] = (frame[name].astype("datetime64[s]") - np.datetime64("1970-01-01")).dt.days
    frame[names["category"]] = frame[names["category"]].astype(object).fillna("missing")
    frame[names["boolean"]] = frame[names["boolean"]].astype(float)
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    words = OneHotEncoder(handle_unknown="ignore")
    numeric = names["number"] + names["date"] + names["boolean"]
    columns = ColumnTransformer([("n", numbers, numeric), ("c", words, names["category"])])
    kind: Any = MLPRegressor if data.spec.task == "regression" else MLPClassifier
    mlp = kind(hidden_layer_sizes=(64,), max_iter=400, random_state=split)
    target = source.target[0] if len(source.target) == 1 else [*source.target]
    rest = np.setdiff1d(np.arange(len(frame)), test)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where it has not converged
        if data.spec.task == "regression":  # as ours does: its targets are standardised
            mlp = TransformedTargetRegressor(mlp, transformer=StandardScaler())
        model = make_pipeline(columns, mlp).fit(frame.iloc[rest], frame[target].iloc[rest])
        return model.predict(frame.iloc[test])


def scores(source: Source, splits: Iterable[int] = SPLITS, *more: str) -> Scores:
    """Train on a table with each split, with further options."""
    ours, others, seconds = [], [], []
    what = summary = ""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        frame, path = source.write(Path(folder))
        for split in splits:
            parts = None if source.date_parts is None else [*source.date_parts]
            data = Table(
                path, [*source.target], split_seed=split, task=source.task, date_parts=parts
            )
            spec, test = data.described, data.rows["test"].chosen  # pyright: ignore[reportAttributeAccessIssue]
            assert spec.table is not None
            what = "R²" if spec.task == "regression" else "accuracy"
            summary = spec.table.summary + (" (date_parts [])" if parts == [] else "")
            score: Any = r2_score if spec.task == "regression" else accuracy_score
            begun = time.perf_counter()
            with redirect_stdout(StringIO()):
                lines = commands(source, path, split, *more)
            seconds.append(time.perf_counter() - begun)
            predicted = np.array([[*line.values()][1 : 1 + len(source.target)] for line in lines])
            assert [int(line["row"]) - 1 for line in lines] == test.tolist()
            right = frame[[*source.target]].iloc[test].to_numpy()
            if spec.task == "regression":
                ours.append(score(right.astype(float), predicted.astype(float)))
            else:
                ours.append(score(right.astype(str).ravel(), predicted.ravel()))
            found = theirs(source, data, frame, test, split)
            others.append(score(right, found))
    return Scores(source.name, what, summary, ours, others, statistics.median(seconds))


def measure(quick: bool = False, names: Collection[str] = NAMES) -> list[Scores]:
    """Train on the tables of these names; quick: on the first table, two splits, one epoch."""
    torch.set_num_threads(1)  # small networks: threads wait for each other on a busy machine
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    if quick:
        more = ("--trainer.max_epochs", "1", "--trainer.check_val_every_n_epoch", "1")
        return [scores(TABLES[0], SPLITS[:2], *more)]
    found = []
    for source in TABLES:
        if source.name in names:
            found.append(scores(source))
            print(found[-1], file=sys.stderr)
    return found


def main() -> int:
    """Print the table; return 1 where ours is worse."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracies.own_tables", description=__doc__
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="of the tables; all of them")
    found = measure(names=parser.parse_args().names or NAMES)
    plain_console(soft_wrap=True).print(tables.own_tables(found))
    return 0 if all(one.is_as_good for one in found) else 1


if __name__ == "__main__":
    sys.exit(run_command(main, "benchmarks"))
