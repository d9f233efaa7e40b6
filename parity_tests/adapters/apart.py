"""Check a candidate in a process of its own: whatever it does there, the result is one report.

The candidate is executed there, and its functions answer with arrays and plain data alone. This
process, which never imports it, computes what is right, compares, and gives the verdict.
"""

from __future__ import annotations

from dataclasses import replace

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.candidate_process.process import CandidateProcess
from parity_tests.adapters.candidate_process.program import Program
from parity_tests.adapters.request import Request
from parity_tests.adapters.trace_files import is_trace_file
from parity_tests.checking.findings import Finding
from parity_tests.checking.guarded_calls import CandidateLost
from parity_tests.checking.report import Report, engine
from parity_tests.checking.report_views.hint_levels import with_hints
from parity_tests.checking.report_views.levels import check_level


def examine_apart(request: Request) -> Report:
    """Check the candidate in a new process; a crash there is a finding.

    Returns:
        The report, with the request's hints and no more.

    Raises:
        InputError: there is no such candidate or problem; or a call did not return, or took too
            much memory.
    """
    check_level(request.hints)
    return with_hints(report_apart(request), request.hints)


def report_apart(request: Request) -> Report:
    """Return the whole report on the candidate, from a new process."""
    with process_of(request) as process:
        if not is_trace_file(request.candidate):  # which is no program
            process.start()  # it imports what it needs while this one does
        from parity_tests.adapters.check_candidate import examine

        program = Program(process.ask)
        try:
            report = examine(request, program)
            if not process.ready:
                return report
            lines, torch = program.closing()
        except CandidateLost as error:
            if error.code != "call.crashed":
                raise
            crash = Finding("call", "error", str(error), code=error.code)
            return Report(
                request.candidate, request.precision or "", (crash,), (), seed=request.seed,
                engine=engine(),
            )  # fmt: skip
    notes = (*report.notes, printed_note(lines)) if lines else report.notes
    return replace(report, notes=notes, engine=engine(torch))


def process_of(request: Request) -> CandidateProcess:
    """Return the process of the request's candidate, which has not started."""
    return CandidateProcess(request.candidate, request.time_limit, request.memory_limit)


def printed_note(lines: int) -> str:
    """Return the note that a candidate printed so many lines."""
    return sentence("note.printed", lines=f"{lines} line{'s' if lines > 1 else ''}")
