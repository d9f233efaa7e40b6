"""Time a step of networks of images, by NumPy and by torch (python -m benchmarks.image_networks).

A step is forward, cost, backward and update of one batch, as in `training_steps`; the twin's is
that of `train.py` without Lightning. The images stand in memory as a batch of torch has them, and
the reference's copies into windows and back are part of its time. The two take turns in one
process with one thread.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import numpy as np

from benchmarks import tables
from benchmarks.contenders import reference
from benchmarks.costs import Cost
from benchmarks.interleaved_timing import seconds_within_budget
from benchmarks.threads import run_in_process
from benchmarks.torch_contenders import eager
from benchmarks.training_steps import ALPHA, EAGER, REFERENCE
from parity_tests.checking.console import plain_console
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import NetworkSpec
from ref_numpy.graphs.lenet import lenet
from ref_numpy.graphs.resnet import resnet
from ref_numpy.terminal import run_command

M, DTYPE = 64, "float32"


def networks() -> dict[str, NetworkSpec]:
    """Return each network by its name in the table."""
    return {
        "LeNet, 28 × 28": lenet(hidden="relu", pool="max"),
        "LeNet, 28 × 28, tanh and means": lenet(),
        "ResNet of 8 layers, 28 × 28": resnet((1, 28, 28), n=1, widths=(8, 16, 32)),
    }


def measure(seconds: float, m: int = M) -> list[Cost]:
    """Return the reference's step beside the twin's, about `seconds` for each network."""
    costs = []
    for name, spec in networks().items():
        print(f"step: {name}", file=sys.stderr)
        params, X, Y = random_problem(spec, m, dtype=np.dtype(DTYPE))
        X = np.moveaxis(np.ascontiguousarray(np.moveaxis(X, 0, 1)), 1, 0)
        calls = [make(spec, params, X, Y, ALPHA).step for make in (reference, eager)]
        own, torchs = seconds_within_budget(seconds, calls)
        costs.append(Cost.from_times(REFERENCE, EAGER, f"{name}, m = {m}", own, torchs))
    return costs


def main(args: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.image_networks")
    parser.add_argument("--seconds", type=float, default=4, metavar="s", help="of a row")
    seconds = parser.parse_args(args).seconds
    plain_console(soft_wrap=True).print(tables.costs(run_in_process(1, measure, seconds)))


if __name__ == "__main__":
    sys.exit(run_command(main, "benchmarks"))
