"""What a check costs: python -m benchmarks.check_cost

The full check of a trace of the 784-512-256-10 network, m = 256, in plain steps: training steps of
the reference in the same dtype. The two take turns, and the median of each counts, so that a busy
machine slows both.
"""

from __future__ import annotations

import numpy as np
from rich.console import Console
from rich.table import Table

import ref_numpy
from benchmarks.rivals import reference
from benchmarks.steps import ALPHA
from benchmarks.turns import side_by_side
from parity_tests import check
from parity_tests.examples import random_problem
from ref_numpy import NetworkSpec

SIZES, M = (784, 512, 256, 10), 256
CASES = tuple((hidden, p) for hidden in ("relu", "tanh") for p in ("float64", "float32"))


def seconds(
    hidden: str, precision: str, sizes: tuple[int, ...] = SIZES, m: int = M, rounds: int = 15
) -> tuple[float, float]:
    """Of a plain step, and of the full check."""
    spec = NetworkSpec.dense(sizes, hidden)
    params, X, Y = random_problem(spec, m, dtype=np.dtype(precision))
    trace = ref_numpy.run(spec, params, X, Y)
    plain, full = side_by_side(
        reference(spec, params, X, Y, ALPHA).step,
        lambda: check(trace, spec, params, X, Y, precision).raise_findings(),
        rounds=rounds,
    )
    return plain, full


def main() -> None:
    title = f"{'-'.join(map(str, SIZES))}, m = {M}"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in ("hidden", "precision", "plain step", "full check", "plain steps"):
        table.add_column(column, justify="left" if column == "hidden" else "right")
    for hidden, precision in CASES:
        plain, full = seconds(hidden, precision)
        ms = [f"{1e3 * s:.1f} ms" for s in (plain, full)]
        table.add_row(hidden, precision, *ms, f"{full / plain:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
