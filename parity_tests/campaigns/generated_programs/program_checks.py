"""The check of one generated program, as `parity check` does it, and what came of it."""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from parity_tests.adapters.apart import examine_apart
from parity_tests.adapters.candidate_process.in_this_process import passed_on
from parity_tests.adapters.candidate_process.program import Program
from parity_tests.adapters.candidate_process.service import Service
from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.request import Request
from parity_tests.campaigns.generated_programs.engine_programs import OPERATORS
from parity_tests.campaigns.generated_programs.expected_readings import misreading
from parity_tests.campaigns.generated_programs.generate import Generated
from parity_tests.campaigns.generated_programs.line_writer import Mistake
from parity_tests.checking.report import Report
from parity_tests.checking.verdict import FAILED, MISTAKEN_CALL, PASSED
from ref_numpy import InputError

RIGHT, MISREAD, REFUSED, UNJUDGED = "passed", "misread", "refused", "not judged"
FOUND, ELSEWHERE, MISSED = "found", "elsewhere", "missed"
OUTCOMES = (RIGHT, MISREAD, REFUSED, UNJUDGED)
OF_WRONG = (FOUND, ELSEWHERE, UNJUDGED, MISSED)


@dataclass(frozen=True)
class ProgramResult:
    """What the check of one program gave.

    Attributes:
        seed: of the program.
        interface: of the program.
        precision: its arithmetic.
        mistake: that it has, as "code of tensor"; "" of a right one.
        outcome: one of `OUTCOMES`, or of `OF_WRONG`.
        why: what was misread, found, or not judged.
        apart: it was checked in a process of its own, as the command does.
        reading: seconds of the processor for the inference; 0 where it is not one step.
        whole: seconds of the processor for the whole check, and those of its processes.
    """

    seed: int
    interface: str
    precision: str
    mistake: str
    outcome: str
    why: str
    apart: bool
    reading: float
    whole: float

    @property
    def key(self) -> tuple[int, bool]:
        """What the result is of."""
        return self.seed, bool(self.mistake)


@dataclass
class Timed:
    """Answers a judge's requests in this process, and notes when reading ends.

    Attributes:
        loaded: when the candidate was loaded.
        read: when it was first run by a reading.
    """

    service: Service = field(default_factory=Service)
    loaded: float = 0.0
    read: float = 0.0

    def answer(self, name: str, request: tuple[Any, ...]) -> Any:
        """Answer a request as another process would."""
        if request[:2] == ("explore", "run") and not self.read:
            self.read = time.process_time()
        answer = passed_on(self.service.answer(passed_on(request)))
        if request[0] == "load":
            self.loaded = time.process_time()
        return answer


def check_program(
    g: Generated, folder: Path, apart: bool = False
) -> tuple[ProgramResult, Report | None]:
    """Write a program to a file, and check it.

    Args:
        g: the program.
        folder: of the file.
        apart: in a process of its own; otherwise in this one.

    Returns:
        The result, and the report; no report where the check refused the file.
    """
    c = g.choices
    path = folder / f"program_{c.seed}{'_wrong' if g.mistake else ''}.py"
    path.write_text(g.text, encoding="utf-8")
    request = Request(str(path), precision="float32" if c.precision == "float32" else None)
    timed, start = Timed(), processor_time()
    report, error = None, ""
    try:
        report = examine_apart(request) if apart else examine(request, Program(timed.answer))
    except InputError as refusal:
        error = f"{refusal.code}: {refusal}"
    whole = processor_time() - start
    path.unlink()
    outcome, why = (UNJUDGED, error) if report is None else outcome_of(report, g)
    mistake = f"{g.mistake.code} of {g.mistake.tensor}" if g.mistake else ""
    reading = max(timed.read - timed.loaded, 0.0)
    result = ProgramResult(
        c.seed, c.interface, c.precision, mistake, outcome, why, apart, reading, whole
    )
    return result, report


def processor_time() -> float:
    """Return the seconds that this process and those it waited for have used."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def outcome_of(report: Report, g: Generated) -> tuple[str, str]:
    """Return the outcome of a check, and why."""
    if g.mistake is None:
        if report.verdict == PASSED:
            missing = misreading(report, g.facts)
            return (MISREAD, missing) if missing else (RIGHT, "")
        return (REFUSED if report.verdict == FAILED else UNJUDGED), what(report)
    if report.verdict == PASSED:
        return MISSED, ""
    if report.verdict != FAILED:
        return UNJUDGED, what(report)
    is_there = report.findings and may_be(report.findings[0].tensor, g.mistake, g.choices.L)
    return (FOUND if is_there else ELSEWHERE), what(report)


def may_be(tensor: str, mistake: Mistake, L: int) -> bool:
    """Return whether the first wrong tensor of a report is that of a mistake, or shows it.

    A wrong dZ or dA that is not seen shows first in the dW, or the db, of its layer. A wrong
    operator of an engine shows in every gradient that passes through it.
    """
    if mistake.tensor in OPERATORS:
        return True
    name = tensor.rpartition(".")[2].rpartition("@")[2]
    letter, l = mistake.tensor.rstrip("*0123456789"), mistake.tensor.lstrip("dZWAbJ")
    layers = range(1, L + 1) if l == "*" else [int(l)] if l else [0]
    shown = {
        "J": ("J", "cost"), "Z": ("Z", "A", "J"), "dW": ("dW",), "db": ("db",),
        "dZ": ("dZ", "dW", "db"), "dA": ("dA", "dA_prev", "dZ", "dW", "db"),
    }[letter]  # fmt: skip
    options = {
        f"{each}{k}" if each not in ("J", "cost") else each for each in shown for k in layers
    }
    return name in options or name in shown


def what(report: Report) -> str:
    """Return the codes and tensors of a report, or why it was not judged."""
    if report.verdict == FAILED:
        named = [cause.code for f in report.findings[:1] for cause in f.causes]
        return " ".join([*dict.fromkeys(f.tensor for f in report.findings), *named[:2]])
    if report.verdict == MISTAKEN_CALL:
        return report.mistaken[0].code
    if report.missing:
        return f"no bound or not seen: {' '.join(report.missing)}"
    return "unchecked" if report.unchecked_passes else "nothing compared"
