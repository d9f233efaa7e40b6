"""Measure the reference beside the libraries a user would choose instead (python -m benchmarks).

A full training step (forward, cost, backward, update) of the reference, of torch by hand, of the
twin, eager and compiled, of scikit-learn, JAX, HIPS autograd and numpy-ml, and of the matrix
products alone; then the costs of traces, weights files, checks, Lightning's loop and start-up, how
a step grows, the accuracies on MNIST-1D and on ten tables, and a GPU where there is one. All take
turns in one run, and the median of the rounds counts, so that a busy machine slows them alike. A
table of 1,000,000 rows, which takes ten minutes and 5 GiB, is measured with --only large_table.

Writes results.json, steps.png and growth.png into a folder. With --write the figures are also taken
into benchmarks/results.json and benchmarks/README.md; parts that were not measured keep theirs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import machine, parts, plots, readme, results, tables, thresholds
from benchmarks.accuracies.table_sources import NAMES as TABLES
from benchmarks.results import ON_REQUEST, PARTS
from benchmarks.training_steps import BATCHES, CONTENDERS, DTYPES, NETWORKS
from parity_tests.checking.console import plain_console
from ref_numpy import InputError
from ref_numpy.terminal import run_command

THREADS = (1, 2)
NOT_IN_COMMAND = ("out", "write")  # options that change no figure


def main(args: Sequence[str] | None = None) -> int:
    """Measure, print the tables and write the files."""
    options = parser().parse_args(args)
    if options.write and options.quick:
        raise InputError(
            "--write was given with --quick, whose figures are not measurements: leave one out"
        )
    console = plain_console(soft_wrap=True, width=120)
    run: dict[str, Any] = {
        "format": results.FORMAT,
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        "commit": machine.commit(),
        "command": command(sys.argv[1:] if args is None else args),
        "machine": machine.describe_machine(),
        "missing": parts.missing(options.contenders) if "steps" in options.only else {},
    }
    found = parts.measure(options)
    for part in options.only:
        for made in part_tables(part, found[part]):
            console.print(made, "")
    for name, reason in run["missing"].items():
        note = f"{name} takes no part: {reason}; pip install '.[benchmarks]'"
        console.print(note, markup=False)
    judged = thresholds.evaluate(
        found["steps"], [*found["costs"], *found["check"]], found["startup"]
    )
    console.print(tables.thresholds(judged), "")
    console.print(machine.in_words(run["machine"]), "")

    run |= {part: [asdict(item) for item in items] for part, items in found.items()}
    run["thresholds"] = [asdict(threshold) | {"met": threshold.met} for threshold in judged]
    options.out.mkdir(parents=True, exist_ok=True)
    results.write(options.out / "results.json", run)
    plots.draw_all(found["steps"], found["growth"], options.out)
    console.print(f"written: {options.out}")
    if options.write:
        readme.update(readme.FOLDER, [run])
        console.print(f"written: {' and '.join(readme.NAMES)} of benchmarks/")
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line, with the defaults of a whole measurement."""
    made = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "--only", nargs="+", choices=PARTS, metavar="PART",
        default=tuple(part for part in PARTS if part not in ON_REQUEST),
        help=f"parts to measure, of {', '.join(PARTS)} (default: all but {', '.join(ON_REQUEST)})",
    )  # fmt: skip
    made.add_argument("--networks", nargs="+", default=NETWORKS, metavar="64-32-10")
    made.add_argument("--batches", nargs="+", type=int, default=BATCHES, metavar="m")
    made.add_argument("--dtypes", nargs="+", choices=DTYPES, default=DTYPES)
    made.add_argument("--threads", nargs="+", type=int, default=THREADS, metavar="n")
    made.add_argument(
        "--contenders", nargs="+", choices=CONTENDERS, default=tuple(CONTENDERS), metavar="NAME",
        help=f"of {', '.join(CONTENDERS)} (default: all)",
    )  # fmt: skip
    made.add_argument(
        "--tables", nargs="+", choices=TABLES, default=TABLES, metavar="NAME",
        help=f"of own_tables, of {', '.join(TABLES)} (default: all)",
    )  # fmt: skip
    made.add_argument("--device", default="cpu", help="of torch's steps and of the products: cuda")
    made.add_argument("--quick", action="store_true", help="a few turns each, to see that it runs")
    made.add_argument("--out", type=Path, default=Path("benchmark_results"), help="folder")
    made.add_argument(
        "--write", action="store_true", help="also into benchmarks/README.md and results.json"
    )
    return made


def command(args: Sequence[str]) -> list[str]:
    """Return the command of this run, without the options that change no figure."""
    kept, skip = [], False
    for argument in args:
        name = argument.partition("=")[0].removeprefix("--")
        if name in NOT_IN_COMMAND:
            skip = argument == "--out"
        elif not skip:
            kept.append(argument)
        else:
            skip = False
    return ["python", "-m", "benchmarks", *kept]


def part_tables(part: str, found: Sequence[Any]) -> list[Any]:
    """Return the tables of one part."""
    return list(readme.TABLES[part]([asdict(item) for item in found])) if found else []


if __name__ == "__main__":
    sys.exit(run_command(main, "benchmarks"))
