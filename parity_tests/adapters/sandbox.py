"""Check a candidate in a process of its own: whatever it does there, the result is one sentence.

It may hang, crash, exit, print, or change how signals and threads work.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.request import Request
from parity_tests.check_messages import input_error
from parity_tests.checking.findings import Finding
from parity_tests.checking.guarded_calls import Call, CandidateError, call
from parity_tests.checking.report import Report, engine
from ref_numpy import InputError

R = TypeVar("R", bound=Request)
IMPORTING = "importing "  # the name of the call that executes a candidate's file
Work = Callable[[R, Call], Any]


class Crashed(CandidateError):
    """The candidate ended the process that it ran in."""


class OurFailure(RuntimeError):
    """An exception of ours, in the process of the candidate: its traceback."""


def examine_apart(request: Request) -> Report:
    """Run `examine` in a new process; a crash is a finding.

    Raises:
        InputError: there is no such candidate or problem.
    """
    try:
        report, lines = run_apart(examined, request)
    except Crashed as error:
        crash = Finding("call", "error", str(error), code="call.crashed")
        return Report(
            request.candidate, request.precision or "", (crash,), (), seed=request.seed,
            engine=engine(),
        )  # fmt: skip
    if not lines:
        return report
    return replace(report, notes=(*report.notes, printed_note(lines)))


def printed_note(lines: int) -> str:
    """Return the note that a candidate printed so many lines."""
    return sentence("note.printed", lines=f"{lines} line{'s' if lines > 1 else ''}")


def examined(request: Request, call: Call) -> Report:
    """Run `examine`, which is imported in the new process alone."""
    from parity_tests.adapters.check_candidate import examine

    return examine(request, call)


def run_apart(work: Work[R], request: R) -> tuple[Any, int]:
    """Run work(request, call) in a new process.

    Each call of the candidate may take request.time_limit seconds; its output goes to standard
    error.

    Args:
        work: a function at the top of its module.
        request: the candidate and the problem.

    Returns:
        The result of work, and how many lines the candidate printed.

    Raises:
        InputError: raised by work.
        CandidateError: a call did not return.
        Crashed: a call ended the process.
        OurFailure: work failed otherwise.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=report_to, args=(theirs, work, request))
    process.start()
    theirs.close()
    running: str | None = None
    try:
        while True:
            if not ours.poll(None if running is None else request.time_limit):
                late = input_error("call.no-return", call=running, seconds=request.time_limit)
                raise CandidateError(str(late), late.code)
            kind, content = ours.recv()
            if kind == "done":
                return content
            if kind == "error":
                raise InputError(*content)
            if kind == "failure":
                raise OurFailure(content)
            running = content
    except EOFError:
        process.join()
        facts = {"name": running or request.candidate, **ending(process.exitcode)}
        if running is None or running.startswith(IMPORTING):  # nothing of it was called yet
            unread = input_error("candidate.unreadable", **facts)
            raise CandidateError(str(unread), unread.code) from None
        crash = input_error("call.crashed", **facts)
        raise Crashed(str(crash), crash.code) from None
    finally:
        process.kill()
        process.join()


def ending(code: int | None) -> dict[str, Any]:
    """Return the facts about a process that ended without a report: its signal or exit code."""
    if code is not None and code < 0:
        return {"signal": signal.Signals(-code).name}
    return {"exit_code": code}


def report_to(connection: Connection, work: Work[R], request: R) -> None:
    """Run work in a new process: send ("calling", name or None) around each call, then the end."""
    os.dup2(2, 1)  # of C code and child processes, too
    sys.stdout = output = Printed(sys.stderr)

    def announced(name: str, function: Callable[..., Any], *arguments: Any) -> Any:
        connection.send(("calling", name))
        try:
            return call(name, function, *arguments)
        finally:
            connection.send(("calling", None))

    try:
        result = work(request, announced)
        connection.send(("done", (result, output.lines)))
    except InputError as error:
        connection.send(("error", (str(error), error.code)))
    except KeyboardInterrupt:
        sys.exit(130)  # the other process was interrupted as well
    except Exception:
        text = f"{request.candidate} could not be checked:\n{traceback.format_exc()}"
        connection.send(("failure", text))


class Printed(io.TextIOBase):
    """Standard output that goes to standard error, and is counted."""

    def __init__(self, to: Any) -> None:
        self.to, self.lines = to, 0

    def write(self, text: str) -> int:
        """Write the text to standard error."""
        self.lines += text.count("\n")
        return self.to.write(text)

    def flush(self) -> None:
        """Flush standard error."""
        self.to.flush()
