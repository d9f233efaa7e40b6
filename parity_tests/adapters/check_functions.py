"""Functions of the course, or pairs of one layer, checked from a notebook."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import FunctionType
from typing import Any

from parity_tests.adapters.candidate_process.in_this_process import course_here
from parity_tests.adapters.check_candidate import report_on, strictly, supplied_note
from parity_tests.adapters.choices.declared_choices import with_declared
from parity_tests.adapters.course.functions import WEEKS, Course
from parity_tests.adapters.layer_functions.function_reports import (
    report_on_named,
)
from parity_tests.adapters.load import course_functions
from parity_tests.adapters.request import Request
from parity_tests.adapters.required_results import required_results
from parity_tests.check_messages import input_error
from parity_tests.checking.report import Report
from parity_tests.checking.report_views.hint_levels import with_hints
from parity_tests.checking.report_views.levels import check_level
from parity_tests.checking.trace_structure import comparable


def check_functions(*functions: Callable[..., Any], **settings: Any) -> Report:
    """Check functions of the course's assignments, or of layers, as `parity check` checks a file.

    For a notebook: `check_functions(propagate)`, or all functions of a layer. They call each other
    and the notebook's functions; a helper of the course that is defined nowhere is the reference's,
    and the report says which.

    Args:
        functions: such as `propagate`.
        settings: those of `Request`, such as network="5-4-1", or hints="where".

    Raises:
        InputError: one of them is not a function that a check knows.
    """
    named = {getattr(f, "__name__", str(f)): f for f in functions}
    request = Request(" ".join(named), **settings)
    check_level(request.hints)
    report = report_on_named(named, request)
    if report is not None:
        return with_hints(with_declared(strictly(request, report), request), request.hints)
    for name, function in named.items():
        if name not in WEEKS or not inspect.isfunction(function):
            known = ", ".join(WEEKS)
            raise input_error("candidate.unknown-function", name=name, known=known)
    if not named:
        raise input_error("candidate.no-functions", known=", ".join(WEEKS))
    namespace = copied_namespace(functions[0].__globals__ | named)
    candidate = course_functions(request, course_here(namespace, request.candidate, named))
    problem = request.problem(candidate.spec)
    report = report_on(candidate, *problem, request.seed)
    report = report.strict() if request.strict else report
    every = comparable(candidate.spec, request.examples)
    report = replace(
        report, not_seen=(), unchecked_passes=(), evidence=report.names, seed=request.seed,
        required=required_results(request.required, every, report.tensors),
        granted_by="" if request.precision else report.granted_by,
    )  # fmt: skip
    notes = supplied_note(candidate)
    if candidate.course is None or not candidate.course.driven:
        recognised = candidate.course.notes if candidate.course else ()
        report = replace(report, notes=(*notes, *recognised), not_checked=())
        return with_hints(with_declared(report, request), request.hints)
    asked = results_of(candidate.course)
    left = tuple(n for n in report.not_checked if n.rstrip("0123456789") in asked and n != "A0")
    report = with_declared(replace(report, not_checked=left), request)
    return with_hints(report, request.hints)


def results_of(course: Course) -> set[str]:
    """Return the kinds of tensors that the functions of a whole run return."""
    forward = {"Z", "A"} if course.week > 2 else set[str]()
    cost = {"J"} if "compute_cost" in course.functions or course.week == 2 else set[str]()
    backward = {"dW", "db", "dA"} if course.week == 4 else {"dW", "db"}
    return forward | cost | backward


def copied_namespace(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a namespace with copies of its functions, which look for each other in it.

    What is added to it for a check is seen by them, and not by the notebook.
    """
    namespace = dict(given)
    for name, f in given.items():
        if inspect.isfunction(f) and f.__module__ == given.get("__name__"):
            copy = FunctionType(f.__code__, namespace, f.__name__, f.__defaults__, f.__closure__)
            copy.__kwdefaults__, copy.__module__ = f.__kwdefaults__, f.__module__
            namespace[name] = copy
    return namespace
