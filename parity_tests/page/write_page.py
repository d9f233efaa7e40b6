"""The command `parity page [CANDIDATE] --out page.html`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from parity_tests.check_messages import input_error
from parity_tests.checking.verdict import EXIT_CODES
from parity_tests.page.page_request import PageRequest
from ref_numpy.terminal import interrupted_afterwards
from ref_numpy.weights import write_whole

if TYPE_CHECKING:
    from parity_tests.adapters.candidate_process.program import Program


def write(request: PageRequest, out: str) -> int:
    """Write the page, whole or not at all.

    Args:
        request: the candidate and the problem.
        out: the file, which ends in .html.

    Returns:
        The exit code of the candidate's verdict.

    Raises:
        InputError: there is no such candidate or problem, or the file cannot be written.
    """
    from parity_tests.adapters.apart import printed_note, process_of
    from parity_tests.adapters.candidate_process.program import Program

    if not out.endswith((".html", ".htm")):
        raise input_error("page.file-name", out=out)
    if sys.flags.optimize > 1:
        raise input_error("page.docstrings")
    folder = Path(out).parent
    if not folder.is_dir():
        raise input_error("page.folder", out=out, folder=folder)
    with process_of(request) as process:
        program = Program(process.ask)
        text, summary, verdict = build_page(request, program)
        lines = program.closing()[0] if process.ready else 0  # the twin, a trace file: no program
    if lines:
        print(printed_note(lines))
    data = text.encode("utf-8")
    write_whole(out, data)
    print(f"{out}: {summary}; {len(data) / 1e6:.1f} MB; open it in a browser")
    return EXIT_CODES[verdict]


def build_page(request: PageRequest, program: Program) -> tuple[str, str, str]:
    """Return the page, a summary of it, and the candidate's verdict."""
    with interrupted_afterwards():
        from parity_tests.page.html import page
        from parity_tests.page.training_recording import record

    recording = record(request, program)
    verdict = str(recording.report).partition("\n")[0]
    if recording.found:
        iteration = recording.snapshots[recording.found].iteration
        verdict += f" at iteration {iteration} of the training"
    return page(recording), f"{recording.spec.summary}; {verdict}", recording.report.verdict
