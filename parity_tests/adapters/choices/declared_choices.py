"""Differences from the reference that people choose on purpose, and the options that declare them.

An ε in a logarithm or a quotient, a clipped output, the derivative of ReLU at 0, the shape of J.
Where a finding is such a choice and nothing else, it names the option; with the option it is none.
A choice is verified as every cause is: its formula gives every element, within the formula's bound.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.request import Request
from parity_tests.checking.causes import Cause
from parity_tests.checking.findings import Finding
from parity_tests.checking.judged import Tensor
from parity_tests.checking.report import Report

WHOLE_BACKWARD = ("backward_propagation", "L_model_backward")
AT_ZERO = {"mask-at-0": 1.0, "half-at-0": 0.5}  # by the end of a cause's code


@dataclass(frozen=True)
class Choice:
    """A choice, as an option declares it.

    Attributes:
        option: such as "epsilon".
        value: of the option.
    """

    option: str
    value: float | tuple[int, ...]

    @property
    def text(self) -> str:
        """The option as it is typed: "--epsilon 1e-07"."""
        if isinstance(self.value, tuple):
            return f"--{self.option} {','.join(map(str, self.value))}"
        short = f"{self.value:g}"
        value = short if float(short) == self.value else f"{self.value:.17g}"
        return f"--{self.option} {value}"


def declared_choices(request: Request) -> list[Choice]:
    """Return what a request declares."""
    found = []
    if request.epsilon is not None:
        found.append(Choice("epsilon", request.epsilon))
    if request.relu_at_zero is not None:
        found.append(Choice("relu-at-zero", request.relu_at_zero))
    if request.cost_shape is not None:
        found.append(Choice("cost-shape", request.cost_shape))
    return found


def with_declared(report: Report, request: Request) -> Report:
    """Return the report without the findings that the request declares, and options for the others.

    Args:
        report: on a candidate.
        request: of the check.
    """
    declared = declared_choices(request)
    findings: list[Finding] = []
    passing: dict[str, Finding] = {}
    used: dict[Choice, None] = {}
    for finding in report.findings:
        choices = [*choices_of(finding)]
        allowed = [choice for choice in choices if choice in declared]
        if allowed:
            used |= dict.fromkeys(allowed)
            names = (finding.tensor, *others_of(finding))
            passing |= dict.fromkeys(names, finding)
        elif choices:
            kind = "difference" if finding.kind == "shape" else finding.kind
            options = " or ".join(dict.fromkeys(choice.text for choice in choices))
            findings.append(replace(finding, kind=kind, declare=options))
        else:
            findings.append(finding)
    if not passing and not declared:
        return replace(report, findings=tuple(findings))
    left = {finding.tensor for finding in findings}
    passing = {n: f for n, f in passing.items() if n not in left}
    bare = {name.rpartition(".")[2] for name in passing}
    rows = [
        as_declared(t) if t.name not in left and follows(t, bare) else t for t in report.tensors
    ]
    compared = {t.name for t in rows}
    rows += [row_of(f) for n, f in passing.items() if n not in compared and n == f.tensor]
    notes = [
        sentence("note.declared" if choice in used else "note.declared-unused", option=choice.text)
        for choice in declared
    ]
    not_checked = tuple(n for n in report.not_checked if n not in passing)
    return replace(
        report, findings=tuple(findings), tensors=tuple(rows), not_checked=not_checked,
        notes=(*report.notes, *notes),
    )  # fmt: skip


def choices_of(finding: Finding) -> Iterator[Choice]:
    """Yield the choices that give a finding's numbers; none where it may be a mistake."""
    if "difference" in finding.code:
        for cause in finding.causes:
            yield from choice_of(cause)
    is_cost = finding.tensor.rpartition(".")[2] in ("J", "cost")
    is_number = finding.remark is not None and finding.remark.code == "shape-only.squeeze"
    if finding.kind == "shape" and is_cost and is_number and finding.shape:
        yield Choice("cost-shape", finding.shape)


def choice_of(cause: Cause) -> Iterator[Choice]:
    """Yield the choice that a cause is, if an option declares it."""
    if epsilon := cause.facts.get("epsilon"):
        yield Choice("epsilon", float(epsilon))
    reason = cause.code.rpartition(".")[2]
    if reason in AT_ZERO:
        yield Choice("relu-at-zero", AT_ZERO[reason])


def others_of(finding: Finding) -> tuple[str, ...]:
    """Return the other tensors that a finding is of, with the function that it is of."""
    function = finding.tensor.rpartition(".")[0]
    others = finding.facts.get("others", ())
    return tuple(f"{function}.{n}" if function else n for n in others)


def follows(tensor: Tensor, passing: Collection[str]) -> bool:
    """Return whether a row is wrong by what is declared alone, and has no finding of its own.

    It is that of the same tensor in a function alone; or of a gradient of a whole backward pass
    alone, which `check_candidate.joined` judges by the whole run where that has a finding.
    """
    of_pass = tensor.function in WHOLE_BACKWARD and any(n[0] == "d" for n in passing)
    return of_pass or tensor.name.rpartition(".")[2] in passing


def as_declared(tensor: Tensor) -> Tensor:
    """Return a tensor as one within its bound: the declared formula gives every element."""
    return replace(tensor, ratio=min(tensor.ratio, 1.0))


def row_of(finding: Finding) -> Tensor:
    """Return the row of a cost of another shape, whose value is right."""
    name = finding.tensor
    function = name.rpartition(".")[0]
    return Tensor(name, finding.shape, 0.0, 1.0, expected=1.0, function=function)
