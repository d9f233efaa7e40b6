"""Check a candidate: from its name to the report on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.candidate import Candidate, notes_of, precision_granted_by
from parity_tests.adapters.candidate_process.in_this_process import program_here
from parity_tests.adapters.candidate_process.program import Program
from parity_tests.adapters.choices.declared_choices import with_declared
from parity_tests.adapters.course.call_alone import renamed
from parity_tests.adapters.course.check_alone import check_alone
from parity_tests.adapters.course.check_whole import check_whole
from parity_tests.adapters.course.consequences import without_consequences
from parity_tests.adapters.course.descent_checks import check_descent
from parity_tests.adapters.course.functions import DRIVERS, Course
from parity_tests.adapters.course.propagate_names import in_names_of_propagate
from parity_tests.adapters.course.reference_functions import supplied
from parity_tests.adapters.course.source_lines import with_own_lines
from parity_tests.adapters.course.whole_run import activations_of
from parity_tests.adapters.layer_functions.function_reports import (
    report_on_another_layout,
    report_on_functions,
)
from parity_tests.adapters.load import NothingRecognised, load
from parity_tests.adapters.loops.loop_adapter import loop_adapter
from parity_tests.adapters.ready_adapter import ready_adapter
from parity_tests.adapters.request import Request
from parity_tests.adapters.required_results import required_results
from parity_tests.adapters.second_course.check_second_course import check_second_course
from parity_tests.adapters.second_course.model_steps import check_models
from parity_tests.adapters.second_course.second_models import check_second_models
from parity_tests.checking.check_trace import gradients
from parity_tests.checking.findings import Finding
from parity_tests.checking.guarded_calls import CandidateError
from parity_tests.checking.report import Report, engine
from parity_tests.checking.trace_structure import comparable
from parity_tests.checking.verdict import MISTAKEN_CALL, NOT_JUDGED
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, Context
from ref_numpy.loss import labelled_examples


def examine(request: Request, program: Program | None = None) -> Report:
    """Load the candidate, run it on the request's problem, and check its tensors.

    Differences that the request declares are no findings, and others name their option.

    Args:
        request: the candidate and the problem.
        program: loads and calls the candidate; None does so in this process.

    Raises:
        InputError: there is no such candidate, or it cannot have the request's problem.
    """
    return with_declared(examine_all(request, program or program_here()), request)


def examine_all(request: Request, program: Program) -> Report:
    """Check the candidate; what the request declares is not yet left out."""
    try:
        candidate = load(request, program)
    except NothingRecognised as error:
        report = report_on_functions(request, program, error.description)
        return nothing_recognised(request, error) if report is None else strictly(request, report)
    if candidate.course is not None and not candidate.course.driven:
        report = report_on_another_layout(request, program, candidate.course.description)
        if report is not None:
            return strictly(request, report)
    problem = candidate.problem or request.problem(candidate.spec)
    report = strictly(request, report_on(candidate, *problem, request.seed))
    m = labelled_examples(candidate.spec.loss, problem[2])
    required = required_results(request.required, comparable(candidate.spec, m), report.tensors)
    required = tuple(dict.fromkeys((*report.required, *required)))
    report = replace(report, required=required, seed=None if candidate.problem else request.seed)
    if report.verdict == NOT_JUDGED and report.unchecked_passes:
        report = replace(report, mistaken=(*report.mistaken, *candidate.tried))
    compared = {tensor.name for tensor in report.tensors}
    called = report.verdict == NOT_JUDGED and compared.intersection(report.evidence)
    if candidate.course is None or called or report.verdict not in (NOT_JUDGED, MISTAKEN_CALL):
        return report
    own = candidate.course.description.own
    layers = max((f.layer or 0 for f in report.mistaken), default=0)
    adapter = ready_adapter(request, own, candidate.spec, candidate.p.name, layers)
    return replace(report, adapter=adapter)


def strictly(request: Request, report: Report) -> Report:
    """Return the report, with its suspicions as findings where the request asks for that."""
    return report.strict() if request.strict else report


def nothing_recognised(request: Request, error: NothingRecognised) -> Report:
    """Return the report that lists the file's functions.

    Args:
        request: the candidate and the problem.
        error: raised for the candidate; it is raised again where the file has no functions.
    """
    own = error.description.own
    loop = loop_adapter(Path(request.candidate), Path(request.candidate))
    if not own and not error.tried and loop is None:
        raise error
    spec, precision = request.spec(), request.setting("precision")
    every = tuple(spec.trace_shapes(request.examples))
    return Report(
        request.candidate, precision, (), (), every, f"{spec.summary}, {request.examples} examples",
        notes_of(error.description),
        required=required_results(request.required, comparable(spec, request.examples)),
        mistaken=error.tried,
        not_seen=error.description.not_seen,
        unchecked_passes=error.description.unchecked_passes,
        adapter=loop.text if loop else ready_adapter(request, own, spec, precision, 0),
        seed=request.seed,
        engine=engine(),
        granted_by=precision_granted_by(request, None),
    )  # fmt: skip


def report_on(
    candidate: Candidate,
    params: Mapping[str, Array],
    X: Array,
    Y: Array,
    seed: int = 0,
    context: Context | None = None,
) -> Report:
    """Check the whole run, and each of the course's functions alone."""
    m = labelled_examples(candidate.spec.loss, Y)
    try:
        report = candidate.check(params, X, Y, context=context)
    except CandidateError as error:
        raised = Finding("call", "error", str(error), code="call.raised")
        every = tuple(candidate.spec.trace_shapes(m))
        of = gradients(candidate.spec)
        report = Report(candidate.name, candidate.p.name, (raised,), (), every, evidence=of)
    notes = candidate.notes
    if candidate.course is not None:
        report = with_functions(report, candidate, candidate.course, seed)
        notes = (*candidate.course.notes, *notes)
        if not candidate.course.driven:
            drivers = ", ".join(dict.fromkeys(chain.from_iterable(DRIVERS.values())))
            notes = (sentence("note.single-functions", drivers=drivers), *notes)
        notes = (*supplied_note(candidate), *notes)
    problem = f"{candidate.spec.summary}, {m} examples"
    return replace(
        report, candidate=candidate.name, granted_by=candidate.granted_by, problem=problem,
        notes=(*report.notes, *notes), engine=engine(),
    )  # fmt: skip


def with_functions(report: Report, candidate: Candidate, course: Course, seed: int) -> Report:
    """Add the whole run of each other week in the file, and each function alone."""
    spec, p = candidate.spec, candidate.p
    parts: list[Report] = []
    for week in course.driven:
        if week != course.week:
            small = course.small(spec, week)
            params, X, Y = random_problem(small, 7, seed)
            params = {n: p.round(a) for n, a in params.items()}
            given = params, p.round(X), p.round(Y)
            part = check_whole(course, week, small, *given, p, candidate.name)
            part = in_names_of_propagate(part) if week == 2 else part
            parts.append(renamed(part, f"week {week}", {n: n for n in comparable(small, 7)}))
    odd = {f.tensor for r in (report, *parts) for f in r.findings if f.kind == "result"}
    alone = [*check_alone(course, spec, p, seed, odd)]
    report = without_consequences(report, alone, supplied(course.week))
    parts += alone
    wrong = {part.candidate.partition("(")[0] for part in alone if part.findings}
    parts += check_second_course(course, p, seed, wrong)
    if not any(part.findings for part in (report, *parts)):  # or every step may be wrong
        parts += check_descent(course, p, seed)
    if not any(part.findings for part in (report, *parts)):
        parts += check_models(course, p, seed)
        parts += check_second_models(course, p, seed)
    not_seen = course.description.not_seen + course.description.left_out
    passes = course.description.unchecked_passes
    report = replace(joined(report, parts), not_seen=not_seen, unchecked_passes=passes)
    if not not_seen:  # everything in the file was checked: single functions may be all it has
        of_passes = [n for n in course.functions if not n.startswith(NO_PASSES)]
        steps = [t.name for t in report.tensors if not of_passes or "backward" in t.function]
        report = replace(report, evidence=(*report.evidence, *steps))
    source = course.program.source
    report = in_names_of_propagate(report) if course.week == 2 else report
    return with_own_lines(report, course.functions, source, course.week, activations_of(spec))


# Functions of training that are no part of a forward or backward pass.
NO_PASSES = (
    "update_parameters", "initialize_", "random_mini_batches", "update_lr", "schedule_lr_decay",
    "model",
)  # fmt: skip


def joined(whole: Report, parts: Iterable[Report]) -> Report:
    """Join the reports on the whole run and on each function alone.

    A finding of both is listed once, and so is that of a backward pass, whose row is marked wrong.
    A function that could not be called alone is only a note where the whole run was judged.
    """
    findings, tensors, mistaken = list(whole.findings), list(whole.tensors), list(whole.mistaken)
    backward_found = any(f.tensor.startswith("d") for f in findings)
    for part in parts:
        tensors += part.tensors
        if backward_found and part.candidate in ("backward_propagation", "L_model_backward"):
            continue
        listed = {(f.tensor, f.kind) for f in (*findings, *mistaken)}
        findings += [f for f in part.findings if (f.tensor, f.kind) not in listed]
        mistaken += [f for f in part.mistaken if f.tensor not in {name for name, _ in listed}]
    notes = whole.notes
    if whole.judged.intersection(whole.evidence) and not whole.mistaken:
        notes += tuple(sentence("note.not-checked-alone", message=f.message) for f in mistaken)
        mistaken = []
    return replace(
        whole, findings=tuple(findings), tensors=tuple(tensors), mistaken=tuple(mistaken),
        notes=notes,
    )  # fmt: skip


def supplied_note(candidate: Candidate) -> tuple[str, ...]:
    """Return the note on the helper functions that are defined nowhere."""
    if candidate.course is None or not candidate.course.description.supplied:
        return ()
    names = ", ".join(candidate.course.description.supplied)
    return (sentence("note.supplied", names=names, week=candidate.course.week),)
