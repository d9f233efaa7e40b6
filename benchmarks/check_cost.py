"""What a check costs: python -m benchmarks.check_cost

The full check of a trace of the 784-512-256-10 network, m = 256, in plain steps: training steps of
the reference in the same dtype, with as many threads. The two take turns, and the median of the
rounds counts, so that a busy machine slows both.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence

import numpy as np
from rich.table import Table

import ref_numpy
from benchmarks.contenders import reference
from benchmarks.interleaved_timing import in_turn, ratio
from benchmarks.threads import apart
from benchmarks.training_steps import ALPHA
from parity_tests import check
from parity_tests.checking.console import plain_console
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import NetworkSpec
from ref_numpy.terminal import run_command

SIZES, M = (784, 512, 256, 10), 256
CASES = tuple((hidden, p) for hidden in ("relu", "tanh") for p in ("float64", "float32"))


def times(
    hidden: str, precision: str, sizes: tuple[int, ...] = SIZES, m: int = M, rounds: int = 15
) -> list[list[float]]:
    """The seconds of a plain step, and those of the full check, of each round."""
    spec = NetworkSpec.dense(sizes, hidden)
    params, X, Y = random_problem(spec, m, dtype=np.dtype(precision))
    trace = ref_numpy.run(spec, params, X, Y)
    return in_turn(
        reference(spec, params, X, Y, ALPHA).step,
        lambda: check(trace, spec, params, X, Y, precision).raise_findings(),
        rounds=rounds,
    )


def main(args: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.check_cost", description=__doc__)
    parser.add_argument("--threads", type=int, default=1, metavar="n", help="(default: 1)")
    n = parser.parse_args(args).threads
    title = f"{'-'.join(map(str, SIZES))}, m = {M}, {n} thread{'s' * (n > 1)}"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in ("hidden", "precision", "plain step", "full check", "plain steps"):
        table.add_column(column, justify="left" if column == "hidden" else "right")
    for hidden, precision in CASES:
        plain, full = apart(n, times, hidden, precision)
        ms = [f"{1e3 * statistics.median(each):.1f} ms" for each in (plain, full)]
        table.add_row(hidden, precision, *ms, f"{ratio(full, plain):.1f}")
    plain_console().print(table)


if __name__ == "__main__":
    sys.exit(run_command(main, "benchmarks"))
