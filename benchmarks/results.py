"""Keep the figures of several runs in one record, each figure with the run that measured it.

A run writes {"format", "date", "commit", "command", "machine", "missing", part: [figure, …], …}.
The record has {"format", "runs": {date: {…}}, part: [figure with its "run", …], …}: a run replaces
the figures that it measured, and every other figure stays with its own date, commit and machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

FORMAT = 1
# A figure of a later run replaces the one with the same values of these fields.
KEYS = {
    "steps": ("dtype", "threads", "device", "network", "m"),
    "costs": ("subject", "baseline", "network"),
    "check": ("subject", "baseline", "network"),
    "loop": ("network", "name"),
    "startup": ("subject",),
    "growth": ("name",),
    "mnist1d": ("config",),
    "own_tables": ("name",),
    "large_table": ("side",),
    "layer_norm_sums": ("gradient", "rows"),
    "gpu": ("device",),
}
PARTS = tuple(KEYS)
ON_REQUEST = ("large_table",)  # measured where it is named: for its memory
FACTS = ("date", "commit", "command", "machine", "missing")  # of a run

Record = dict[str, Any]


def empty_record() -> Record:
    """Return a record without figures."""
    return {"format": FORMAT, "runs": {}} | {part: [] for part in PARTS}


def read(path: Path) -> Record:
    """Read a record, or an empty one where there is no file."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return empty_record() | known


def write(path: Path, results: Mapping[str, Any]) -> None:
    """Write a record, or the results of a run."""
    text = json.dumps(results, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def merge(record: Record, results: Mapping[str, Any]) -> Record:
    """Return the record with the figures of a run, which replace older ones of the same kind."""
    run = results["date"]
    parts = {
        part: merge_figures(part, record[part], ({**new, "run": run} for new in results[part]))
        for part in PARTS
    }
    used = {figure["run"] for figures in parts.values() for figure in figures}
    runs = record["runs"] | {run: {fact: results[fact] for fact in FACTS}}
    return {"format": FORMAT, "runs": {r: f for r, f in runs.items() if r in used}} | parts


def merge_figures(part: str, old: Iterable[Any], new: Iterable[Any]) -> list[Any]:
    """Return the old figures with the new ones: in their places, or at the end."""
    both = {key_of(part, figure): figure for figure in old}
    return list((both | {key_of(part, figure): figure for figure in new}).values())


def key_of(part: str, figure: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the values by which a figure is known from run to run."""
    return tuple(figure[field] for field in KEYS[part])
