"""`parity check … --html report.html`: the file is written, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from parity_tests.adapters.request import Request
from parity_tests.check_messages import input_error
from parity_tests.checking.report import Report
from parity_tests.page.report_page.check_command import check_command
from parity_tests.page.report_page.report_html import report_page
from ref_numpy.weights import write_whole


def check_report_path(out: str) -> None:
    """Refuse a name under which no report can be written, before the check.

    Raises:
        InputError: it does not end in .html, or its folder is missing.
    """
    if not out.endswith((".html", ".htm")):
        raise input_error("report.file-name", out=out)
    if not Path(out).parent.is_dir():
        raise input_error("report.folder", out=out, folder=Path(out).parent)


def write_report(report: Report, request: Request, out: str | Path) -> None:
    """Write the page of a report.

    Args:
        report: with the hints that it may show.
        request: that it is the answer to.
        out: the file.

    Raises:
        InputError: it cannot be written.
    """
    command = check_command(request, report.candidate)
    write_whole(out, report_page(report, command).encode("utf-8"))
