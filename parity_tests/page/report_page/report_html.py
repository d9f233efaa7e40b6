"""A report as a page: verdict, findings, tables, what was not judged, and how to check it again.

It has no script and loads nothing. A candidate's names and messages may be any text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

from parity_tests.checking.findings import Finding
from parity_tests.checking.report import Report, unjudged_lines
from parity_tests.checking.report_views.table_rows import Row, function_rows, tensor_rows
from parity_tests.checking.report_wording import sentence
from parity_tests.checking.verdict import FAILED, PASSED
from parity_tests.page.headline import headline
from parity_tests.page.html import ASSETS, style
from ref_numpy import __version__
from ref_numpy.terminal import printable

MARKS = {PASSED: "✓", FAILED: "✗"}  # others: ?
COLOURS = {PASSED: "right", FAILED: "wrong"}


def report_page(report: Report, command: str) -> str:
    """Write the whole file.

    Args:
        report: with the hints that it may show.
        command: that gives the report again.
    """
    word = verdict_word(report)
    parts = {
        "title": text(f"{report.candidate}: {word}"),
        "style": style("report"),
        "colour": COLOURS.get(report.verdict, "open"),
        "mark": MARKS.get(report.verdict, "?"),
        "verdict": text(word),
        "candidate": text(report.candidate),
        "headline": text(headline_of(report)),
        "facts": definitions(facts_of(report)),
        "findings": "\n".join(finding_sections(report)),
        "tensors": "\n".join(tables(report)),
        "unjudged": unjudged(report),
        "command": text(command),
        "made": text(made_with(report)),
    }
    page = (ASSETS / "report.html").read_text(encoding="utf-8")
    return re.sub(r"<!--(\w+)-->", lambda name: parts[name[1]], page)


def text(x: str) -> str:
    """Return any text for HTML, its control characters as escapes."""
    return escape(printable(x))


def verdict_word(report: Report) -> str:
    """Return the verdict: the number of findings, or its word."""
    n = len(report.findings)
    return f"{n} finding{'' if n == 1 else 's'}" if n else report.verdict


def headline_of(report: Report) -> str:
    """Return the verdict in words, with the cause where the report shows causes."""
    if report.hints == "line" or not report.findings:
        return headline(report, (), numbered=False)
    first, *others = (f.message for f in report.findings)
    return f"{first}. Also wrong: {len(others)} more" if others else first


def facts_of(report: Report) -> Iterator[tuple[str, str]]:
    """Yield what was checked: (name, text)."""
    if report.problem:
        yield "Network", text(report.problem)
    yield "Arithmetic", text(report.granted_precision)
    n = len(report.tensors)
    hidden = report.hints == "where" and report.findings
    ratio = "" if hidden or not n else f", largest error ratio {report.ratio:.2g}"
    yield "Compared", f"{n} tensor{'' if n == 1 else 's'}{ratio}"
    if report.condition:
        yield "Judged", text(report.condition)


def finding_sections(report: Report) -> Iterator[str]:
    """Yield the findings; then what is suspicious, and calls that were guessed wrongly."""
    if report.findings:
        yield "<h2>What is wrong</h2>"
    for k, finding in enumerate(report.findings):
        yield article(finding, f"finding-{k + 1}")
    if report.suspicions:
        yield "<h2>Suspicious</h2>"
        yield from (article(f, "") for f in report.suspicions)
    if report.mistaken:
        yield "<h2>Could not be called</h2>"
        yield from (article(f, "") for f in report.mistaken)
    if report.adapter and not report.findings:
        yield "<p>To have it checked, complete this adapter:</p>"
        region = 'class="program" tabindex="0" role="region" aria-label="The adapter"'
        yield f"<pre {region}>{text(report.adapter)}</pre>"


def article(finding: Finding, anchor: str) -> str:
    """Return a finding: its sentence, and each thing that is known about it."""
    is_choice = finding.kind == "difference"
    wrong = "\n".join(cause.wrong_line for cause in finding.causes)
    rows = [
        ("Worst", finding.worst.strip(), ""),
        ("Difference", finding.pattern.message if finding.pattern else "", ""),
        ("Cause", finding.cause_text("; or ") or "", ""),
        ("Choice" if is_choice else "Wrong", wrong, "wrong"),
        ("Reference" if is_choice else "Right", finding.right_line or "", "right"),
        ("Yours", finding.yours or "", "yours"),
        ("On purpose?", finding.declare, ""),
    ]
    lines = [
        (name, f'<pre class="{colour}">{text(value)}</pre>' if colour else text(value))
        for name, value, colour in rows
        if value
    ]
    before = f'<p class="small">Right before it: {text(" ".join(finding.before))}</p>'
    return (
        f'<article class="finding"{f" id={anchor}" if anchor else ""}>'
        f"<h3>{text(finding.message)}</h3>{before if finding.before else ''}"
        f"{definitions(lines)}</article>"
    )


def definitions(rows: Iterator[tuple[str, str]] | Sequence[tuple[str, str]]) -> str:
    """Return a list of names and HTML; nothing where there are none."""
    items = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows)
    return f"<dl>{items}</dl>" if items else ""


def tables(report: Report) -> Iterator[str]:
    """Yield the tables of tensors and of functions, where there are any."""
    anchors: dict[str, str] = {}
    for k, finding in enumerate(report.findings):
        anchors.setdefault(finding.tensor, f"#finding-{k + 1}")
    rows = [*tensor_rows(report)]
    compared = any(not tensor.function for tensor in report.tensors)
    if compared or any(row.wrong for row in rows):
        names = ("Tensor", "Shape", "Largest difference", "Error ratio", "", "Digits", "")
        body = [cells(r, anchors, (r.shape, r.apart), (r.digits,)) for r in rows]
        yield table("Every tensor", "tensors", names, body)
    body = [cells(r, anchors, (r.gives,), ()) for r in function_rows(report)]
    if body:
        names = ("Function", "Gives", "Error ratio", "", "")
        yield table("Functions called alone", "functions", names, body)


def table(title: str, kind: str, names: Sequence[str], rows: Sequence[str]) -> str:
    """Return a table under a heading."""
    heads = "".join(
        f'<th scope="col">{name}</th>' if name else f"<td{' class=bar' if not k else ''}></td>"
        for k, name in in_order_of_blanks(names)
    )
    body = "\n".join(rows)
    return (
        f'<section><h2 id="{kind}">{title}</h2>\n<table class="{kind}" aria-labelledby="{kind}">\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody></table></section>"
    )


def in_order_of_blanks(names: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield each name with the number of blank ones before it: the first blank is the bar's."""
    for k, name in enumerate(names):
        yield sum(not n for n in names[:k]), name


def cells(row: Row, anchors: dict[str, str], before: Sequence[str], after: Sequence[str]) -> str:
    """Return a row: its name, the cells before the ratio, the ratio with a bar, the others."""
    name = text(row.name).replace("_", "_<wbr>")  # where a phone may break it
    if row.name in anchors:
        name = f'<a href="{anchors[row.name]}">{name}</a>'
    word, mark = ("wrong", "✗") if row.wrong else ("right", "✓")
    word, mark = (word, mark) if row.wrong or row.judged else ("not judged", "?")
    colour = word if row.wrong or row.judged else "open"
    width = 0 if row.ratio is None else min(100 * row.ratio, 100)
    bar = f'<i class="{"wrong" if row.wrong else "right"}" style="width:{width:.0f}%"></i>'
    columns = [f"<td>{text(x)}</td>" for x in before]
    columns += [f"<td>{row.ratio_text}</td>", f'<td class="bar">{bar if width else ""}</td>']
    columns += [f"<td>{text(x)}</td>" for x in after]
    columns += [f'<td class="{colour}"><span aria-hidden="true">{mark}</span> {word}</td>']
    is_wrong = ' class="found"' if row.wrong else ""
    return f'<tr{is_wrong}><th scope="row">{name}</th>{"".join(columns)}</tr>'


def unjudged(report: Report) -> str:
    """Return the list of what was not judged, and of notes."""
    lines = [*unjudged_lines(report)]
    if report.unchecked_passes:
        names = ", ".join(report.unchecked_passes)
        lines.insert(0, sentence("report.unchecked-passes", names=names))
    if not lines:
        return "<p>Everything that the reference has was judged.</p>"
    return f"<ul>{''.join(f'<li>{text(line)}</li>' for line in lines)}</ul>"


def made_with(report: Report) -> str:
    """Name the versions and the seed of a report."""
    seed = "" if report.seed is None else f", seed {report.seed}"
    return f"backprop-with-proof {__version__}, {report.engine}{seed}"
