"""Every sentence of a report, by its code, those of its findings among them (`finding_messages`).

The causes have theirs in the catalogue (`kinds`) and in `diagnosis.cause_wording`; only how sure
they are is worded here. Nothing else in this room composes English, and nothing parses it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from parity_tests.finding_messages import FINDINGS
from ref_numpy.errors import Message

NAMED = 4  # tensors in a sentence; of more, their number


def worst(
    shape: Any, dtype: str, wrong: int, size: int, index: Any, values: Sequence[float]
) -> str:
    """Describe the worst element: the candidate's, the reference's, and error ÷ bound."""
    where = f" at {list(index)}" if index else ""
    candidate, reference, ratio, bound = (x + 0.0 for x in values)  # 0 for −0
    return (
        f"  {shape} {dtype}: {wrong} of {size} elements; worst{where}: candidate {candidate:.6g}, "
        f"reference {reference:.6g}, error {ratio:.2g} × bound {bound:.2g}"
    )


def elements(causes: str, size: int, batches: Sequence[int], certain: bool, note: str) -> str:
    """Name the causes, and the numbers that they reproduce."""
    numbers = f"all {size} elements" if size > 1 else "its value"
    checked = listed([f"m = {m}" for m in batches])
    where = f"; checked with {checked}" if checked else ""
    perhaps = "" if certain else "perhaps "
    return f"{perhaps}{causes}  (this formula reproduces {numbers}, up to rounding{where}){note}"


def listed(texts: Sequence[str]) -> str:
    """List texts in words: a, b and c."""
    *first, last = texts or [""]
    return f"{', '.join(first)} and {last}" if first else last


def doubt(expected: float) -> str:
    """Say how often some mistake gives a wrong number by chance."""
    often = "almost every case" if expected > 1 / 2 else f"1 of {1 / expected:.2g} cases"
    return f"; a random wrong value of this size fits some mistake in {often}"


def declaration(precision: str, declare: str, names: Sequence[str], option: str) -> str:
    """Say which tensors have the errors of another arithmetic, and how to declare it."""
    more = [f"{len(names) - NAMED} more"] if len(names) > NAMED else []
    errors = f"the errors of {listed([*names[:NAMED], *more])}" if names else "some errors"
    stored, _, inside = declare.rpartition("-")
    each = "steps that store the result of each operation"
    those = {"sums": f"tensors summed in {stored}", "fused": "fused steps"}.get(inside, each)
    return (
        f"not judged: {errors} are larger than {precision} makes, and as large as those of {those};"
        f" if the program works so, declare it: {option} {declare}"
    )


def less_accurate(names: Sequence[str], formulas: str, judged: bool) -> str:
    """Say which tensors only a less accurate arithmetic has, and whether that judges them."""
    are = "is" if len(names) == 1 else "are"
    said = "" if judged else ", where rounding alone could explain any value"
    one = "a less accurate arithmetic that is equal on paper"
    return f"{listed(names)} {are} within the bounds of {one}, and of no other{said}: {formulas}"


def summary(
    name: str, verdict: str, condition: str, n_findings: int, n: int, ratio: float | None
) -> str:
    """The first line of a report."""
    word = f"{n_findings} finding{'' if n_findings == 1 else 's'}" if n_findings else verdict
    word += f" {condition}" if condition else ""
    compared = f"{n} tensor{'' if n == 1 else 's'} compared"
    largest = "" if ratio is None or not n else f", largest error ratio {ratio:.2g}"
    return f"{name}: {word}; {compared}{largest}"


def calls(same: int, others: Sequence[int], rate: float) -> str:
    """Say how often a program was called, and which rate of a random fault that finds."""
    if same + len(others) == 1:
        return "called once: not judged at a later call"
    sizes = listed([*dict.fromkeys(map(str, others))])
    more = f" and {len(others)} times with others (m = {sizes})" if others else ""
    return (
        f"called {same} times with the same numbers{more}: a random fault of 1 in "
        f"{1 / rate:.2g} calls is found with a probability of 95 %"
    )


def is_wrong_where(tensor: str) -> str:
    """Name a wrong tensor, and its step, where the course's names tell which it is."""
    base, _, step = tensor.partition("@")
    if step:
        return f"{base} is wrong, as the step of {step} receives it"
    named = re.fullmatch(r"(d?)(?:A(\d+)|[ZWb](\d+))", base)
    if not named:
        return f"{base} is wrong"
    way, of_A, of_others = named.groups()
    layer = of_others or ("" if way else of_A)  # dA1 is of the step of layer 2, or of the loss
    step = f"{'backward' if way else 'forward'} step{f' of layer {layer}' if layer else ''}"
    return f"{base} is wrong, in the {step}"


def pattern(c: str, rows: Sequence[int], columns: Sequence[int]) -> str:
    """Describe a difference: one factor, and the few rows and columns that it is in."""
    factor = [f"every element is {c} times the expected value"] if c else []
    places = [
        f"only {name}{'s' if len(which) > 1 else ''} {listed([*map(str, which)])} (from 0)"
        for name, which in (("row", rows), ("column", columns))
        if which
    ]
    return "; ".join([*factor, *places])


def without_array(tensor: str, type_name: str, **others: Any) -> str:
    """Say that a tensor is no array."""
    return f"{tensor} is a {type_name}, not an array"


SENTENCES: dict[str, Message] = {
    **FINDINGS,
    # Remarks where no cause is known.
    "unknown.random": (
        "unknown: two calls with the same examples gave different results; does the program use "
        "random numbers (dropout), or keep values between calls?"
    ),
    "unknown.right-elsewhere": "unknown: with {batches} other examples it is right",
    "unknown.not-repeated": (
        "unknown: no mistake gives these numbers and those of {m} other examples"
    ),
    "memory.shared": (
        "{tensor} and {other} are one array in memory: writing one changed both"
    ),
    # How sure the causes are.
    "causes.elements": elements,
    "causes.updates": (
        "{causes}  (this formula reproduces the parameters after every update, up to rounding)"
    ),
    "causes.doubt": doubt,
    "note.same-network": "; in this network they are the same",
    # A finding's lines.
    "finding.before": "; everything before it agrees ({names})",
    "finding.worst": worst,
    "finding.cause": "  cause: {text}",
    "finding.causes-between": ",\n      or: ",
    "finding.wrong": "  wrong: {lines}",
    "finding.wrong-between": "\n         ",
    "finding.right": "  right: {line}",
    "finding.choice": "  choice: {lines}",
    "finding.reference": "  reference: {line}",
    "finding.yours": "  yours: {line}",
    "finding.declare": "  on purpose? {option} declares it, and it passes",
    "finding.pattern": "  difference: {text}",
    # Of a report that reveals less (--hints).
    "hint.where": is_wrong_where,
    "hint.pattern": pattern,
    "hint.changed": (
        "{function} changed {argument}, which it was given, in place ({wrong} of {size} elements)"
    ),
    "hint.no-array": without_array,
    "hint.another-layer": "the backward step of layer {l} was given what belongs to another layer",
    # Of a name that a score counts.
    "score.right": "right",
    "score.consequence": "not within its bound, which follows from what else is wrong",
    "score.not-judged": "not judged: nothing of this name could be compared",
    "report.hints-where": (
        "this report shows where something is wrong, and no more (--hints where)"
    ),
    "report.hints-what": (
        "this report shows what differs, and neither causes nor right lines (--hints what)"
    ),
    # A report's lines.
    # Whose word the precision is, after its name.
    "precision.file": "by the file",
    "precision.option": "by --precision",
    "precision.course": "by the assignment",
    "precision.dtype": "by the dtype of X",
    "precision.default": "by default",
    "report.summary": summary,
    "report.suspicious": "{finding} (with --strict this is a finding)",
    "report.unseen": (
        "on these data, factors rounded to TF32 would not be suspicious in: {names}"
    ),
    "report.mistaken-call": "mistaken call: {finding}",
    "report.no-gradient": (
        "not judged: no gradient of a parameter (dW, db) could be compared"
    ),
    "report.declare": declaration,
    "report.required": "not judged, though it was required: {names}",
    "report.blunt": "not judged, because rounding alone could explain any value of: {names}",
    "report.less-accurate": less_accurate,
    "report.not-checked": "not checked: {names}",
    "report.unchecked-passes": (
        "not checked, though they look like a forward or backward pass: {names}"
    ),
    "report.not-seen": "not looked at: {names}",
    "report.no-bound": "{n} elements of {tensor} have no bound",
    "report.calls": calls,
    "report.adapter": "\nTo have it checked, complete this adapter:\n\n{adapter}",
}  # fmt: skip


def sentence(code: str, **facts: Any) -> str:
    """Return the sentence of this code, made from its facts."""
    message = SENTENCES[code]
    return message(**facts) if callable(message) else message.format(**facts)
