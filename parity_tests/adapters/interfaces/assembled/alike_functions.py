"""Further functions of the same arguments that return J and gradients: `svm_loss_vectorized`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from parity_tests.adapters.course.unit_findings import in_unit_check
from parity_tests.adapters.interfaces.conventions import Conventions, Problem
from parity_tests.adapters.interfaces.network_program import Sizes, fits_of_reading, readings_of
from parity_tests.adapters.interfaces.network_run import NetworkProgram
from parity_tests.adapters.interfaces.penalty_checks import with_penalties
from parity_tests.adapters.request import Request
from parity_tests.checking.report import Report
from parity_tests.error_model.precisions import Precision


def with_alike(
    report: Report, request: Request, run: NetworkProgram, problem: Problem, p: Precision
) -> tuple[Report, list[str]]:
    """Check each function that takes what the program's function takes, as a program of its own.

    Args:
        report: on the program.
        request: the candidate, and what the user says about the problem.
        run: the program.
        problem: params, X, Y.
        p: its arithmetic.

    Returns:
        The report with their tensors and findings, and the names of the functions.
    """
    params, X, Y = problem
    given = {n: p.round(x) for n, x in params.items()}, p.round(X), p.round(Y)
    names = list[str]()
    for one in run.program.explore("the program", readings_of, "alike", run.number, *given):
        function, conventions = (
            one["facts"]["functions"][-1],
            conventions_of(request, run, one, given, p),
        )
        own = replace(
            run, number=one["number"], conventions=conventions, facts=one["facts"],
            with_held=False, was_run=False,
        )  # fmt: skip
        part = own.checked(problem, p, request.candidate, request.calls)
        part = with_penalties(part, own, (dict(params), X, Y), p, request.candidate)
        findings = [in_unit_check(f, function, f.tensor, f.message) for f in part.findings]
        tensors = [t.of_function(function, t.name) for t in part.tensors]
        left_out = [f"{function}.{n}" for n in part.required]
        report = replace(
            report, findings=(*report.findings, *findings), tensors=(*report.tensors, *tensors),
            required=(*report.required, *left_out),
        )  # fmt: skip
        names.append(function)
    return report, names


def conventions_of(
    request: Request, run: NetworkProgram, reading: dict[str, Any], problem: Problem, p: Precision
) -> Conventions:
    """Return the conventions in which a function's J is right; or else those of the program."""
    weights = [problem[0][n].shape for n in run.spec.weights]
    dims = [weights[0][1], *(n for n, _ in weights)]
    sizes = Sizes(dims, bool(reading["facts"]["biases"]), "")
    every = fits_of_reading(request, sizes, reading, problem, p)
    return every[0].conventions if every and every[0].forward_agrees else run.conventions
