"""The gradients that week 4's L_model_backward passes from one layer's backward step to the next.

The step of layer l takes dA[l], which the step of layer l + 1 returned. Objects are compared, and
not numbers: a gradient that the candidate copied is judged by its numbers like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.course.backward_calls import Calls
from parity_tests.checking.findings import Finding
from parity_tests.checking.later_findings import grouped
from parity_tests.checking.report import Report
from parity_tests.checking.report_wording import listed

BACKWARD = "linear_activation_backward"
OF_ANOTHER = "gradient.of-another-layer"
OTHER_DA = "other-layer-dA"  # the code of the cause in the numbers of dZ


def other_layers_gradients(calls: Calls, L: int) -> dict[int, Finding]:
    """Return a finding for each layer whose backward step was given another layer's dA."""
    found: dict[int, Finding] = {}
    every = calls.get(BACKWARD, ())
    owners = [call.owner for call in every if call.owner is not None]
    if len({*owners}) < len(every):
        owners = [*range(L, L - len(every), -1)]
    if len(every) > L:  # which call is of which layer is not known
        return found
    for l, call in zip(owners, every, strict=True):
        if call.giver is None:
            continue
        other = owners[0] if call.giver < 0 else owners[call.giver] - 1
        if other == l:
            continue
        facts = {"l": l, "other": other, "next": l + 1}
        found[l] = Finding(
            f"dZ{l}", "call", sentence(OF_ANOTHER, **facts), l, yours=call.line, code=OF_ANOTHER,
            facts=facts,
        )  # fmt: skip
    return found


def one_per_line(found: Iterable[Finding]) -> list[Finding]:
    """Return one finding for each line that gives one gradient to the steps of several layers."""
    groups = grouped(found, lambda f: (f.code, f.yours, f.facts.get("other")))
    return [with_other_layers(group) for group in groups]


def with_other_layers(findings: Sequence[Finding]) -> Finding:
    """Return the first finding, which names the layers of the others."""
    first, *others = findings
    if not others or first.code != OF_ANOTHER:
        return first
    layers = listed([str(f.layer) for f in others])
    facts = {**first.facts, "others": tuple(f.tensor for f in others), "layers": layers}
    facts["plural"] = "s" if others[1:] else ""
    return replace(first, message=sentence(f"{OF_ANOTHER}s", **facts), facts=facts)


def with_lines(report: Report, passed_at: Mapping[int, str]) -> Report:
    """Return the report with the line that passed another layer's dA in each finding of such.

    Args:
        report: on a whole run.
        passed_at: the line of each layer that passes the gradient.
    """

    def with_line(f: Finding) -> Finding:
        is_passed = any(f"dZ.{OTHER_DA}" in c.code or f"+{OTHER_DA}" in c.code for c in f.causes)
        line = passed_at.get(f.layer or 0) if is_passed else None
        return replace(f, yours=line) if line else f

    return replace(report, findings=tuple(map(with_line, report.findings)))


def mixed_numbering(keys: Mapping[str, int], L: int, error: Finding | None) -> Finding | None:
    """Return the finding that the entries dA1, dA2 … are numbered in two ways.

    What the step of layer l returned is dA[l − 1]; an older edition of the course names it dAl.

    Args:
        keys: each with the number of the call that returned its entry.
        L: the number of layers.
        error: the finding that the function raised an exception, if it did.
    """
    layers = {int(key[2:]): L - k for key, k in keys.items()}  # of the step, by the key's number
    own = sorted((n for n, l in layers.items() if n == l), reverse=True)
    before = sorted((n for n, l in layers.items() if n == l - 1), reverse=True)
    if not own or not before:
        return None
    facts: dict[str, Any] = {"own": own[0], "before": before[0], "of_before": before[0] + 1}
    code, line = "gradient.two-numberings", None
    if error is not None:
        code += "-raised"
        facts |= {n: error.facts[n] for n in ("type_name", "text")}
        line = error.facts["where"].removeprefix(" (").removesuffix(")") or None
    text = sentence(code, **facts)
    return Finding(f"dA{own[0]}", "call", text, code=code, facts=facts, yours=line)
