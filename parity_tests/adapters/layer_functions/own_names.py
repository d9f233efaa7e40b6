"""A report on a function in the names that the function has for its results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from parity_tests.adapters.course.unit_findings import in_unit_check, without_layer
from parity_tests.checking.findings import Finding, with_facts
from parity_tests.checking.report import Report

Shapes = Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]


def in_own_names(
    report: Report, own: Mapping[str, tuple[str, str]], shapes: Shapes | None = None
) -> Report:
    """Rename tensors to the functions' own names: "affine_backward.dW" for dZ.W.

    Args:
        report: in canonical names.
        own: by canonical name, the function and its own name.
        shapes: by canonical name, the shape that was returned and the expected one, in the
            function's own layout.
    """

    def rename(finding: Finding) -> Finding:
        if finding.tensor not in own:
            return finding
        function, name = own[finding.tensor]
        facts: dict[str, Any] = {"tensor": name}
        if shapes and {"shape", "expected"} <= {*finding.facts} and finding.kind == "shape":
            facts |= dict(zip(("shape", "expected"), shapes[finding.tensor], strict=True))
        with_name = with_facts(finding, **facts) if "tensor" in finding.facts else finding
        causes = tuple(map(without_layer, finding.causes))
        finding = replace(
            finding, layer=None, before=(), causes=causes,
            code=f"{name}.{finding.code.rpartition('.')[2]}",
        )  # fmt: skip
        return in_unit_check(finding, function, name, with_name.message)

    found = tuple(map(rename, report.findings))
    tensors = tuple(t.of_function(*own[t.name]) for t in report.tensors if t.name in own)
    return replace(report, findings=found, tensors=tensors, evidence=())
