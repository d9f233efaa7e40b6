"""One of the course's functions, called alone on random numbers, and its results compared."""

from __future__ import annotations

from collections.abc import Collection
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.course.functions import Course
from parity_tests.adapters.course.hidden_mistakes import (
    failed_assertion,
    of_other_shapes,
)
from parity_tests.adapters.course.inner_gradient import inner_gradients, mistaken_gradient
from parity_tests.adapters.course.layer_caches import cache_finding
from parity_tests.adapters.course.reference_functions import supplied
from parity_tests.adapters.course.unit_checks import Own, UnitCheck
from parity_tests.adapters.course.unit_findings import in_unit_check, without_layer
from parity_tests.adapters.mistaken_calls import sorted_out
from parity_tests.checking.findings import Finding, with_facts
from parity_tests.checking.report import Report
from parity_tests.checking.trace_structure import as_array
from parity_tests.diagnosis.explained_check import check_trace
from parity_tests.error_model.precisions import Precision


def run_alone(course: Course, unit: UnitCheck, p: Precision, wrong: Collection[str]) -> Report:
    """Check one function; where it does not pass, with correct ones instead of the wrong ones.

    Returns:
        The report on its own mistakes. Where that has no findings, those are of another function.
    """
    report = run_unit_check(course, unit, p)
    helpers = tuple(n for n in supplied(course.week) if n in wrong and n != unit.function)
    again = run_unit_check(course, unit, p, helpers) if report.findings and helpers else report
    if again.findings and unit.function == "linear_activation_backward":
        return with_inner_gradient(course, unit, p, report)
    return report if again.findings else again


def run_unit_check(
    course: Course, unit: UnitCheck, p: Precision, replaced: tuple[str, ...] = ()
) -> Report:
    """Check one function.

    Args:
        course: the functions.
        unit: the check.
        p: the candidate's arithmetic.
        replaced: the functions that are the reference's instead of the candidate's.
    """
    name, findings = unit.label or unit.function, list[Finding]()
    own = call_alone(course, unit, findings, p, replaced=replaced)
    if not own:
        return Report(name, p.name, tensors=(), **sorted_out(findings))
    return compare(unit, own, findings, p)


def call_alone(
    course: Course, unit: UnitCheck, findings: list[Finding], p: Precision, **options: Any
) -> Own:
    """Call the function; return its results by their own names, without its cache."""
    name, arguments = unit.label or unit.function, deepcopy(unit.arguments)
    own = course.attempt(unit.function, arguments, unit.read, findings, name, **options) or {}
    if not own and findings and failed_assertion(findings[-1]):
        given = deepcopy(unit.arguments)
        _, outcome, _ = course.program.call(unit.function, given, held=True)
        own = of_other_shapes(outcome.held, unit.names, unit.problem)
        findings[-1:] = [] if own else findings[-1:]
    own = in_order(unit, own, findings)
    if "cache" not in own:
        return own
    if any(f.code == "argument.changed" for f in findings):  # so has the cache
        own.pop("cache")
        return own
    found = cache_finding(unit.function, own.pop("cache"), unit.cache, unit.arguments, own, p)
    if found:
        finding, course.forms[name] = found
        findings.append(finding)
        return {n: x for n, x in own.items() if n != "Z" or "A" not in own}  # Z is of the cache
    return own


def in_order(unit: UnitCheck, own: Own, findings: list[Finding]) -> Own:
    """Return the results by their shapes, with a finding where they came in another order."""
    spec, _, X, _ = unit.problem
    every = spec.trace_shapes(X.shape[-1])
    shapes = {n: every[unit.names[n]] for n in own if unit.names.get(n) in every}
    place = {shape: n for n, shape in shapes.items()}
    given = [place.get(as_array(own[n]).shape, "") for n in shapes]
    if len(place) < len(shapes) or given == [*shapes] or {*given} != {*shapes}:
        return own
    facts = {"function": unit.function, "given": ", ".join(given), "expected": ", ".join(shapes)}
    text = sentence("result.order", **facts)
    findings.append(Finding(unit.function, "result", text, code="result.order", facts=facts))
    return own | {name: own[n] for n, name in zip(shapes, given, strict=True)}


def compare(unit: UnitCheck, own: Own, findings: list[Finding], p: Precision) -> Report:
    """Return the report on a function's results.

    Args:
        unit: the check.
        own: the results by their own names.
        findings: of the call.
        p: the candidate's arithmetic.
    """
    name = unit.label or unit.function
    trace = {unit.names[n]: x for n, x in own.items()}
    wide = {n: a.astype(np.float64) for n, a in unit.known.items()}
    report = check_trace(*unit.problem, trace, p, name, wide, context=unit.context)
    report = renamed(report, name, unit.names)
    return replace(report, **sorted_out([*report.findings, *findings]))


def with_inner_gradient(course: Course, unit: UnitCheck, p: Precision, report: Report) -> Report:
    """Return the report with its dZ, where fewer tensors are wrong then.

    Args:
        course: the functions.
        unit: the check of linear_activation_backward.
        p: the candidate's arithmetic.
        report: on its results, which are wrong.
    """
    if {f.kind for f in report.findings} != {"value"}:
        return report
    unit = replace(unit, names={"dZ": "dZ1", **unit.names})
    findings: list[Finding] = []
    own = call_alone(course, unit, findings, p, held=True, noted=True)
    inner = inner_gradients(course.outcome, unit.known["Z1"].shape)
    reports = [compare(unit, {"dZ": dZ, **own}, findings, p) for dZ in inner]
    trace = {unit.names[n]: as_array(x).astype(np.float64) for n, x in own.items()}
    dZ = mistaken_gradient(*unit.problem, unit.known, trace, p)
    if dZ is not None:
        reports.append(compare(unit, {"dZ": dZ}, findings, p))
    return min([report, *reports], key=lambda one: len({f.tensor for f in one.findings}))


def renamed(report: Report, function: str, names: dict[str, str]) -> Report:
    """Rename tensors to the function's own names: "linear_backward.dW" for dW1."""
    own = {canonical: name for name, canonical in names.items()}

    def rename(finding: Finding) -> Finding:
        if finding.tensor not in own:  # the call itself
            return finding
        name = own[finding.tensor]
        with_name = with_facts(finding, tensor=name) if "tensor" in finding.facts else finding
        finding = replace(finding, layer=None, before=())
        if not name[-1].isdigit():
            causes = tuple(map(without_layer, finding.causes))
            finding = replace(finding, causes=causes)
        return in_unit_check(finding, function, name, with_name.message)

    tensors = tuple(t.of_function(function, own[t.name]) for t in report.tensors)
    return replace(
        report, findings=tuple(map(rename, report.findings)), tensors=tensors, evidence=()
    )
