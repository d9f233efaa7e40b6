"""MNIST-1D, beside the paper's figures: python -m benchmarks.mnist1d

Trains the shipped configs mnist1d_logistic and mnist1d_mlp as `train.py` does, from five seeds,
each of which is also that of the split, and exits with 1 where the mean test accuracy is more than
2 points from that of Greydanus & Kobak, *Scaling down deep learning*, ICML 2024, arXiv 2011.14439.

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
from parity_tests.checking.console import plain_console
from ref_numpy.terminal import run_command

PAPER = {"mnist1d_logistic": 32.0, "mnist1d_mlp": 68.0}  # test accuracy, percent
WITHIN = 2.0  # percentage points
SEEDS = range(5)
LAMBDS = (0, 0.03, 0.1, 0.3, 1)


@dataclass(frozen=True)
class Run:
    """val_cost: of the epoch where it was lowest.   accuracy: that epoch's on the test set, %."""

    val_cost: float
    accuracy: float


def trained(config: str, seed: int, *options: str) -> Run:
    """One run of train.py's, as its metrics.csv tells it."""
    print(config, *options, f"seed {seed}", file=sys.stderr)
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


def table(title: str, *columns: str) -> Table:
    made = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in columns:
        made.add_column(column, justify="left" if column == "model" else "right", no_wrap=True)
    return made


def compare() -> tuple[Table, bool]:
    """The test accuracies beside the paper's, and whether they are near enough."""
    columns = ("model", "paper", "here", "seeds 0 … 4", "difference")
    shown, near = table("MNIST-1D, test accuracy in percent", *columns), True
    for config, paper in PAPER.items():
        values = [trained(config, seed).accuracy for seed in SEEDS]
        mean, spread = statistics.mean(values), statistics.stdev(values)
        near &= abs(mean - paper) <= WITHIN
        five = " ".join(f"{value:.1f}" for value in values)
        shown.add_row(
            config, f"{paper:.0f}", f"{mean:.1f} ± {spread:.1f}", five, f"{mean - paper:+.1f}"
        )
    return shown, near


def choose() -> Table:
    """Of LAMBDS the one with the lowest mean validation cost; the test set takes no part."""
    shown = table("MNIST-1D, mean validation cost", "model", *map("λ = {}".format, LAMBDS), "λ")
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
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mnist1d", description=__doc__)
    parser.add_argument("--choose", action="store_true", help="choose λ by the validation cost")
    options = parser.parse_args()
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    shown, near = (choose(), True) if options.choose else compare()
    plain_console().print(shown)
    return 0 if near else 1


if __name__ == "__main__":
    sys.exit(run_command(main, "benchmarks"))
