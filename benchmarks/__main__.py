"""What it costs, side by side with what a user would pick instead: python -m benchmarks

A full training step (forward, cost, backward, update) of the reference, of torch as a person writes
it, of the twin, eager and compiled, of scikit-learn, JAX, HIPS autograd and numpy-ml, and of the
matrix products alone; then what traces, checks, Lightning's loop, weights files and start-up cost,
and how a step grows. All take turns in one run, and the median of the rounds counts, so that a busy
machine slows them alike.

Writes steps.png, growth.png and results.json, whose keys are: command; machine; missing, why
somebody takes no part; steps, costs, startup and growth, a list of what each found, in seconds;
targets.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import (
    costs,
    growth,
    machine,
    plots,
    startup,
    tables,
    threads,
    thresholds,
    training_steps,
)
from benchmarks.training_steps import BATCHES, CONTENDERS, DTYPES, NETWORKS, REFERENCE
from parity_tests.checking.console import plain_console
from ref_numpy.terminal import run_command

THREADS = (1, 2)
PARTS = ("steps", "costs", "startup", "growth")
SECONDS = {"steps": 4.0, "costs": 2.0, "growth": 1.0}  # of a row, of a point
QUICK = 0.01


def main(args: Sequence[str] | None = None) -> int:
    options = parser().parse_args(args)
    console = plain_console(soft_wrap=True, width=120)
    described = machine.described()
    found = measured(options)
    rows, others = found["steps"], (found["costs"], found["startup"])
    for made in tables.steps(rows):
        console.print(made, "")
    reasons = missing(options.contenders)
    for name, reason in reasons.items():
        console.print(f"{name} takes no part: {reason}; pip install '.[benchmarks]'")
    for part, show in (
        ("costs", tables.costs),
        ("startup", tables.starts),
        ("growth", tables.growth),
    ):
        if found[part]:
            console.print(show(found[part]), "")
    judged = thresholds.judged(rows, *others)
    console.print(tables.targets(judged), "")
    console.print(machine.in_words(described), "")

    options.out.mkdir(parents=True, exist_ok=True)
    results = {
        "command": ["python", "-m", "benchmarks", *(sys.argv[1:] if args is None else args)],
        "machine": described,
        "missing": reasons,
        **{part: [asdict(item) for item in items] for part, items in found.items()},
        "targets": [asdict(target) | {"met": target.met} for target in judged],
    }
    text = json.dumps(results, indent=1, ensure_ascii=False)
    (options.out / "results.json").write_text(text, encoding="utf-8")
    if rows:
        plots.draw_steps(rows, options.out / "steps.png")
    if found["growth"]:
        plots.draw_growth(found["growth"], options.out / "growth.png")
    console.print(f"written: {options.out}")
    return 0


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    made.add_argument(
        "--only", nargs="+", choices=PARTS, default=PARTS, help="parts (default: all)"
    )
    made.add_argument("--networks", nargs="+", default=NETWORKS, metavar="64-32-10")
    made.add_argument("--batches", nargs="+", type=int, default=BATCHES, metavar="m")
    made.add_argument("--dtypes", nargs="+", choices=DTYPES, default=DTYPES)
    made.add_argument("--threads", nargs="+", type=int, default=THREADS, metavar="n")
    made.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=tuple(CONTENDERS))
    made.add_argument("--device", default="cpu", help="of torch's steps and of the products: cuda")
    made.add_argument("--quick", action="store_true", help="a few turns each, to see that it runs")
    made.add_argument("--out", type=Path, default=Path("benchmark_results"), help="folder")
    return made


def measured(options: argparse.Namespace) -> dict[str, list[Any]]:
    """What each part found, in processes with the threads that are asked for."""
    seconds = dict.fromkeys(SECONDS, QUICK) if options.quick else SECONDS
    there = [n for n in options.contenders if n not in missing(options.contenders)]
    names = list(dict.fromkeys([REFERENCE, *there]))  # with which the others are compared
    found: dict[str, list[Any]] = {part: [] for part in PARTS}
    for n in options.threads if "steps" in options.only else ():
        found["steps"] += training_steps.measure(
            options.networks, options.batches, options.dtypes, names, n, seconds["steps"],
            options.device,
        )  # fmt: skip
    if "costs" in options.only:
        found["costs"] = threads.apart(
            1, costs.measure, options.networks, seconds["costs"], options.quick
        )
    if "startup" in options.only:
        found["startup"] = startup.measure(*((1, 1) if options.quick else (25, 3)))
    if "growth" in options.only:
        found["growth"] = threads.apart(1, growth.measure, seconds["growth"], options.quick)
    return found


def missing(names: Sequence[str]) -> dict[str, str]:
    """Why some cannot take part."""
    return {name: reason for name in names if (reason := CONTENDERS[name].missing())}


if __name__ == "__main__":
    sys.exit(run_command(main, "benchmarks"))
