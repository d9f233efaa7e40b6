"""What a check costs: python -m benchmarks.check_cost

The full check of a trace of the 784-512-256-10 network, m = 256, in plain steps of the reference
(`ref_numpy.run`, which computes the same tensors in the same dtype). The two take turns, and the
median of each counts, so that a busy machine slows both.
"""

from __future__ import annotations

import numpy as np
from rich.console import Console
from rich.table import Table

import ref_numpy
from benchmarks.turns import side_by_side
from parity_tests import check
from parity_tests.examples import random_problem
from ref_numpy import NetworkSpec


def main() -> None:
    table = Table(title="784-512-256-10, m = 256", title_justify="left", box=None, pad_edge=False)
    for column in ("hidden", "precision", "plain step", "full check", "plain steps"):
        table.add_column(column, justify="left" if column == "hidden" else "right")
    for hidden in ("relu", "tanh"):
        spec = NetworkSpec.dense([784, 512, 256, 10], hidden)
        for precision in ("float64", "float32"):
            params, X, Y = random_problem(spec, 256, dtype=np.dtype(precision))
            trace = ref_numpy.run(spec, params, X, Y)
            plain, full = side_by_side(
                lambda: ref_numpy.run(spec, params, X, Y),  # noqa: B023
                lambda: check(trace, spec, params, X, Y, precision).raise_findings(),  # noqa: B023
            )
            ms = [f"{1e3 * seconds:.1f} ms" for seconds in (plain, full)]
            table.add_row(hidden, precision, *ms, f"{full / plain:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
