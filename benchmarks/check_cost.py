"""Time the full check of a trace (python -m benchmarks.check_cost).

The networks are 784-512-256-10 and a residual one, and m = 256. The unit is a plain step: a
training step of the reference in the same dtype, with as many threads. The two take turns, and the
median of the rounds counts, so that a busy machine slows both.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import product

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
from ref_numpy import Add, Dense, Gelu, Graph, LayerNorm, NetworkSpec, Softmax
from ref_numpy.terminal import run_command

SIZES, M, ROUNDS = (784, 512, 256, 10), 256, 15
RESIDUAL = (784, 256, 10)  # inputs, the width between blocks, outputs
PRECISIONS = ("float64", "float32")


def networks(quick: bool = False) -> dict[str, NetworkSpec]:
    """Return each network by its name in the table."""
    sizes = (5, 4, 3) if quick else SIZES
    n_x, n, n_y = (5, 4, 3) if quick else RESIDUAL
    name = "-".join(map(str, sizes))
    dense = {f"{name}, {g}": NetworkSpec.dense(sizes, g) for g in ("relu", "tanh")}
    return dense | {f"residual {n_x}-{n}-{n_y}": residual(n_x, n, n_y)}


def residual(n_x: int, n: int, n_y: int, blocks: int = 2) -> NetworkSpec:
    """Return h = h + W₂ gelu(W₁ norm(h)), `blocks` times, between two dense layers; W₁: (2n, n)."""
    graph = Graph({"x": (n_x,)})
    h = graph.add("h.0", Dense(n_x, n), "x")
    for name in (f"h.{block}" for block in range(1, blocks + 1)):
        graph.add(f"{name}.norm", LayerNorm(n), h)
        graph.add(f"{name}.up", Dense(n, 2 * n), f"{name}.norm")
        graph.add(f"{name}.gelu", Gelu(), f"{name}.up")
        graph.add(f"{name}.down", Dense(2 * n, n), f"{name}.gelu")
        h = graph.add(name, Add(), h, f"{name}.down")
    graph.add("norm", LayerNorm(n), h)
    graph.add("scores", Dense(n, n_y), "norm")
    graph.add("y", Softmax(), "scores")
    return NetworkSpec.from_graph(graph)


def measure(quick: bool = False) -> list[Cost]:
    """Return the cost of a full check, over a plain step, of each network and precision."""
    m, rounds = (7, 1) if quick else (M, ROUNDS)
    costs = []
    for (name, spec), precision in product(networks(quick).items(), PRECISIONS):
        network = f"{name}, {precision}"
        print(f"check: {network}", file=sys.stderr)
        plain, full = seconds(spec, precision, m, rounds)
        costs.append(Cost.from_times("full check", "plain step", network, full, plain))
    return costs


def seconds(spec: NetworkSpec, precision: str, m: int, rounds: int) -> list[list[float]]:
    """Return the seconds of a plain step, and those of the full check, of each round."""
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
