"""Load a candidate: from its name to a program that can be run, and checked, on any problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from parity_tests.adapters import trace_files
from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.candidate import (
    Candidate,
    notes_of,
    precision_granted_by,
    without_device,
)
from parity_tests.adapters.candidate_process.description import COURSE, MODULE, NOTHING, Description
from parity_tests.adapters.candidate_process.program import Program
from parity_tests.adapters.course import functions
from parity_tests.adapters.course.check_whole import check_whole_again
from parity_tests.adapters.course.functions import WEEKS, Course, driven_weeks
from parity_tests.adapters.course.whole_run import trace_of
from parity_tests.adapters.fourth_course.layers_alone import has_layers_alone
from parity_tests.adapters.interfaces.network_candidate import network_program
from parity_tests.adapters.interfaces.network_program import (
    network_calls_tried,
)
from parity_tests.adapters.kinds_file import import_kinds
from parity_tests.adapters.request import SETTINGS, Request
from parity_tests.check_messages import input_error
from parity_tests.checking.check_run import numbers, problem_in
from parity_tests.checking.findings import Finding
from parity_tests.checking.guarded_calls import CandidateError
from parity_tests.checking.report import Report
from parity_tests.diagnosis.explained_check import check
from parity_tests.error_model.precisions import Precision, precision_named
from ref_numpy import Array, InputError, NetworkSpec

# The default settings: for functions of the course by the week, else by None.
Settings = Mapping[int | None, Mapping[str, str]]
OWN: Settings = {None: SETTINGS, **functions.SETTINGS}


class NothingRecognised(InputError):
    """A file without a function that a check knows.

    Args:
        description: of the file.
        tried: calls of it that raised.
    """

    def __init__(self, description: Description, tried: tuple[Finding, ...] = ()) -> None:
        left_out = "; ".join(notes_of(description))
        facts = {"candidate": description.name, "known": ", ".join(WEEKS), "left_out": left_out}
        error = input_error("candidate.nothing-recognised", **facts)
        super().__init__(str(error), error.code, error.facts)
        self.description, self.tried = description, tried


def load(request: Request, program: Program, own: Settings = OWN) -> Candidate:
    """Load a candidate.

    Args:
        request: the candidate and the problem.
        program: the process that loads it; that of a trace file is not asked.
        own: the settings where the request has none.

    Raises:
        InputError: there is no such candidate.
    """
    if request.kinds:
        import_kinds(request.kinds)
    if trace_files.is_trace_file(request.candidate):
        return trace_file(request)
    description = program.load(request.candidate, WEEKS, request.kinds)
    tried: tuple[Finding, ...] = ()
    is_network = not driven_weeks(description.functions) and not has_layers_alone(description)
    if description.kind in (NOTHING, COURSE) and is_network:
        candidate = network_program(request, program, description)
        if candidate is not None:
            return candidate
        tried = network_calls_tried(program)
    if description.kind == NOTHING:
        raise NothingRecognised(description, tried)
    if description.kind == COURSE:
        without_device(request)
        notes = notes_of(description)
        candidate = course_functions(request, Course(program, description), notes, own)
        return replace(candidate, tried=tried)
    return one_function(request, program, description, own)


def trace_file(request: Request) -> Candidate:
    """Load a trace file.

    Raises:
        InputError: it is not readable, its problem does not fit its network, or the request names
            another network than the file does.
    """
    without_device(request)
    name = request.candidate
    file = trace_files.read(name)
    options = ("network", "hidden", "output", "loss")
    asked = [f"--{n}" for n in options if getattr(request, n) is not None]
    if file.spec and asked:
        raise input_error(
            "trace-file.option", name=name, given=file.spec.summary, options=" ".join(asked)
        )
    spec = file.spec or request.spec()
    params, X, Y, computed = trace_files.problem(file, name, spec)
    p, granted_by = trace_files.precision_of(file, name, request.precision)
    problem_in(spec, params, X, Y, p)  # before a label's shape is taken for m
    given = {"X": X, "Y": Y, **params}
    rounded = [n for n, a in given.items() if (numbers(n, a, p) != a).any()]
    notes = [sentence("note.rounded", names=" ".join(rounded), precision=p.name)] if rounded else []
    if (stated := file.texts.get("precision", p.name)) != p.name:
        notes.append(sentence("note.sharper", stated=stated, precision=p.name))
    return Candidate(
        name, spec, p,
        trace=lambda params, X, Y, context=None: computed,
        check=lambda params, X, Y, context=None: check(
            computed, spec, params, X, Y, p, name, context=context
        ),
        problem=(params, X, Y),
        notes=tuple(notes),
        granted_by=granted_by,
    )  # fmt: skip


def one_function(
    request: Request, program: Program, description: Description, own: Settings
) -> Candidate:
    """Load a function run(spec, params, X, Y), a torch module, or a function that returns one."""
    name, is_module = description.name, description.kind == MODULE
    p = precision_named(request.setting("precision", own[None]))
    spec = request.spec(own[None])
    if not is_module:
        without_device(request)
    run = Run(program, name, p, request.device)
    return Candidate(
        name, spec, p,
        trace=lambda params, X, Y, context=None: run(spec, params, X, Y),
        check=lambda params, X, Y, context=None: check(
            run, spec, params, X, Y, p, name, calls=request.calls, context=context, own_draws=True
        ),
        batch_first=is_module,
        granted_by=precision_granted_by(request, None),
        draws_its_own=True,
    )  # fmt: skip


@dataclass
class Run:
    """run(spec, params, X, Y) of a candidate, wherever it runs: what `check` takes.

    Attributes:
        program: the candidate.
        name: of the candidate.
        p: the candidate's arithmetic.
        device: of a module.
        condition: under which it was last run.
    """

    program: Program
    name: str
    p: Precision
    device: str | None
    condition: str = ""

    def __call__(self, spec: NetworkSpec, params: Any, X: Array, Y: Array) -> Any:
        """Return the candidate's trace."""
        given = {"params": params, "X": X, "Y": Y}
        trace, self.condition = self.program.run(
            self.name, spec, given, self.p.name, self.device
        )  # fmt: skip
        return trace


def course_functions(
    request: Request, functions: Course, notes: tuple[str, ...] = (), own: Settings = OWN
) -> Candidate:
    """Load functions of the course's assignments."""
    settings = own[functions.week]
    p, spec = precision_named(request.setting("precision", settings)), request.spec(settings)
    if not spec.is_chain:
        raise input_error("course.graph", name=request.candidate, network=spec.summary)
    name, week = request.candidate, functions.week

    def checked(params: Mapping[str, Array], X: Array, Y: Array, context: Any = None) -> Report:
        problem = {n: p.round(a) for n, a in params.items()}, p.round(X), p.round(Y)
        return check_whole_again(functions, spec, problem, p, name, request.calls)

    def trace(
        params: dict[str, Array], X: Array, Y: Array, context: Any = None
    ) -> Mapping[str, Any]:
        tensors, findings = trace_of(functions, week, spec, params, X, Y)
        if not tensors:
            raise CandidateError(findings[0].message)
        return tensors

    return Candidate(
        name, spec, p, trace, checked,
        course=functions, notes=notes, granted_by=precision_granted_by(request, week),
    )  # fmt: skip
