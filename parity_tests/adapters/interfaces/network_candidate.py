"""A whole network of another interface as a candidate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from parity_tests.adapters.candidate import (
    Candidate,
    notes_of,
    precision_granted_by,
    without_device,
)
from parity_tests.adapters.candidate_process.description import Description
from parity_tests.adapters.candidate_process.program import Program
from parity_tests.adapters.interfaces.network_program import (
    find_network_program,
)
from parity_tests.adapters.request import Request
from parity_tests.checking.report import Report
from parity_tests.error_model.precisions import precision_named
from ref_numpy import Array, Context


def network_program(
    request: Request, program: Program, description: Description
) -> Candidate | None:
    """Load a program of another interface; None where the file holds none."""
    run = find_network_program(request, program)
    if run is None:
        return None
    without_device(request)
    p = precision_named(request.precision or "float64")
    name = request.candidate

    def trace(
        params: dict[str, Array], X: Array, Y: Array, context: Context | None = None
    ) -> Mapping[str, Any]:
        return run(run.spec, params, X, Y)

    def checked(
        params: Mapping[str, Array], X: Array, Y: Array, context: Context | None = None
    ) -> Report:
        report = run.checked((dict(params), X, Y), p, name, request.calls)
        left_out = description.left_out
        return replace(
            report, not_seen=run.not_seen + left_out, unchecked_passes=run.unchecked_passes
        )

    return Candidate(
        name, run.spec, p, trace, checked,
        notes=(*run.notes, *notes_of(description)),
        granted_by=precision_granted_by(request, None),
    )  # fmt: skip
