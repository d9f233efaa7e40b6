"""The results of a long campaign, one JSON object a line, so that it can be resumed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import parity_tests
from parity_tests.check_messages import input_error
from parity_tests.kinds.cases import COMBINED

FORMAT = 1  # of the file: one more with each change that an older reader would misread

# The files whose code decides a result.
JUDGES = (
    "ref_numpy/**/*.py",
    "torch_impl/twin.py",
    "torch_impl/layers/**/*.py",
    "torch_impl/losses/*.py",
    "parity_tests/error_model/**/*.py",
    "parity_tests/kinds/**/*.py",
    "parity_tests/checking/**/*.py",
    "parity_tests/diagnosis/**/*.py",
    "parity_tests/campaigns/engines/*.py",
    "parity_tests/campaigns/random_candidates.py",
    "parity_tests/campaigns/data_kinds.py",
)

PASSED, REFUSED, UNSUPPORTED = "passed", "refused", "unsupported"
NOT_JUDGED, NOT_FINITE, ENGINE_FAILED = "unjudged", "not finite", "failed"
OUTCOMES = PASSED, REFUSED, UNSUPPORTED, NOT_JUDGED, NOT_FINITE, ENGINE_FAILED

Key = tuple[str, str, str, int]  # engine, precision, device, seed


@dataclass(frozen=True)
class Result:
    """What the check of one candidate gave.

    Attributes:
        engine: which computed it.
        precision: its arithmetic.
        device: torch's.
        seed: of its problem.
        kind: of its data.
        outcome: one of `OUTCOMES`.
        why: the tensors that have a finding, the arithmetic to declare, or the engine's error.
        tensors: how many were compared.
        not_judged: how many of them have a bound that means nothing.
        ratio: the largest error ÷ bound.
        worst: the tensor that has it.
        suspicious: the tensors that only the second level refuses.
        sums_ratio: the largest ratio of the second level.
    """

    engine: str
    precision: str
    device: str
    seed: int
    kind: str
    outcome: str
    why: str = ""
    tensors: int = 0
    not_judged: int = 0
    ratio: float = 0.0
    worst: str = ""
    suspicious: str = ""
    sums_ratio: float = 0.0

    @property
    def key(self) -> Key:
        """What the result is of."""
        return self.engine, self.precision, self.device, self.seed


class Recorder:
    """Keeps results, and appends each to a file where there is one.

    Attributes:
        results: those in the file when it was opened, and those since.
    """

    def __init__(self, results: dict[Key, Result], file: IO[str] | None = None) -> None:
        self.results, self._file = results, file

    def add(self, result: Result) -> None:
        """Keep a result, and write its line at once."""
        self.results[result.key] = result
        if self._file is not None:
            self._file.write(json.dumps(asdict(result)) + "\n")
            self._file.flush()


@contextmanager
def open_record(path: str, activations: tuple[str, ...] = COMBINED) -> Iterator[Recorder]:
    """Open a file of results to resume it; make it where there is none. "" keeps none.

    Args:
        path: of the file.
        activations: of the networks that the results are of.

    Raises:
        InputError: it is no such file, cannot be written, or its results are of other code.
    """
    if not path:
        yield Recorder({})
        return
    try:
        results, whole = read(Path(path), activations)
        with open(path, "r+" if whole else "w", encoding="utf-8", newline="\n") as file:
            if whole:
                file.seek(whole)
                file.truncate()  # a line of which only a part was written
            else:
                file.write(json.dumps(header(activations)) + "\n")
            yield Recorder(results, file)
    except OSError as error:
        raise input_error("record.unreadable", path=path, error=error.strerror) from error


def read(path: Path, activations: tuple[str, ...] = COMBINED) -> tuple[dict[Key, Result], int]:
    """Return the results in a file, and how many bytes its whole lines have.

    Raises:
        InputError: it is no such file, or its results are of other code.
    """
    if not path.exists():
        return {}, 0
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    try:
        first, *lines = map(json.loads, whole.decode("utf-8").splitlines())
        results = [Result(**line) for line in lines]
        known = first["format"], first["code"]
    except (KeyError, TypeError, ValueError) as error:
        if not content:
            return {}, 0
        raise input_error("record.unreadable", path=path, error=error) from error
    if known != (FORMAT, header(activations)["code"]):
        raise input_error("record.other-code", path=path)
    return {result.key: result for result in results}, len(whole)


def header(activations: tuple[str, ...] = COMBINED) -> dict[str, Any]:
    """Return the first line: the format, and a fingerprint of the code that decides results."""
    root = Path(parity_tests.__file__).parents[1]
    digest = hashlib.sha256()
    for pattern in JUDGES:
        for path in sorted(root.glob(pattern)):
            digest.update(path.read_bytes())
    if activations != COMBINED:
        digest.update(" ".join(activations).encode())
    return {"format": FORMAT, "code": digest.hexdigest()[:16]}
