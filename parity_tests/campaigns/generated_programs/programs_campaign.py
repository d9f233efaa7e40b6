"""The campaign of generated programs: is each right one read and passed, each wrong one found?"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from parity_tests.campaigns.generated_programs.generate import Generated, generated
from parity_tests.campaigns.generated_programs.program_checks import (
    FOUND,
    MISREAD,
    MISSED,
    OF_WRONG,
    OUTCOMES,
    REFUSED,
    RIGHT,
    UNJUDGED,
    ProgramResult,
    check_program,
)
from parity_tests.campaigns.generated_programs.program_choices import INTERFACES
from parity_tests.campaigns.generated_programs.program_record import Key, open_program_record

WRONG_EVERY = 3  # of so many right programs one has a wrong twin
APART_EVERY = 50  # one is checked in a process of its own, as `parity check` does


def campaign(count: int, seed: int, record: str, console: Console) -> int:
    """Check random right programs, and wrong twins of some; print what is not as it should be.

    Args:
        count: of right programs.
        seed: of the first of them.
        record: a file of results, which is resumed; "" for none.
        console: where to print.

    Returns:
        0; 1 where a right program is refused or misread, or a wrong one passes.

    Raises:
        InputError: the record is not readable, or of other code.
    """
    tasks = [key for at in range(seed, seed + count) for key in keys_of(at)]
    with open_program_record(record) as recorder, tempfile.TemporaryDirectory() as folder:
        results = recorder.results
        left = [task for task in tasks if task not in results]
        for at, is_wrong in track(left, "checking", console=console):
            g = generated(at, at // WRONG_EVERY if is_wrong else None)
            if is_wrong and g.mistake is None:
                continue  # none that this program may have is a mistake
            result, report = check_program(g, Path(folder), is_apart(at, is_wrong))
            recorder.add(result)
            for line in lines_about(result, g, str(report or "")):
                console.print(line, markup=False, soft_wrap=True)
    done = [results[task] for task in tasks if task in results]
    right = [result for result in done if not result.mistake]
    wrong = [result for result in done if result.mistake]
    console.print(table_of(right, OUTCOMES, "right"))
    if wrong:
        console.print(table_of(wrong, OF_WRONG, "wrong"))
    outcomes, twins = (Counter(r.outcome for r in some) for some in (right, wrong))
    apart = sum(result.apart for result in done)
    console.print(
        f"{len(right)} random right programs from seed {seed}: {outcomes[REFUSED]} refused, "
        f"{outcomes[MISREAD]} misread, {outcomes[UNJUDGED]} not judged; {len(wrong)} wrong ones: "
        f"{twins[MISSED]} passed; {apart} in processes of their own"
    )
    return 1 if outcomes[REFUSED] + outcomes[MISREAD] + twins[MISSED] else 0


def keys_of(seed: int) -> list[Key]:
    """Return the programs of a seed: the right one, and of some a wrong one."""
    return [(seed, False), *([(seed, True)] if seed % WRONG_EVERY == 0 else [])]


def is_apart(seed: int, is_wrong: bool) -> bool:
    """Return whether a program is checked in a process of its own."""
    return seed % APART_EVERY == 7 and not is_wrong


def lines_about(result: ProgramResult, g: Generated, report: str) -> Iterator[str]:
    """Yield what to print about a program that is not judged as it should be."""
    if result.outcome in (RIGHT, FOUND) or (result.mistake and result.outcome != MISSED):
        return
    yield f"seed {result.seed}, {result.interface}: {result.outcome} {result.mistake or result.why}"
    yield f"{report.partition('To have it checked')[0].strip()}\n{g.text}"
    yield f"again: parity programs --seed {result.seed} --count 1"


def table_of(results: Sequence[ProgramResult], outcomes: Sequence[str], title: str) -> Table:
    """Return a table with a row for each interface, and one for all of them.

    Its last columns are seconds of the processor: of the inference, and of the whole check, each as
    the median, the one that 95 % stay below, and the largest. A check in a process of its own is
    not among them: it begins with the start of Python.
    """
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column(title, no_wrap=True)
    for column in ("n", *outcomes, "reading s", "check s"):
        table.add_column(column, justify="right", no_wrap=True)
    for interface in (*INTERFACES, "all"):
        of = [r for r in results if interface in (r.interface, "all")]
        if not of:
            continue
        counts = Counter(result.outcome for result in of)
        here = [result for result in of if not result.apart]
        table.add_row(
            interface, str(len(of)), *(str(counts[outcome]) for outcome in outcomes),
            seconds([r.reading for r in here if r.reading]), seconds([r.whole for r in here]),
        )  # fmt: skip
    return table


def seconds(times: Sequence[float]) -> str:
    """Return the median, the 95th percentile and the largest: "0.12 0.44 1.05"."""
    if not times:
        return ""
    each = sorted(times)
    return " ".join(f"{each[min(int(q * len(each)), len(each) - 1)]:.2f}" for q in (0.5, 0.95, 1))
