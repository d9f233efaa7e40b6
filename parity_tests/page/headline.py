"""The verdict in words: which tensor is wrong, and why."""

from __future__ import annotations

import re
from collections.abc import Collection

from parity_tests.checking.findings import VALUES, Finding
from parity_tests.checking.report import Report, report_lines
from parity_tests.page.docstring_equations import bracketed


def headline(report: Report, names: Collection[str], numbered: bool = True) -> str:
    """Return "dZ[1] is wrong: 1 − A is used, 1 − A² was expected; everything before it is right".

    Args:
        report: on the candidate.
        names: of the network's tensors.
        numbered: the numbers in them are put in brackets, as those of a chain's layers.
    """
    if report.findings:
        text = of_findings(report.findings)
    elif report.passed:
        text = "everything that was compared is right: it differs by rounding at most"
        if missing := [name for name in report.not_checked if name != "A0"]:
            text += f"; not checked: {', '.join(missing)}"
    elif report.mistaken:
        text = f"not judged: {report.mistaken[0].message}"
    else:
        text = of_unjudged(report)
    text = with_brackets(text, names) if numbered else text
    return text if text.partition(" ")[0] in names else capitalised(text)


def of_findings(findings: tuple[Finding, ...]) -> str:
    """Return the first finding in words, and the names of the others."""
    first, *others = findings
    text = first.message
    if first.kind in VALUES or first.causes:
        text += f": {why(first)}"
    if first.before:
        text += "; everything before it is right"
    if more := list(dict.fromkeys(f.tensor for f in others if f.tensor != first.tensor)):
        text += f". Also wrong: {', '.join(more)}"
    return text


def why(finding: Finding) -> str:
    """Return the causes: what is used first, then what was expected."""
    if finding.remark or not finding.causes:
        remark = finding.remark.message if finding.remark else "unknown"
        return "the cause is unknown" if remark.startswith("unknown") else remark
    texts = [
        re.sub(r"^(.+) was expected, (.+) is used$", r"\2 is used, \1 was expected", cause.message)
        for cause in finding.causes
    ]
    perhaps = "" if all(cause.is_certain for cause in finding.causes) else "perhaps "
    return perhaps + " or ".join(dict.fromkeys(texts))


def of_unjudged(report: Report) -> str:
    """Return why a report has no verdict; or the tensors above their bounds."""
    above = [tensor.name for tensor in report.tensors if not tensor.ratio <= 1]
    if above:
        return f"differs by more than rounding: {', '.join(above)}"
    lines = [line for line in report_lines(report) if line.startswith("not judged")]
    return lines[0] if lines else "not judged"


def with_brackets(text: str, names: Collection[str]) -> str:
    """Put the numbers of tensors in brackets: "dZ1 is wrong" → "dZ[1] is wrong"."""
    if not names:
        return text
    any_name = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return re.sub(rf"\b({any_name})\b", lambda name: bracketed(name[0]), text)


def capitalised(text: str) -> str:
    """Begin a sentence with a capital, unless it begins with a name such as dZ[1]."""
    word = text.partition(" ")[0]
    return text[0].upper() + text[1:] if word.isalpha() and word.islower() else text
