"""The command `parity page [CANDIDATE] --out page.html`."""

from __future__ import annotations

from pathlib import Path

from parity_tests.check_messages import input_error
from parity_tests.checking.guarded_calls import Call
from parity_tests.checking.verdict import EXIT_CODES
from parity_tests.page.page_request import PageRequest
from ref_numpy.weights import write_whole


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
    from parity_tests.adapters.sandbox import printed_note, run_apart

    if not out.endswith((".html", ".htm")):
        raise input_error("page.file-name", out=out)
    folder = Path(out).parent
    if not folder.is_dir():
        raise input_error("page.folder", out=out, folder=folder)
    (text, summary, verdict), lines = run_apart(build_page, request)
    if lines:
        print(printed_note(lines))
    data = text.encode("utf-8")
    write_whole(out, data)
    print(f"{out}: {summary}; {len(data) / 1e6:.1f} MB; open it in a browser")
    return EXIT_CODES[verdict]


def build_page(request: PageRequest, call: Call) -> tuple[str, str, str]:
    """Return the page, a summary of it, and the candidate's verdict."""
    from parity_tests.page.html import page
    from parity_tests.page.training_recording import record

    recording = record(request, call)
    verdict = str(recording.report).partition("\n")[0]
    if recording.found:
        iteration = recording.snapshots[recording.found].iteration
        verdict += f" at iteration {iteration} of the training"
    return page(recording), f"{recording.spec.summary}; {verdict}", recording.report.verdict
