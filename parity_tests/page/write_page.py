"""python -m parity_tests page [CANDIDATE] --out page.html"""

from __future__ import annotations

from pathlib import Path

from parity_tests.check_messages import input_error
from parity_tests.checking.guarded_calls import Call
from parity_tests.checking.verdict import EXIT_CODES
from parity_tests.page.page_request import PageRequest
from ref_numpy.weights import write_whole


def write(request: PageRequest, out: str) -> int:
    """The file whole or not at all.   Returns the exit code of the candidate's verdict.

    Raises InputError.
    """
    from parity_tests.adapters.sandbox import apart, printed

    if not out.endswith((".html", ".htm")):
        raise input_error("page.file-name", out=out)
    folder = Path(out).parent
    if not folder.is_dir():
        raise input_error("page.folder", out=out, folder=folder)
    (text, said, verdict), lines = apart(made, request)
    if lines:
        print(printed(lines))
    data = text.encode("utf-8")
    write_whole(out, data)
    print(f"{out}: {said}; {len(data) / 1e6:.1f} MB; open it in a browser")
    return EXIT_CODES[verdict]


def made(request: PageRequest, call: Call) -> tuple[str, str, str]:
    """The page, what it shows in words, and the candidate's verdict."""
    from parity_tests.page.html import page
    from parity_tests.page.training_recording import record

    recording = record(request, call)
    said = str(recording.report).partition("\n")[0]
    if recording.found:
        said += f" at iteration {recording.moments[recording.found].iteration} of the training"
    return page(recording), f"{recording.spec.summary}; {said}", recording.report.verdict
