"""Time and memory of a large table, beside scikit-learn (python -m benchmarks.large_table).

M rows of 100 columns, one of them words, one with holes, from a Parquet file, with one hidden layer
of 64 units: read it, encode it, train for one epoch, test, and predict the test rows. Each side has
a process of its own with one thread; the memory is the most that the process ever had.
"""

from __future__ import annotations

import argparse
import logging
import resource
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import tables, threads
from parity_tests.checking.console import plain_console
from ref_numpy.terminal import run_command

ROWS, COLUMNS, UNITS, BATCH = 1_000_000, 100, 64, 4096
STEPS = ("import", "read and fit", "encode", "epoch", "test", "predict")


@dataclass(frozen=True)
class LargeTable:
    """The cost of a large table.

    Attributes:
        side: train.py or scikit-learn.
        rows: of the table.
        columns: of the table.
        seconds: of each step, by its name.
        gigabytes: the most memory that the process ever had, in GiB.
    """

    side: str
    rows: int
    columns: int
    seconds: dict[str, float]
    gigabytes: float


def write(path: Path, m: int) -> None:
    """Write the table."""
    import pandas as pd

    rng = np.random.default_rng(0)
    x = rng.standard_normal((m, COLUMNS))
    frame = pd.DataFrame(x, columns=[f"x{k}" for k in range(COLUMNS)])
    frame["y"] = x[:, :10].sum(axis=1) + x[:, 10] * x[:, 11] > 0
    frame["x98"] = rng.choice([*"abcdefgh"], m)
    frame.loc[::50, "x99"] = np.nan
    frame.to_parquet(path)


def ours(path: Path) -> Iterator[None]:
    """Yield after each step of this package."""
    import torch

    from torch_impl.data import Table
    from torch_impl.lightning.module import NetworkModule
    from torch_impl.lightning.trainer import Trainer

    torch.set_num_threads(1)
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    yield
    data = Table(str(path), "y", batch_size=BATCH)
    data.describe()
    yield
    data.setup("fit")
    yield
    module = NetworkModule(data.n_x, data.n_y, data.output, [UNITS])
    trainer = Trainer(
        max_epochs=1, accelerator="cpu", logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, default_root_dir=path.parent,
    )  # fmt: skip
    trainer.fit(module, data)
    yield
    trainer.test(module, data, verbose=False)
    yield
    trainer.predict(module, datamodule=data, out=str(path.parent / "predictions.csv"))
    yield


def theirs(path: Path) -> Iterator[None]:
    """Yield after each step of scikit-learn, which fits where it encodes."""
    import pandas as pd
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.model_selection import train_test_split
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    yield
    frame = pd.read_parquet(path)
    y = frame.pop("y")
    parts = train_test_split(frame, y, test_size=0.2, random_state=0)
    yield
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    names = [name for name in frame.columns if name != "x98"]
    columns = ColumnTransformer([("n", numbers, names), ("c", OneHotEncoder(), ["x98"])])
    train = columns.fit_transform(parts[0])
    yield
    kind: Any = MLPClassifier
    model = kind((UNITS,), batch_size=BATCH, max_iter=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(train, parts[2])
    yield
    model.score(columns.transform(parts[1]), parts[3])
    yield
    found = model.predict_proba(columns.transform(parts[1]))
    pd.DataFrame(found).to_csv(path.parent / "theirs.csv")
    yield


def run(side: Callable[[Path], Iterator[None]], path: Path) -> tuple[list[float], float]:
    """Return the seconds of each step, and the most memory in GiB."""
    seconds: list[float] = []
    warnings.simplefilter("ignore")
    with redirect_stdout(StringIO()):
        begun = time.perf_counter()
        for _ in side(path):
            seconds.append(time.perf_counter() - begun)
            begun = time.perf_counter()
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def measure(rows: int = ROWS) -> list[LargeTable]:
    """Measure both sides, each in a process of its own with one thread."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.parquet"
        threads.run_in_process(1, write, path, rows)
        return [
            LargeTable(name, rows, COLUMNS, dict(zip(STEPS, seconds, strict=True)), memory)
            for name, side in (("train.py", ours), ("scikit-learn", theirs))
            for seconds, memory in [threads.run_in_process(1, run, side, path)]
        ]


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.large_table", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, metavar="M")
    found = measure(parser.parse_args().rows)
    plain_console(soft_wrap=True).print(tables.large_tables(found))
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main, "benchmarks"))
