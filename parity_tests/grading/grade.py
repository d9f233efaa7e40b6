"""Check every submission of a class, and keep a table of the results.

The table is written after each submission, whole, and the command resumes: a submission whose files
and options are those of its row is not checked again. The score is the share of right results among
those that are required (without --require: the gradients of all parameters and all that was
compared) or that have a finding; what was not judged is not right.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from parity_tests.adapters.candidate_process.memory import machine_memory
from parity_tests.adapters.request import Request
from parity_tests.check_messages import input_error
from parity_tests.checking.verdict import BAD_INPUT, PASSED
from parity_tests.grading.gradescope import gradescope_json, gradescope_results
from parity_tests.grading.judge_process import Judges
from parity_tests.grading.judged_submission import unjudged
from parity_tests.grading.result_table import Result, read_table, write_table
from parity_tests.grading.submissions import Submission, of_folder, submissions_in
from ref_numpy import __version__
from ref_numpy.weights import write_whole

Say = Callable[[str], None]


@dataclass(frozen=True)
class Grading:
    """What to grade, and where the results go.

    Attributes:
        folder: with a file or a folder for each learner.
        request: of each check, without its candidate.
        out: the table.
        html: a folder for a report of each, or None.
        program: the name of the program in each folder; empty where there is one.
        function: that each program defines; empty for the course's functions.
        jobs: how many are checked at once.
        seconds: that each may take, all its calls together.
    """

    folder: Path
    request: Request
    out: Path = Path("results.csv")
    html: Path | None = None
    program: str = ""
    function: str = ""
    jobs: int = 1
    seconds: float = 600.0

    def order(self, submission: Submission) -> dict[str, Any]:
        """Return the order for the process that judges a submission."""
        function = f":{self.function}" if self.function else ""
        memory = self.request.memory_limit or (machine_memory() or 2**62) // (2 * self.jobs)
        request = replace(
            self.request, candidate=f"{submission.path}{function}", memory_limit=memory
        )
        html = str(self.html / f"{submission.name}.html") if self.html else ""
        return {"request": asdict(request), "name": submission.name, "html": html}

    def key(self, submission: Submission) -> str:
        """Return the key of a submission's files and of the options."""
        options = [__version__, self.function, self.seconds, asdict(self.request)]
        text = json.dumps([options, submission.digest(), bool(self.html)], sort_keys=True)
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def grade(grading: Grading, say: Say) -> int:
    """Check every submission that the table lacks.

    Args:
        grading: what to check.
        say: prints a line.

    Returns:
        0 where every submission was judged, passed or failed; else 2.

    Raises:
        InputError: there is no such folder, or the table cannot be written.
    """
    every = submissions_in(grading.folder, grading.program)
    rows = read_table(grading.out)
    if rows and not {s.name for s in every} & rows.keys():
        raise input_error("grade.other-class", path=grading.out, folder=grading.folder)
    make_folder(grading.html)
    keys = {s.name: grading.key(s) for s in every}
    results = {name: row for name, row in rows.items() if row.key and keys.get(name) == row.key}
    write_table(grading.out, in_order(every, results))
    with (
        Judges(grading.seconds, grading.jobs > 1) as judges,
        ThreadPoolExecutor(grading.jobs) as pool,
    ):
        waiting: list[Future[Result]] = [
            pool.submit(graded, s, grading, keys[s.name], judges)
            for s in every
            if s.name not in results
        ]
        try:
            for done in as_completed(waiting):
                result = done.result()
                results[result.name] = result
                write_table(grading.out, in_order(every, results))
                say(line_of(result))
        except BaseException:
            judges.end()
            pool.shutdown(cancel_futures=True)
            raise
    return summarised(grading, [*in_order(every, results)], len(every) - len(waiting), say)


def make_folder(folder: Path | None) -> None:
    """Make the folder of the reports, where there is to be one.

    Raises:
        InputError: it cannot be made.
    """
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise input_error("grade.html", folder=folder) from None


def in_order(every: list[Submission], results: dict[str, Result]) -> list[Result]:
    """Return the results in the order of the submissions."""
    return [results[s.name] for s in every if s.name in results]


def summarised(grading: Grading, results: list[Result], kept: int, say: Say) -> int:
    """Print how many were judged, and return the exit code."""
    judged = [result for result in results if result.is_judged]
    passed = sum(result.verdict == PASSED for result in judged)
    text = (
        f"{passed} passed, {len(judged) - passed} failed, {len(results) - len(judged)} not judged"
    )
    unchanged = f" ({kept} of an earlier run)" if kept else ""
    say(f"{grading.out}: {len(results)} submissions: {text}{unchanged}")
    return 0 if len(judged) == len(results) else BAD_INPUT


def graded(submission: Submission, grading: Grading, key: str, judges: Judges) -> Result:
    """Check one submission."""
    answer, seconds = judged(submission, grading, judges)
    right = sum(right for _, right, _ in answer["parts"])
    return Result(
        submission.name, answer["verdict"], right, len(answer["parts"]),
        " ".join(answer["codes"]), answer["sentence"], seconds, str(submission.path or ""),
        "" if answer.get("again") else key,
    )  # fmt: skip


def judged(
    submission: Submission, grading: Grading, judges: Judges
) -> tuple[dict[str, Any], float]:
    """Return the answer on a submission, and the seconds that it took."""
    if submission.problem:
        return unjudged(submission.problem), 0.0
    start = time.monotonic()
    answer = judges.judge(grading.order(submission))
    return answer, time.monotonic() - start


def line_of(result: Result) -> str:
    """Return a result in one line."""
    codes = f": {result.findings}" if result.findings else ""
    counted = f", {result.right} of {result.of} right" if result.of else ""
    return f"{result.name}: {result.verdict}{counted}{codes} ({result.seconds:.1f} s)"


def grade_for_gradescope(
    grading: Grading, out: Path, points: float, visibility: str, say: Say
) -> int:
    """Check one submission, and write results.json.

    Returns:
        As `grade`.

    Raises:
        InputError: there is no such folder, or the file cannot be written.
    """
    folder = grading.folder
    if not folder.exists():
        raise input_error("grade.folder", folder=folder)
    submission = (
        Submission(folder.name, folder) if folder.is_file() else of_folder(folder, grading.program)
    )
    named = Submission(
        submission.path.name if submission.path else submission.name,
        submission.path, submission.folder, submission.problem,
    )  # fmt: skip
    make_folder(grading.html)
    with Judges(grading.seconds, one_thread=False) as judges:
        answer, seconds = judged(named, grading, judges)
    results = gradescope_results(answer, points, visibility, seconds)
    write_whole(out, gradescope_json(results))
    say(f"{out}: {answer['verdict']}, {results['score']:g} of {points:g} points")
    return 0 if Result("", answer["verdict"]).is_judged else BAD_INPUT
