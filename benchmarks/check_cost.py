"""Time the full check of a trace (python -m benchmarks.check_cost).

The network is 784-512-256-10 and m = 256. The unit is a plain step: a training step of the
reference in the same dtype, with as many threads. The two take turns, and the median of the rounds
counts, so that a busy machine slows both.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import numpy as np

import ref_numpy
from benchmarks import tables
from benchmarks.contenders import reference
from benchmarks.costs import Cost
from benchmarks.interleaved_timing import interleaved_seconds
from benchmarks.threads import run_in_process
from benchmarks.training_steps import ALPHA
from parity_tests import check
from parity_tests.checking.console import plain_console
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import NetworkSpec
from ref_numpy.terminal import run_command

SIZES, M, ROUNDS = (784, 512, 256, 10), 256, 15
QUICK = ((5, 4, 3), 7, 1)  # sizes, m and rounds
CASES = tuple((hidden, p) for hidden in ("relu", "tanh") for p in ("float64", "float32"))


def measure(quick: bool = False) -> list[Cost]:
    """Return the cost of a full check, over a plain step, of each case."""
    sizes, m, rounds = QUICK if quick else (SIZES, M, ROUNDS)
    costs = []
    for hidden, precision in CASES:
        print(f"check: {hidden}, {precision}", file=sys.stderr)
        plain, full = seconds(hidden, precision, sizes, m, rounds)
        network = f"{'-'.join(map(str, sizes))}, {hidden}, {precision}"
        costs.append(Cost.from_times("full check", "plain step", network, full, plain))
    return costs


def seconds(
    hidden: str, precision: str, sizes: tuple[int, ...], m: int, rounds: int
) -> list[list[float]]:
    """Return the seconds of a plain step, and those of the full check, of each round."""
    spec = NetworkSpec.dense(sizes, hidden)
    params, X, Y = random_problem(spec, m, dtype=np.dtype(precision))
    trace = ref_numpy.run(spec, params, X, Y)
    return interleaved_seconds(
        reference(spec, params, X, Y, ALPHA).step,
        lambda: check(trace, spec, params, X, Y, precision).raise_findings(),
        rounds=rounds,
    )


def main(args: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.check_cost", description=__doc__)
    parser.add_argument("--threads", type=int, default=1, metavar="n", help="(default: 1)")
    n = parser.parse_args(args).threads
    plain_console(soft_wrap=True).print(tables.checks(run_in_process(n, measure), n))


if __name__ == "__main__":
    sys.exit(run_command(main, "benchmarks"))
