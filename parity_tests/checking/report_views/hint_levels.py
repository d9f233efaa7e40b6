"""How much a report reveals: where something is wrong, what the difference is, or the line.

    where  ⊂  what  ⊂  line

The data themselves are taken out of a report, not only its print, so that no output has them:
terminal, JSON, pytest, pages. An exception of the candidate's own code is shown at every level, as
running the program shows it too.
"""

from __future__ import annotations

from dataclasses import fields, replace
from math import inf, nan

from parity_tests.checking.findings import Finding, Remark, kind_of
from parity_tests.checking.judged import Tensor
from parity_tests.checking.report import Report
from parity_tests.checking.report_views.levels import LINE, WHAT, WHERE, check_level
from parity_tests.checking.report_wording import sentence

SHOWN_ALWAYS = ("error", "mistaken-call")  # kinds of findings: exceptions, and our own guesses
WRONG = "wrong"  # the kind of a finding whose kind is hidden

# Fields of a finding that say where it is, and that of its kind.
PLACE = ("tensor", "kind", "message", "layer", "before", "code")
EXPLANATION = (
    "causes", "constant", "right_line", "yours", "remark", "note", "reproduces", "batches", "facts",
    "declare",
)  # fmt: skip


def with_hints(report: Report, hints: str) -> Report:
    """Return the report with no more than these hints.

    Args:
        report: with all of them.
        hints: "where", the wrong tensors and functions, with their step; "what", also how they
            differ (how many elements, by which ratio, in which rows); "line", also the cause, with
            the wrong and the right line.

    Raises:
        InputError: there is no such level.
    """
    check_level(hints)
    if hints == LINE:
        return report
    findings = tuple(hinted(finding, hints) for finding in report.findings)
    report = replace(report, hints=hints, findings=findings)
    if hints == WHAT:
        return replace(report, sums=tuple(replace(s, precision="") for s in report.sums))
    wrong = {finding.tensor for finding in findings}
    tensors = tuple(
        without_numbers(t) if t.name in wrong or not t.ratio <= 1 else t for t in report.tensors
    )
    if wrong:  # the others' end to end would show how much they inherit
        tensors = tuple(replace(t, digits=None, ratio_end_to_end=None) for t in tensors)
    return replace(report, tensors=tensors, sums=())


def hinted(finding: Finding, hints: str) -> Finding:
    """Return the finding with no more than these hints: "where" or "what"."""
    if finding.kind in SHOWN_ALWAYS:
        return finding
    kept = PLACE if hints == WHERE else [n for n in own_fields() if n not in EXPLANATION]
    bare = Finding(**{name: getattr(finding, name) for name in kept})
    name, kind = finding.tensor, kind_of(finding.tensor)
    if hints == WHERE:
        message = sentence("hint.where", tensor=name)
        return replace(bare, kind=WRONG, code=f"{kind}.{WRONG}", message=message)
    pattern = pattern_of(finding)
    bare = replace(bare, message=message_without_remedy(finding), pattern=pattern)
    if "difference" in finding.code:  # that it is a choice is a cause
        code = finding.code.replace("difference", "value")
        kind = "value" if finding.kind == "difference" else finding.kind
        bare = replace(bare, kind=kind, code=code)
    return bare


def own_fields() -> list[str]:
    """Return the names of a finding's fields."""
    return [field.name for field in fields(Finding)]


def message_without_remedy(finding: Finding) -> str:
    """Return a finding's sentence, without what to do instead."""
    facts = finding.facts
    reason, later, _ = finding.code.rpartition(".")[2].partition("-later-")
    name = facts.get("tensor", finding.tensor.rpartition(".")[2])
    if reason in REPLACED:
        text = sentence(REPLACED[reason], **{"tensor": name, **facts})
        return sentence("later", message=text, where=facts["where"]) if later else text
    if reason == "suspicious":
        return sentence(reason, **{**facts, "precision": ""})
    choice, value = (sentence(code, tensor=name) for code in ("difference", "value"))
    return finding.message.replace(choice, value)


# Sentences that name the remedy or the cause, by the end of their code, and those without it.
REPLACED = {
    "changed": "hint.changed",
    "list": "hint.no-array",
    "tuple": "hint.no-array",
    "of-another-layer": "hint.another-layer",
}


def pattern_of(finding: Finding) -> Remark | None:
    """Return the look of a difference: one factor, and the few rows and columns that it is in."""
    c = ""
    if finding.constant and finding.reference and finding.candidate is not None:
        c = f"{finding.candidate / finding.reference:.6g}"  # that it is m would be the cause
    facts = {"c": c, "rows": finding.rows, "columns": finding.columns}
    text = sentence("hint.pattern", **facts)
    return Remark("hint.pattern", text, facts) if text else None


def without_numbers(tensor: Tensor) -> Tensor:
    """Return a wrong tensor without its numbers; whether it was judged is as before."""
    bound = 0.0 if tensor.judged else inf
    name, shape, function = tensor.name, tensor.shape, tensor.function
    return Tensor(name, shape, nan, inf, bound=bound, expected=inf, function=function)
