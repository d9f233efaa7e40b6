"""Check a whole run of a week's functions, and call them again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from parity_tests.adapters.course.functions import Course
from parity_tests.adapters.course.hidden_mistakes import EQUAL, explained_by, is_of_shapes
from parity_tests.adapters.course.passed_gradients import with_lines
from parity_tests.adapters.course.unit_checks import of_equal_sizes
from parity_tests.adapters.course.whole_run import Tensors, results
from parity_tests.adapters.mistaken_calls import KIND, sorted_out
from parity_tests.check_messages import input_error
from parity_tests.checking.check_trace import check_layers, gradients
from parity_tests.checking.findings import Finding
from parity_tests.checking.guarded_calls import CandidateError
from parity_tests.checking.later_calls import with_later_calls
from parity_tests.checking.other_problems import other_problems, with_other_examples
from parity_tests.checking.outcome import FirstCall, Outcome, Params, Problem, Trace, copied
from parity_tests.checking.report import Report
from parity_tests.checking.reruns import disambiguate
from parity_tests.diagnosis.explained_check import check_trace
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, NetworkSpec


def check_whole(
    course: Course,
    week: int,
    spec: NetworkSpec,
    params: dict[str, Array],
    X: Array,
    Y: Array,
    p: Precision,
    name: str,
) -> Report:
    """Run a week's functions as a whole, and check their tensors.

    Args:
        course: the functions.
        week: the week.
        spec: the network.
        params: numbers of p.
        X: (n_x, m), numbers of p.
        Y: (n_y, m), numbers of p.
        p: the candidate's arithmetic.
        name: of the candidate.

    Raises:
        InputError: the week's functions have no such network.
    """
    return report_of(call_whole(course, week, spec, (params, X, Y), p, name))


def check_whole_again(
    course: Course, spec: NetworkSpec, problem: Problem, p: Precision, name: str, calls: int
) -> Report:
    """Check the functions of the course's week, and call them again as `check` calls a program.

    Args:
        course: the functions.
        spec: the network.
        problem: params, X and Y, numbers of p.
        p: the candidate's arithmetic.
        name: of the candidate.
        calls: how often they are called with the same numbers.

    Raises:
        InputError: the week's functions have no such network.
    """

    def call(problem: Problem) -> Outcome:
        return call_whole(course, course.week, spec, problem, p, name)

    def again(problem: Problem) -> Outcome:
        outcome = call(problem)
        if not outcome.trace:
            raise CandidateError(outcome.of_call[0].message)
        found = tuple(f for f in outcome.of_call if f.kind != KIND)
        return replace(outcome, of_call=found)

    first = FirstCall(again, problem, call(problem))
    report = report_of(first.outcome)
    if course.week == 3 and is_of_shapes(report):  # week 4's functions are of one layer
        equal = of_equal_sizes(spec, EQUAL)
        params, X, Y = random_problem(equal, EQUAL)
        other = {n: p.round(a) for n, a in params.items()}, p.round(X), p.round(Y)
        there = report_of(call_whole(course, course.week, equal, other, p, name))
        report = explained_by(report, there, EQUAL)
    if not first.trace or report.mistaken:
        return report
    m = problem[1].shape[-1]
    report = with_later_calls(report, first, other_problems(spec, problem, p), calls, m)
    return disambiguate(
        report, lambda n, _: report_of(again(with_other_examples(spec, problem, n, p))), m
    )


def call_whole(
    course: Course, week: int, spec: NetworkSpec, problem: Problem, p: Precision, name: str
) -> Outcome:
    """Run a week's functions once."""
    if spec.lambd:
        raise input_error("course.lambd", name=name)
    params, X, Y = problem
    of_call: list[Finding] = []
    trace, held = results(course, week, spec, params, X, Y, of_call)
    lines = course.passed_at

    def compare(params: Params) -> Report:
        return with_fewer_findings(
            lambda trace: check_layers(spec, params, X, Y, trace, p, name), trace, held
        )

    def explain(before: Trace) -> Report:
        if not trace:
            every = tuple(spec.trace_shapes(X.shape[-1]))
            evidence = gradients(spec) if of_call else ()  # it was called, and has none
            return Report(name, p.name, (), (), every, evidence=evidence)
        report = with_fewer_findings(
            lambda trace: check_trace(spec, *problem, trace, p, name, before=before), trace, held
        )
        report = with_lines(report, lines)
        if not any(f.kind in ("cache", "call") for f in of_call):
            return report
        # All that follows from the cache or the activation of another layer differs end to end.
        found = tuple(f for f in report.findings if f.kind != "end-to-end")
        return replace(report, findings=found)

    return Outcome(copied({**held, **trace}), tuple(of_call), compare, explain)


def with_fewer_findings(
    check: Callable[[Tensors], Report], trace: Tensors, held: Tensors
) -> Report:
    """Check the results and the functions' variables, or the results alone.

    A function may keep other values in its variables, unless its result is wrong.
    """
    report = check({**held, **trace})
    if not report.findings or not held:
        return report
    result = check(trace)
    return result if wrong_tensors(result) < wrong_tensors(report) else report


def wrong_tensors(report: Report) -> int:
    """Return how many tensors have a finding; a dtype that others inherit is one."""
    joint = [f.facts.get("others", ()) for f in report.findings if f.kind == "value"]
    return len({f.tensor for f in report.findings}.union(*joint))


def report_of(outcome: Outcome) -> Report:
    """Return the report on one call, with changed arguments first."""
    report = outcome.explain({})
    changed = [f for f in outcome.of_call if f.kind == "changed"]
    other = [f for f in outcome.of_call if f.kind != "changed"]
    return replace(report, **sorted_out([*changed, *report.findings, *other]))
