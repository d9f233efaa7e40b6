"""The campaign of `parity fuzz`: damage files of every kind, read them, and count how that ends.

No file may end in a traceback, be read wrongly, or take more than ten seconds or a gigabyte.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from parity_tests.campaigns.fuzzing.file_kinds import KINDS, damaged
from parity_tests.campaigns.fuzzing.reading_process import (
    BIG,
    GOOD,
    RAISED,
    READ,
    REFUSED,
    SLOW,
    WRONG,
    Outcome,
    ReadingProcess,
)

COLUMNS = (REFUSED, READ, WRONG, RAISED, SLOW, BIG)
SHOWN = 5  # failing files that are named, of each kind


class Reading(NamedTuple):
    """A damaged file, and how its reading ended."""

    number: int
    data: bytes
    outcome: Outcome


def readings(kind: str, numbers: Iterable[int], seed: int) -> Iterator[Reading]:
    """Yield damaged files of a kind, and how the reading of each ended.

    Args:
        kind: a name of KINDS.
        numbers: of the files.
        seed: of the damage; a file is a function of seed, kind and number.
    """
    one = KINDS[kind]
    samples = one.samples()
    with (
        tempfile.TemporaryDirectory() as folder,
        ReadingProcess(one, samples, Path(folder)) as reader,
    ):
        for number in numbers:
            which, data = damaged(one, samples, seed, number)
            yield Reading(number, data, reader.outcome_of(which, data))


def campaign(kinds: list[str], files: int, seed: int, keep: Path | None, console: Console) -> int:
    """Print how the reading of each kind of file ended.

    Args:
        kinds: names of KINDS.
        files: of each kind.
        seed: of the damage.
        keep: a folder for the files whose reading failed.
        console: where to print.

    Returns:
        0 where every file was refused in one sentence or read right, else 1.
    """
    heads = "".join(f"{head:>{len(head) + 2}}" for head in COLUMNS)
    console.print(f"{files} files of each kind, seed {seed}\n")
    console.print(f"{'kind':<17}{heads} slowest largest")
    failed = False
    for kind in kinds:
        done, failures = Counter[str](), list[Reading]()
        slowest, largest = 0.0, 0
        for reading in readings(kind, range(files), seed):
            outcome = reading.outcome
            done[outcome.kind] += 1
            slowest, largest = max(slowest, outcome.seconds), max(largest, outcome.size)
            if outcome.kind not in GOOD:
                failures.append(reading)
        counts = "".join(f"{done[head]:>{len(head) + 2}}" for head in COLUMNS)
        console.print(f"{kind:<17}{counts}{slowest:>6.1f} s{largest / 1e6:>5.0f} MB")
        for number, _, outcome in failures[:SHOWN]:
            console.print(
                f"  file {number}: {outcome.kind}: {outcome.text}", soft_wrap=True, markup=False
            )
        if len(failures) > SHOWN:
            console.print(f"  … and {len(failures) - SHOWN} more")
        if keep is not None:
            save(failures, keep, kind)
        failed = failed or bool(failures)
    return int(failed)


def save(failures: list[Reading], folder: Path, kind: str) -> None:
    """Write the files whose reading failed into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, data, _ in failures:
        (folder / f"{number}_{kind.partition('.')[0]}{KINDS[kind].suffix}").write_bytes(data)
