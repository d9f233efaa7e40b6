"""The results of a campaign of generated programs, a line of JSON each: it can be resumed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO

import parity_tests
from parity_tests.campaigns.generated_programs.program_checks import ProgramResult
from parity_tests.check_messages import input_error

FORMAT = 1  # of the file

# The files whose code decides a result.
JUDGES = (
    "ref_numpy/**/*.py", "parity_tests/error_model/**/*.py", "parity_tests/kinds/**/*.py",
    "parity_tests/checking/**/*.py", "parity_tests/diagnosis/**/*.py",
    "parity_tests/adapters/**/*.py", "parity_tests/campaigns/generated_programs/*.py",
)  # fmt: skip

Key = tuple[int, bool]  # the seed, and whether the program is a wrong one


class ProgramRecord:
    """Keeps results, and appends each to a file where there is one.

    Attributes:
        results: those in the file when it was opened, and those since.
    """

    def __init__(self, results: dict[Key, ProgramResult], file: IO[str] | None = None) -> None:
        self.results, self._file = results, file

    def add(self, result: ProgramResult) -> None:
        """Keep a result, and write its line at once."""
        self.results[result.key] = result
        if self._file is not None:
            self._file.write(json.dumps(asdict(result)) + "\n")
            self._file.flush()


@contextmanager
def open_program_record(path: str) -> Iterator[ProgramRecord]:
    """Open a file of results to resume it; make it where there is none. "" keeps none.

    Raises:
        InputError: it is no such file, cannot be written, or its results are of other code.
    """
    if not path:
        yield ProgramRecord({})
        return
    try:
        results, whole = read_record(Path(path))
        with open(path, "r+" if whole else "w", encoding="utf-8", newline="\n") as file:
            if whole:
                file.seek(whole)
                file.truncate()  # a line of which only a part was written
            else:
                file.write(json.dumps({"format": FORMAT, "code": fingerprint()}) + "\n")
            yield ProgramRecord(results, file)
    except OSError as error:
        raise input_error("record.unreadable", path=path, error=error.strerror) from error


def read_record(path: Path) -> tuple[dict[Key, ProgramResult], int]:
    """Return the results in a file, and how many bytes its whole lines have.

    Raises:
        InputError: it is no such file, or its results are of other code.
    """
    content = path.read_bytes() if path.exists() else b""
    if not content:
        return {}, 0
    whole = content[: content.rfind(b"\n") + 1]
    try:
        first, *lines = map(json.loads, whole.decode("utf-8").splitlines())
        results = [ProgramResult(**line) for line in lines]
        known = first["format"], first["code"]
    except (KeyError, TypeError, ValueError) as error:
        raise input_error("record.unreadable", path=path, error=error) from error
    if known != (FORMAT, fingerprint()):
        raise input_error("record.other-code", path=path)
    return {result.key: result for result in results}, len(whole)


def fingerprint() -> str:
    """Return a fingerprint of the code that decides results."""
    root, digest = Path(parity_tests.__file__).parents[1], hashlib.sha256()
    for pattern in JUDGES:
        for path in sorted(root.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
