"""The table of a class: a row for each submission, in a file that is always whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from parity_tests.check_messages import input_error
from parity_tests.checking.verdict import FAILED, PASSED
from ref_numpy.terminal import one_line, printable
from ref_numpy.weights import write_whole

COLUMNS = (
    "name", "verdict", "score", "right", "of", "findings", "sentence", "seconds", "file", "key",
)  # fmt: skip
FORMULAS = ("=", "+", "-", "@")  # a spreadsheet would execute a cell that begins so


@dataclass(frozen=True)
class Result:
    """One row.

    Attributes:
        name: of the submission.
        verdict: as `checking.verdict` has it.
        right: how many of the names that the score counts are right.
        of: how many there are.
        findings: their codes.
        sentence: the first finding, or why there is no verdict.
        seconds: that it took.
        file: the program.
        key: of the files and options that were checked; empty where the next command tries again.
    """

    name: str
    verdict: str
    right: int = 0
    of: int = 0
    findings: str = ""
    sentence: str = ""
    seconds: float = 0.0
    file: str = ""
    key: str = ""

    @property
    def is_judged(self) -> bool:
        """Whether it passed or failed."""
        return self.verdict in (PASSED, FAILED)

    @property
    def score(self) -> float:
        """The share that is right."""
        return self.right / max(self.of, 1)

    def cells(self) -> list[str]:
        """Return the row as texts."""
        return [
            safe(self.name), self.verdict, f"{self.score:.4f}", str(self.right), str(self.of),
            safe(self.findings), safe(self.sentence), f"{self.seconds:.1f}", safe(self.file),
            self.key,
        ]  # fmt: skip


def safe(text: str) -> str:
    """Return a text in one line, which no spreadsheet takes for a formula."""
    text = printable(one_line(text))
    return f"'{text}" if text.startswith(FORMULAS) else text


def write_table(path: Path, results: Iterable[Result]) -> None:
    """Write the table, whole or not at all: UTF-8 with the mark that spreadsheets look for.

    Raises:
        InputError: it cannot be written.
    """
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows(result.cells() for result in results)
    write_whole(path, out.getvalue().encode("utf-8-sig"))


def read_table(path: Path) -> dict[str, Result]:
    """Return the rows of an earlier table by their names; none where there is no file.

    Raises:
        InputError: the file is something else, which is not to be overwritten.
    """
    if not path.exists():
        return {}
    try:
        rows = [*csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig")))]
        assert tuple(rows[0]) == COLUMNS
        results = [from_cells(row) for row in rows[1:]]
    except (OSError, ValueError, AssertionError, IndexError, csv.Error):
        raise input_error("grade.other-file", path=path) from None
    return {result.name: result for result in results}


def from_cells(cells: list[str]) -> Result:
    """Return the result of a row.

    Raises:
        ValueError: it is not one of these rows.
    """
    name, verdict, _, right, of, findings, sentence, seconds, file, key = cells
    name, findings, sentence, file = map(unsafe, (name, findings, sentence, file))
    numbers = int(right), int(of)
    return Result(name, verdict, *numbers, findings, sentence, float(seconds), file, key)


def unsafe(text: str) -> str:
    """Return what `safe` was given."""
    return text[1:] if text.startswith(tuple(f"'{x}" for x in FORMULAS)) else text
