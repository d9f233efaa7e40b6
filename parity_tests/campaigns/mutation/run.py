"""The command `parity mutation`: which mutants of the modules in TRIED survive the tests?

The record, mutants.json, has a fingerprint of every function, how many mutants it has, and those
that survive, each with the reason why it is equivalent. Unchanged functions are not run again;
test_mutation.py compares the record with the sources.
"""

from __future__ import annotations

import ast
import fnmatch
import os
import signal
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from parity_tests.campaigns.mutation.line_coverage import Reach, kept, key, record, within
from parity_tests.campaigns.mutation.mutants import Mutant, Unit, mutants, units
from parity_tests.campaigns.mutation.record import Judged, Record, Survivor, read, write
from parity_tests.campaigns.mutation.scope import TRIED, is_in, sources
from parity_tests.campaigns.mutation.worker import Mutated, try_on, warm_up


@dataclass(frozen=True)
class Source:
    """A module's file, its syntax tree, and its units that have mutants."""

    path: Path
    tree: ast.Module
    mutants: dict[Unit, list[Mutant]]


def read_sources(packages: Iterable[str] = TRIED) -> dict[str, Source]:
    """Read every module of these packages that has mutants."""
    found = {}
    for module, path in sources(packages).items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        every = {unit: mutants(unit) for unit in units(module, tree)}
        found[module] = Source(path, tree, {unit: of for unit, of in every.items() if of})
    return found


def stale(judged: Record, found: dict[str, Source]) -> list[Unit]:
    """Return the units that changed since their mutants were tried."""

    def same(unit: Unit, n: int) -> bool:
        one = judged.get(key(unit))
        return one is not None and (one.fingerprint, one.mutants) == (unit.fingerprint, n)

    return [
        unit
        for source in found.values()
        for unit, of in source.mutants.items()
        if not same(unit, len(of))
    ]


def to_try(judged: Record, found: dict[str, Source], every: bool, only: str) -> list[Mutant]:
    """Return the mutants to try: of changed and waiting units, and unexplained survivors of others.

    Args:
        judged: the record.
        found: the sources.
        every: those of all other units, too.
        only: of the units that match this pattern; "" for all.
    """
    changed = set(stale(judged, found))
    chosen: list[Mutant] = []
    for source in found.values():
        for unit, of in source.mutants.items():
            if fnmatch.fnmatch(key(unit), only or "*"):
                whole = every or unit in changed or judged[key(unit)].waiting
                unexplained = set() if whole else set(judged[key(unit)].unexplained)
                chosen += [m for m in of if whole or Survivor.of(m) in unexplained]
    return chosen


def run(every: bool, only: str, jobs: int, patience: float, console: Console) -> int:
    """Try the mutants that are `to_try`, and bring the record up to date, function by function.

    Returns:
        1 where a mutant survives that the record does not explain; else 0.
    """
    before, found = read(), read_sources()
    chosen = to_try(before, found, every, only)
    names = {key(unit) for source in found.values() for unit in source.mutants}
    after = {name: one for name, one in before.items() if name in names}
    if chosen:
        warm_up()
        reach = (None if every and not only else kept()) or record(jobs)
        results: dict[Unit, dict[Mutant, bool]] = {mutant.unit: {} for mutant in chosen}
        missing = Counter(mutant.unit for mutant in chosen)
        with Progress(console=console, auto_refresh=False) as progress:
            task = progress.add_task("mutants", total=len(chosen))
            for mutant, alive in tried(chosen, found, reach, jobs, patience):
                progress.update(task, advance=1, refresh=True)
                unit, name = mutant.unit, key(mutant.unit)
                results[unit][mutant] = alive
                if len(results[unit]) == missing[unit]:
                    of = found[unit.module].mutants[unit]
                    after[name] = judge(unit, of, results[unit], before.get(name))
                    write(after)
    write(after)
    show(after, console)
    return 1 if any(one.unexplained for one in after.values()) else 0


def defer(console: Console) -> int:
    """Let the units that have changed wait for their mutants to be tried, and say so in the record.

    A unit that stands elsewhere, its code unchanged, keeps its entry.
    """
    before, found = read(), read_sources()
    now = {
        key(unit): (unit, of) for source in found.values() for unit, of in source.mutants.items()
    }
    gone = [one for name, one in before.items() if name not in now]
    moved = {(one.fingerprint, one.mutants): one for one in gone}
    after: Record = {}
    for name, (unit, of) in now.items():
        known = before.get(name)
        if known is None or (known.fingerprint, known.mutants) != (unit.fingerprint, len(of)):
            known = moved.get((unit.fingerprint, len(of))) or replace(
                judge(unit, of, {}, known), waiting=True
            )
        after[name] = known
    write(after)
    show(after, console)
    return 0


def judge(unit: Unit, of: list[Mutant], alive: dict[Mutant, bool], before: Judged | None) -> Judged:
    """Return the unit's new entry: mutants that were not tried, and reasons, are kept."""
    known = {survivor: survivor for survivor in before.survivors} if before else {}
    now = {Survivor.of(mutant): alive.get(mutant) for mutant in of}
    lives = [s for s, lived in now.items() if lived or (lived is None and s in known)]
    return Judged(unit.fingerprint, len(of), tuple(known.get(s, s) for s in lives))


def tried(
    chosen: list[Mutant], found: dict[str, Source], reach: Reach, jobs: int, patience: float
) -> Iterator[tuple[Mutant, bool]]:
    """Yield each mutant, and whether it survived the tests of the first `patience` seconds.

    Args:
        chosen: the mutants.
        found: the sources.
        reach: the tests that execute each line.
        jobs: processes at a time.
        patience: in seconds.
    """
    running: dict[int, Mutant] = {}

    def ended() -> tuple[Mutant, bool]:
        process, status = os.wait()
        return running.pop(process), status == 0

    try:
        for mutant in chosen:
            if len(running) == jobs:
                yield ended()
            source, (owner, name, new) = found[mutant.unit.module], mutant.change
            tests = within(reach.of(mutant.unit, mutant.lines), patience)
            old = getattr(owner, name)
            setattr(owner, name, new)
            finder = Mutated(mutant.unit.module, source.path, source.tree)
            running[try_on(tests, finder)] = mutant
            setattr(owner, name, old)
        while running:
            yield ended()
    finally:
        for process in running:
            os.kill(process, signal.SIGKILL)


def show(judged: Record, console: Console) -> None:
    """Print a row for each module, and the survivors without a reason.

    The score is of the mutants that were tried: those that wait are in no other column.
    """
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("module", "mutants", "killed", "equivalent", "surviving", "waiting", "score"):
        table.add_column(column, justify="left" if column == "module" else "right")
    modules = sorted({name.partition(":")[0] for name in judged})
    for package in TRIED:
        rows = [name for name in modules if is_in(name, package) and name != package]
        for title in [*rows, package]:
            of = [one for name, one in judged.items() if is_in(name, title)]
            tried_ones = [one for one in of if not one.waiting]
            n, alive = (
                sum(one.mutants for one in tried_ones),
                sum(len(one.survivors) for one in tried_ones),
            )
            waiting = sum(one.mutants for one in of) - n
            unexplained = sum(len(one.unexplained) for one in tried_ones)
            killed, counted = n - alive, n - alive + unexplained
            score = f"{killed / counted:.1%}" if counted else ""
            style = "bold" if title == package else None
            numbers = map(
                str, (n + waiting, killed, alive - unexplained, unexplained, waiting or "")
            )
            table.add_row(title, *numbers, score, style=style)
    console.print(table)
    for name, one in judged.items():
        for survivor in one.unexplained:
            console.print(f"\n{name}", style="bold", markup=False)
            console.print(f"- {survivor.before}\n+ {survivor.after}", markup=False, soft_wrap=True)
