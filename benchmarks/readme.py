"""Write the figures of the record into benchmarks/README.md (python -m benchmarks.readme).

`python -m benchmarks --write` does so at the end of its run. This command writes the file anew from
benchmarks/results.json, and first takes over the figures of the results files that it gets, such as
those of a run on another machine: python -m benchmarks.readme benchmark_results/results.json
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import plots, results, tables, thresholds
from benchmarks.check_cost import Cost
from benchmarks.growth import Sweep
from benchmarks.results import Record
from benchmarks.startup import Start
from benchmarks.training_steps import Row
from ref_numpy.terminal import run_command

FOLDER = Path(__file__).parent
NAMES = ("README.md", "results.json")
PICTURES = {
    "steps": "![ms of a training step by m, a panel for each network](steps.png)",
    "growth": "![ms of a step by size, a panel for each sweep](growth.png)",
}
MARKED = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end of figures -->)", re.DOTALL)


def main(args: Sequence[str] | None = None) -> int:
    """Take over results files and write the README."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.readme",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("results", nargs="*", type=Path, help="results.json files to take over")
    given = parser.parse_args(args)
    runs = [json.loads(path.read_text(encoding="utf-8")) for path in given.results]
    update(FOLDER, runs)
    return 0


def update(folder: Path, runs: Iterable[Mapping[str, Any]] = ()) -> None:
    """Take the runs into results.json, and write README.md and the pictures from it.

    Args:
        folder: Has README.md with its markers, and results.json if there are figures already.
        runs: Results of `python -m benchmarks`, the oldest first.
    """
    readme, path = (folder / name for name in NAMES)
    record = results.read(path)
    for run in runs:
        record = results.merge(record, run)
    results.write(path, record)
    readme.write_text(fill(readme.read_text(encoding="utf-8"), record), encoding="utf-8")
    plots.draw_all(steps_of(record), growth_of(record), folder)


def fill(text: str, record: Record) -> str:
    """Return a README with the record's figures between its markers."""
    return MARKED.sub(lambda found: found[1] + section(found[2], record) + found[3], text)


def section(name: str, record: Record) -> str:
    """Return the Markdown between two markers: the tables of a part, and who measured them."""
    if name == "thresholds":
        return thresholds_section(record)
    figures = record[name]
    if not figures:
        return f"Not measured yet: `python -m benchmarks --only {name} --write`\n"
    made = [tables.markdown(table) for table in TABLES[name](figures)]
    pictures = [PICTURES[name]] if name in PICTURES else []
    return "\n\n".join([*made, *pictures, provenance(name, figures, record["runs"])]) + "\n"


def thresholds_section(record: Record) -> str:
    """Return the table of thresholds, of all figures in the record."""
    costs = [make(Cost, figure) for part in ("costs", "check") for figure in record[part]]
    starts = [make(Start, figure) for figure in record["startup"]]
    found = thresholds.evaluate(steps_of(record), costs, starts)
    return tables.markdown(tables.thresholds(found)) + "\n" if found else "Not measured yet.\n"


def provenance(part: str, figures: Iterable[Mapping[str, Any]], runs: Mapping[str, Any]) -> str:
    """Return a line for each run that these figures are of; with their names if there are more."""
    by_run: dict[str, list[str]] = {}
    for figure in figures:
        name = ", ".join(str(value) for value in results.key_of(part, figure))
        by_run.setdefault(figure["run"], []).append(name)
    lines = []
    for run, names in by_run.items():
        which = f" ({'; '.join(names)})" if len(by_run) > 1 else ""
        lines.append(f"- {run_line(run, runs[run])}{absent(part, runs[run])}{which}")
    return "\n".join(lines)


def run_line(date: str, run: Mapping[str, Any]) -> str:
    """Return the date, commit, command and machine of a run."""
    machine = run["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    gpu = f", {machine['gpu']}" if machine["gpu"] else ""
    return (
        f"Measured {date} at commit {run['commit'] or 'unknown'}: `{shlex.join(run['command'])}`; "
        f"{machine['cpu']}, {machine['cores']} cores{gpu}, load before {machine['load']}; "
        f"Python {machine['python']}, {versions}; NumPy with {machine['blas']['numpy']}"
    )


def absent(part: str, run: Mapping[str, Any]) -> str:
    """Return the contenders that took no part in the steps of a run, and why."""
    reasons = run["missing"].items() if part == "steps" else ()
    return "".join(f"; {name} took no part: {reason}" for name, reason in reasons)


def make(kind: Callable[..., Any], figure: Mapping[str, Any]) -> Any:
    """Return a figure of the record as the object that was measured."""
    return kind(**{field: value for field, value in figure.items() if field != "run"})


def steps_of(record: Record) -> list[Row]:
    """Return the rows of training steps, those of one table together."""
    rows = [make(Row, figure) for figure in record["steps"]]
    first = {(row.dtype, row.threads, row.device): k for k, row in reversed([*enumerate(rows)])}
    return sorted(rows, key=lambda row: first[row.dtype, row.threads, row.device])


def growth_of(record: Record) -> list[Sweep]:
    """Return the sweeps."""
    return [make(Sweep, figure) for figure in record["growth"]]


def loops_table(figures: Any) -> Any:
    """Return the table of training loops."""
    from benchmarks.loop_cost import Loop

    return [tables.loops(make(Loop, figure) for figure in figures)]


def accuracies_table(figures: Any) -> Any:
    """Return the table of MNIST-1D."""
    from benchmarks.accuracies.mnist1d import Accuracy

    return [tables.accuracies(make(Accuracy, figure) for figure in figures)]


def scores_table(figures: Any) -> Any:
    """Return the table of tables."""
    from benchmarks.accuracies.own_tables import Scores

    return [tables.own_tables(make(Scores, figure) for figure in figures)]


def large_table(figures: Any) -> Any:
    """Return the table of a large table."""
    from benchmarks.large_table import LargeTable

    return [tables.large_tables(make(LargeTable, figure) for figure in figures)]


def sums_table(figures: Any) -> Any:
    """Return the table of the sums of a layer norm."""
    from benchmarks.arithmetic.layer_norm_sums import Error

    return [tables.layer_norm_sums(make(Error, figure) for figure in figures)]


def gpus_table(figures: Any) -> Any:
    """Return the table of GPUs."""
    from benchmarks.gpu.figures import GpuFigures

    return [tables.gpus(make(GpuFigures, figure) for figure in figures)]


TABLES: dict[str, Callable[[Any], Iterable[Any]]] = {
    "steps": lambda figures: tables.steps(steps_of({"steps": figures})),
    "costs": lambda figures: [tables.costs(make(Cost, figure) for figure in figures)],
    "check": lambda figures: [tables.checks(make(Cost, figure) for figure in figures)],
    "loop": loops_table,
    "startup": lambda figures: [tables.starts([make(Start, figure) for figure in figures])],
    "growth": lambda figures: [tables.growth(make(Sweep, figure) for figure in figures)],
    "mnist1d": accuracies_table,
    "own_tables": scores_table,
    "large_table": large_table,
    "layer_norm_sums": sums_table,
    "gpu": gpus_table,
}

if __name__ == "__main__":
    sys.exit(run_command(main, "benchmarks"))
