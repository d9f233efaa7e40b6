"""Train on MNIST-1D and compare with the paper (python -m benchmarks.accuracies.mnist1d).

Trains the shipped configs mnist1d_logistic and mnist1d_mlp as `train.py` does, from five seeds;
each seed is that of the split as well. Exits with 1 where the mean test accuracy is more than 2
points from that of Greydanus & Kobak, *Scaling down deep learning*, ICML 2024, arXiv 2011.14439.

With --choose it shows instead how their λ was chosen, by the validation cost alone.
"""

from __future__ import annotations

import argparse
import csv
import logging
import statistics
import sys
import tempfile
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from rich.table import Table

import train
from benchmarks import tables
from parity_tests.checking.console import plain_console
from ref_numpy.terminal import run_command

PAPER = {"mnist1d_logistic": 32.0, "mnist1d_mlp": 68.0}  # test accuracy, percent
WITHIN = 2.0  # percentage points
SEEDS = range(5)
LAMBDS = (0, 0.03, 0.1, 0.3, 1)


@dataclass(frozen=True)
class Run:
    """The result of one training.

    Attributes:
        val_cost: The lowest validation cost of all epochs.
        accuracy: That epoch's accuracy on the test set, in percent.
    """

    val_cost: float
    accuracy: float


def trained(config: str, seed: int, *options: str) -> Run:
    """Run train.py once, and read the result from its metrics.csv."""
    print(config, *options, f"seed {seed}", file=sys.stderr)
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        with redirect_stdout(StringIO()):
            train.main([
                "fit", "--config", config, *options,
                "--seed_everything", str(seed), "--data.split_seed", str(seed),
                "--data.batches_per_step", "18",  # quicker, and the weights are the same
                "--trainer.default_root_dir", folder, "--trainer.enable_progress_bar", "false",
                "--trainer.enable_model_summary", "false",
            ])  # fmt: skip
        (path,) = Path(folder).rglob("metrics.csv")
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    logged = {
        name: [float(row[name]) for row in rows if row[name]]
        for name in ("val_cost", "test_accuracy")
    }
    (accuracy,) = logged["test_accuracy"]
    return Run(min(logged["val_cost"]), 100 * accuracy)


@dataclass(frozen=True)
class Accuracy:
    """The test accuracies of one config, in percent.

    Attributes:
        config: The name of the shipped config.
        paper: The paper's figure.
        values: Of each seed.
    """

    config: str
    paper: float
    values: list[float]

    @property
    def mean(self) -> float:
        """The mean over the seeds."""
        return statistics.mean(self.values)

    @property
    def spread(self) -> float:
        """The standard deviation over the seeds."""
        return statistics.stdev(self.values)

    @property
    def is_near(self) -> bool:
        """Whether the mean is within 2 points of the paper's figure."""
        return abs(self.mean - self.paper) <= WITHIN


def measure(quick: bool = False) -> list[Accuracy]:
    """Train each config from five seeds; quick: from two, for one epoch."""
    seeds, options = (SEEDS[:2], ["--trainer.max_epochs", "1"]) if quick else (SEEDS, [])
    return [
        Accuracy(config, paper, [trained(config, seed, *options).accuracy for seed in seeds])
        for config, paper in PAPER.items()
    ]


def choose() -> Table:
    """Choose of LAMBDS the one with the lowest mean validation cost, without the test set."""
    columns = ("model", *map("λ = {}".format, LAMBDS), "λ")
    shown = tables.table("MNIST-1D, mean validation cost", *columns)
    for config in PAPER:
        costs = {
            lambd: statistics.mean(
                trained(config, seed, "--model.lambd", str(lambd)).val_cost for seed in SEEDS
            )
            for lambd in LAMBDS
        }
        best = min(costs, key=costs.__getitem__)
        shown.add_row(config, *(f"{cost:.4f}" for cost in costs.values()), str(best))
    return shown


def main() -> int:
    """Print the table; return 1 where an accuracy is far from the paper's."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracies.mnist1d", description=__doc__
    )
    parser.add_argument("--choose", action="store_true", help="choose λ by the validation cost")
    options = parser.parse_args()
    console = plain_console(soft_wrap=True)
    if options.choose:
        console.print(choose())
        return 0
    found = measure()
    console.print(tables.accuracies(found))
    return 0 if all(accuracy.is_near for accuracy in found) else 1


if __name__ == "__main__":
    sys.exit(run_command(main, "benchmarks"))
