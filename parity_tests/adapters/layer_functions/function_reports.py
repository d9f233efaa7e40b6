"""The report on a file whose functions are of single layers and losses, in any interface."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from parity_tests.adapters.candidate_process.description import Description
from parity_tests.adapters.candidate_process.in_this_process import program_here
from parity_tests.adapters.candidate_process.program import Program
from parity_tests.adapters.course.functions import WEEKS
from parity_tests.adapters.layer_functions.function_checks import FunctionChecks, check_functions_of
from parity_tests.adapters.ready_adapter import ready_adapter
from parity_tests.adapters.request import Request
from parity_tests.check_messages import input_error
from parity_tests.checking.report import Report, engine
from parity_tests.error_model.precisions import precision_named

PRECISION = {"precision": "float64"}  # the default


def report_on_functions(
    request: Request, program: Program, description: Description
) -> Report | None:
    """Check the functions of layers and losses in a file that no other adapter takes.

    Returns:
        None where no gradient is compared, and no function is known by its name.
    """
    checks = checks_of(request, program, description)
    is_known = checks.has_gradients or checks.has_named
    return report_of(request, program, description, checks) if is_known else None


def report_on_another_layout(
    request: Request, program: Program, description: Description
) -> Report | None:
    """Check functions with names of the course that are not of the course alone.

    They lay out their arrays in another way, or stand among functions of further kinds.

    Returns:
        None where they are for the check of the course's functions.
    """
    checks = checks_of(request, program, description)
    among_others = {*description.functions} < {*checks.functions}
    if not (request.layout or among_others or checks.is_in_another_layout()):
        return None
    return report_of(request, program, description, checks)


def report_on_named(functions: Mapping[str, Any], request: Request) -> Report | None:
    """Check functions of this process that are of layers and losses.

    Returns:
        None where one of them is not, or all are the course's, in the course's layout.
    """
    if not functions or not all(map(inspect.isfunction, functions.values())):
        return None
    p = precision_named(request.setting("precision", PRECISION))
    checks = check_functions_of(
        program_here({**functions}), functions, p, request.seed, request.layout
    )  # fmt: skip
    of_the_course = {*functions} <= {*WEEKS} and not checks.is_in_another_layout()
    if of_the_course or not {*functions} <= {*checks.functions}:
        return None
    report = checks.report(request.candidate, p)
    evidence = report.evidence if checks.has_gradients else report.names
    return replace(
        report, evidence=evidence, required=(*report.required, *required_of(request, report)),
        seed=request.seed,
        engine=engine(),
    )  # fmt: skip


def checks_of(
    request: Request, program: Program, description: Description,
    only: Collection[str] | None = None,
) -> FunctionChecks:  # fmt: skip
    """Check the functions of layers and losses in a file."""
    p = precision_named(request.setting("precision", PRECISION))
    own = {**description.own, **description.functions}
    return check_functions_of(program, own, p, request.seed, request.layout, only)


def report_of(
    request: Request, program: Program, description: Description, checks: FunctionChecks
) -> Report:
    """Return the report on the functions of a file, with its other functions."""
    p = precision_named(request.setting("precision", PRECISION))
    report = checks.report(request.candidate, p)
    not_seen, passes = program.unreached(checks.functions)
    names = {text.partition("(")[0]: text for text in not_seen}
    looks_like_a_pass = (*passes, *(names[n] for n in checks.unknown if n in names))
    others = [text for text in passes if text.partition("(")[0] not in checks.unknown]
    precision = request.setting("precision", PRECISION)
    adapter = ready_adapter(request, description.own, request.spec(), precision, 0)
    return replace(
        report,
        notes=(*report.notes, *description.notes),
        evidence=() if looks_like_a_pass or description.left_out else report.evidence,
        not_seen=(*not_seen, *description.left_out),
        unchecked_passes=tuple(dict.fromkeys(looks_like_a_pass)),
        adapter=adapter if others else "",  # to have them checked
        required=(*report.required, *required_of(request, report)),
        granted_by="default" if request.precision is None else "option",
        seed=request.seed,
        engine=engine(),
    )


def required_of(request: Request, report: Report) -> tuple[str, ...]:
    """Return the tensors that the request names: by their own names, "dW", or with the function.

    Raises:
        InputError: there is no such tensor.
    """
    found: list[str] = []
    for name in request.required:
        fits = [n for n in report.names if name in (n, n.rpartition(".")[2])]
        if not fits:
            known = " ".join(report.names)
            raise input_error("require.unknown-tensor", name=name, known=known)
        found += fits
    return tuple(dict.fromkeys(found))
