"""Measure the parts of a run, each in processes with its number of threads."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Sequence
from typing import Any

from benchmarks import check_cost, costs, growth, image_networks, startup, threads, training_steps
from benchmarks.results import PARTS
from benchmarks.training_steps import CONTENDERS, REFERENCE

SECONDS = {"steps": 4.0, "costs": 2.0, "growth": 1.0}  # of a row, of a cost, of a point
QUICK = 0.01


def measure(options: argparse.Namespace) -> dict[str, list[Any]]:
    """Return the figures of each part; an empty list for one that is not measured."""
    quick = options.quick
    seconds = dict.fromkeys(SECONDS, QUICK) if quick else SECONDS
    absent = missing(options.contenders)
    present = [name for name in options.contenders if name not in absent]
    names = list(dict.fromkeys([REFERENCE, *present]))  # the others are compared with the reference

    def steps() -> list[Any]:
        rows = [
            training_steps.measure(
                options.networks, options.batches, options.dtypes, names, n, seconds["steps"],
                options.device,
            )
            for n in options.threads
        ]  # fmt: skip
        return [row for each in rows for row in each]

    def alone(call: Callable[..., list[Any]], *arguments: Any) -> Callable[[], list[Any]]:
        return lambda: threads.run_in_process(1, call, *arguments)

    measures: dict[str, Callable[[], list[Any]]] = {
        "steps": steps,
        "costs": alone(measure_costs, options.networks, seconds["costs"], quick),
        "check": alone(check_cost.measure, quick),
        "loop": alone(measure_loops, quick),
        "startup": lambda: startup.measure(*((1, 1) if quick else (25, 3))),
        "growth": alone(growth.measure, seconds["growth"], quick),
        "mnist1d": alone(measure_mnist1d, quick),
        "own_tables": alone(measure_own_tables, quick, options.tables),
        "large_table": lambda: measure_large_table(quick),
        "layer_norm_sums": alone(measure_layer_norm_sums, quick),
        "gpu": measure_gpu,
    }
    return {part: measures[part]() if part in options.only else [] for part in PARTS}


def measure_costs(networks: Collection[str], seconds: float, quick: bool) -> list[Any]:
    """Measure traces, files and the twin of dense networks, and steps of networks of images."""
    of_images = image_networks.measure(2 * seconds, 2 if quick else image_networks.M)
    return [*costs.measure(networks, seconds), *of_images]


def measure_loops(quick: bool) -> list[Any]:
    """Measure Lightning's loop; Lightning is imported only here."""
    from benchmarks import loop_cost

    return loop_cost.measure(quick)


def measure_mnist1d(quick: bool) -> list[Any]:
    """Train on MNIST-1D; Lightning is imported only here."""
    from benchmarks.accuracies import mnist1d

    return mnist1d.measure(quick)


def measure_own_tables(quick: bool, names: Collection[str]) -> list[Any]:
    """Train on the tables of these names; Lightning and pandas are imported only here."""
    from benchmarks.accuracies import own_tables

    return own_tables.measure(quick, names)


def measure_large_table(quick: bool) -> list[Any]:
    """Measure a large table, in processes of its own."""
    from benchmarks import large_table

    return large_table.measure(1_000 if quick else large_table.ROWS)


def measure_layer_norm_sums(quick: bool) -> list[Any]:
    """Measure the errors of torch's layer norm; torch is imported only here."""
    from benchmarks.arithmetic import layer_norm_sums

    return layer_norm_sums.measure(quick)


def measure_gpu() -> list[Any]:
    """Measure the GPU, if there is one."""
    from benchmarks.gpu import figures

    return figures.measure()


def missing(names: Sequence[str]) -> dict[str, str]:
    """Return why some contenders cannot take part, by name."""
    return {name: reason for name in names if (reason := CONTENDERS[name].missing())}
