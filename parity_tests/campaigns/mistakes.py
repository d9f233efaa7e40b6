"""The campaign of injected mistakes: is every known mistake found and named, at every place?

Each is injected into copies of the reference (plant_in_reference.py), into graphs of each kind of
step (plant_in_graphs.py), into programs of the course's style (plant_in_programs.py) and into its
update functions (plant_in_update_functions.py). Then numbers are corrupted as by no known mistake
(random_corruptions.py): these corruptions must be found, and no mistake must be blamed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain

from rich.console import Console
from rich.progress import track
from rich.table import Table

from parity_tests.campaigns import (
    plant_in_graphs,
    plant_in_programs,
    plant_in_reference,
    plant_in_update_functions,
)
from parity_tests.campaigns.plant_in_reference import VERDICTS, Planted
from parity_tests.campaigns.random_corruptions import SPEC, corrupted, residual

PRECISIONS = ("float64", "float32", "bfloat16")


def parts(precision: str, step: int = 1) -> Iterator[tuple[str, Iterable[Planted]]]:
    """Yield the places, and the outcome of each mistake that is injected there.

    Args:
        precision: the name of the arithmetic.
        step: inject one mistake of so many.
    """
    for network in plant_in_reference.NETWORKS:
        yield "copy", plant_in_reference.planted(network, precision, step=step)
    for kind in plant_in_graphs.NETWORKS:
        yield "graphs", plant_in_graphs.planted(kind, precision, step=step)
    for network in plant_in_programs.NETWORKS:
        yield "course", plant_in_programs.planted(network, precision, step=step)
    yield "updates", plant_in_update_functions.planted(precision, step=step)


def campaign(console: Console, step: int = 1) -> int:
    """Print a table of the injected mistakes, and one of the corruptions.

    Returns:
        1 where a mistake was found elsewhere or explained wrongly, or a corruption was missed or
        blamed on a mistake; else 0.
    """
    table = columns("planted in", "all", *VERDICTS)
    failed = 0
    for precision in PRECISIONS:
        rows: dict[str, Counter[str]] = {}
        every = list(parts(precision, step))
        for where, some in track(every, f"{precision:8}", console=console):
            for one in some:
                rows.setdefault(where, Counter())[one.verdict] += 1
                if one.verdict in ("wrong", "elsewhere"):
                    console.print(f"{precision} {one}", markup=False, soft_wrap=True)
        for where, verdicts in rows.items():
            counts = (str(verdicts[v]) for v in VERDICTS)
            table.add_row(f"{precision} {where}", str(verdicts.total()), *counts)
            failed += verdicts["wrong"] + verdicts["elsewhere"]
        table.add_section()
    console.print(table)
    return 1 if failed + others(console, step) else 0


def others(console: Console, step: int) -> int:
    """Count the corruptions that were missed, or blamed on a mistake."""
    table = columns("corrupted", "all", "found", "blamed")
    failed = 0
    for precision in (*PRECISIONS, "float16"):
        rows: dict[str, Counter[str]] = {}
        some = chain(*(corrupted(precision, step=step, spec=s) for s in (SPEC, residual())))
        for one in track(some, f"{precision:8}", total=None, console=console):
            row = rows.setdefault(one.kind, Counter())
            row.update(planted=1, found=int(one.found), blamed=int(bool(one.blamed)))
            if one.blamed or not one.found:
                console.print(f"{precision} {one}", markup=False, soft_wrap=True)
        for kind, row in rows.items():
            counts = (str(row[n]) for n in ("planted", "found", "blamed"))
            table.add_row(f"{precision} {kind}", *counts)
            failed += row["planted"] - row["found"] + row["blamed"]
        table.add_section()
    console.print(table)
    return failed


def columns(*names: str) -> Table:
    """Return an empty table with these columns."""
    table = Table(box=None, pad_edge=False, collapse_padding=True, header_style="dim")
    for name in names:
        table.add_column(name, justify="right" if name != names[0] else "left", no_wrap=True)
    return table
