"""One submission, judged in a process of its own: the process, and what it sends back.

The candidate itself runs in another process, which this one starts. Whatever happens in either,
the class goes on.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from parity_tests.adapters.apart import examine_apart
from parity_tests.adapters.request import Request
from parity_tests.checking.report import Report, unjudged_lines
from parity_tests.checking.report_wording import sentence
from parity_tests.checking.verdict import NOT_JUDGED
from parity_tests.page.report_page.write_report import write_report
from ref_numpy import InputError
from ref_numpy.terminal import one_line


def main() -> None:
    """Read an order, one line of JSON, and print the result as another.

    The process ends when its standard input does: when the class's process is gone.
    """
    order = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=end_with_input, daemon=True).start()
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # nothing else is written there
    print(json.dumps(judge(order)), file=out, flush=True)


def end_with_input() -> None:
    """Wait for the end of standard input, and end the process."""
    sys.stdin.buffer.read()
    os._exit(1)


def judge(order: Mapping[str, Any]) -> dict[str, Any]:
    """Check the candidate of an order.

    Args:
        order: "request", the fields of `Request`; "name", which reports have; "html", the file of
            the report as a page, or "".

    Returns:
        What `result_of` returns; where it could not be judged, why.
    """
    request = Request(**order["request"])
    try:
        report = replace(examine_apart(request), candidate=order["name"])
        if order["html"]:
            write_report(report, request, order["html"])
    except InputError as error:
        return unjudged(error)
    return result_of(report)


def unjudged(error: InputError) -> dict[str, Any]:
    """Return the result of a submission that could not be judged."""
    text = one_line(str(error))
    return {"verdict": NOT_JUDGED, "codes": [error.code], "sentence": text, "parts": []}


def result_of(report: Report) -> dict[str, Any]:
    """Return a report as a class's table needs it.

    Returns:
        "verdict"; "codes" of the findings; "sentence", the first finding, or why there is no
        verdict; "text", the report; and "parts", [name, whether it is right, text] of each that the
        score counts.
    """
    codes = [f.code for f in (*report.findings, *report.mistaken)]
    return {
        "verdict": report.verdict,
        "codes": [*dict.fromkeys(codes)],
        "sentence": one_line(first_sentence(report)),
        "text": str(report),
        "parts": [[name, right, part_text(report, name)] for name, right in report.scored.items()],
    }


def first_sentence(report: Report) -> str:
    """Return the first finding with its cause; or why there is no verdict; nothing if passed."""
    if report.findings:
        first = report.findings[0]
        return ": ".join(filter(None, (first.message, first.cause)))
    if report.mistaken:
        return report.mistaken[0].message
    if report.passed:
        return ""
    lines = []
    if report.missing:
        lines.append(sentence("report.required", names=" ".join(report.missing)))
    if report.unchecked_passes:
        names = ", ".join(report.unchecked_passes)
        lines.append(sentence("report.unchecked-passes", names=names))
    return "; ".join(lines or [*unjudged_lines(report)][:1])


def part_text(report: Report, name: str) -> str:
    """Return what the report has about one name that the score counts."""
    findings = [str(f) for f in report.findings if f.tensor.rpartition("@")[-1] == name]
    if findings:
        return "\n".join(findings)
    if report.scored[name]:
        return sentence("score.right")
    outside = any(t.name == name and not t.ratio <= 1 for t in report.tensors)
    return sentence("score.consequence" if outside else "score.not-judged")
