"""Mistakes that an exception hides: a function that raised has no result to compare.

A product of the wrong kind raises where the sizes differ: the function is called again with equal
ones. Where an `assert` failed, the variables of the function are compared that have other shapes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from parity_tests.adapters.call_wording import sentence
from parity_tests.checking.findings import Finding
from parity_tests.checking.report import Report
from parity_tests.checking.trace_structure import comparable
from ref_numpy import Array, NetworkSpec

EQUAL = 4  # units in every layer, and examples
OF_SHAPES = ("ValueError", "IndexError")  # NumPy's, for shapes that do not fit
HIDDEN = ("product", "transposed")  # mistakes that change the shapes that fit


def is_of_shapes(report: Report) -> bool:
    """Return whether a function raised an exception of shapes that do not fit."""
    return any(f.facts.get("type_name") in OF_SHAPES for f in report.findings)


def failed_assertion(finding: Finding) -> bool:
    """Return whether a function raised because an `assert` of its own failed."""
    return finding.facts.get("type_name") == "AssertionError"


def of_other_shapes(
    held: Mapping[str, Array],
    names: Mapping[str, str],
    problem: tuple[NetworkSpec, Any, Array, Any],
) -> dict[str, Array]:
    """Return those variables of a function that are a tensor of another shape than its own.

    Args:
        held: the variables of the function that raised, by name.
        names: {own name: canonical name} of the function's results.
        problem: the network, its parameters, X and Y.
    """
    spec, _, X, _ = problem
    shapes = comparable(spec, X.shape[-1])
    own = {n: canonical for n, canonical in names.items() if n in held and canonical in shapes}
    return {n: held[n] for n, canonical in own.items() if held[n].shape != shapes[canonical]}


def explained_by(report: Report, other: Report, n: int) -> Report:
    """Return the report on a call that raised, with the mistake that was found with equal sizes.

    Args:
        report: on the call that raised.
        other: the same with n units in every layer and n examples.
        n: that number.
    """
    found = next((f for f in other.findings if hidden_causes(f)), None)
    if found is None:
        return report

    def explained(finding: Finding) -> Finding:
        if finding.facts.get("type_name") not in OF_SHAPES:
            return finding
        facts = {**finding.facts, "message": finding.message, "n": n, "of": found.tensor}
        code = "call.raised-but-for-equal"
        return replace(
            finding, message=sentence(code, **facts), facts=facts, code=code,
            causes=hidden_causes(found), right_line=found.right_line,
            yours=facts["where"].removeprefix(" (").removesuffix(")") or None,
        )  # fmt: skip

    return replace(report, findings=tuple(map(explained, report.findings)))


def hidden_causes(finding: Finding) -> tuple[Any, ...]:
    """Return those of a finding's causes that are of shapes."""
    return tuple(c for c in finding.causes if any(word in c.code for word in HIDDEN))
