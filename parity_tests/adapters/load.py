"""Load a candidate: from its name to a program that can be run, and checked, on any problem."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from parity_tests.adapters import trace_files
from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.course import functions
from parity_tests.adapters.course.functions import WEEKS, Course, functions_in
from parity_tests.adapters.course.whole_run import check_whole, trace_of
from parity_tests.adapters.request import SETTINGS, Request
from parity_tests.adapters.source_files import LEFT_OUT, NOTES, definitions
from parity_tests.check_messages import input_error
from parity_tests.checking.check_run import numbers
from parity_tests.checking.guarded_calls import Call, CandidateError, call
from parity_tests.checking.report import Report
from parity_tests.checking.reruns import disambiguate
from parity_tests.diagnosis.explained_check import check
from parity_tests.error_model.precisions import Precision, precision_named
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, InputError, NetworkSpec

# The default settings: for functions of the course by the week, else by None.
Settings = Mapping[int | None, Mapping[str, str]]
OWN: Settings = {None: SETTINGS, **functions.SETTINGS}


class NothingRecognised(InputError):
    """A file without a function that a check knows.

    Args:
        candidate: the file.
        namespace: its definitions, by name.
        notes: the cells of a notebook that were left out.
    """

    def __init__(
        self, candidate: str, namespace: Mapping[str, Any], notes: tuple[str, ...]
    ) -> None:
        facts = {"candidate": candidate, "known": ", ".join(WEEKS), "left_out": "; ".join(notes)}
        error = input_error("candidate.nothing-recognised", **facts)
        super().__init__(str(error), error.code, error.facts)
        self.namespace, self.notes = namespace, notes


@dataclass(frozen=True)
class Candidate:
    """A program that can be run and checked.

    Attributes:
        name: of the candidate.
        spec: the network.
        p: the candidate's arithmetic.
        trace: trace(params, X, Y) returns the candidate's tensors by canonical name.
        check: check(params, X, Y) returns a report on them.
        problem: (params, X, Y) of a trace file, which has no other problem.
        course: the functions, where they are those of the course's assignments.
        notes: remarks for the report.
        batch_first: the candidate is a torch module.
    """

    name: str
    spec: NetworkSpec
    p: Precision
    trace: Callable[[dict[str, Array], Array, Array], Mapping[str, Any]]
    check: Callable[[Mapping[str, Array], Array, Array], Report]
    problem: tuple[dict[str, Array], Array, Array] | None = None
    course: Course | None = None
    notes: tuple[str, ...] = ()
    batch_first: bool = False


def load(request: Request, call: Call = call, own: Settings = OWN) -> Candidate:
    """Load a candidate.

    Args:
        request: the candidate and the problem.
        call: calls every function of the candidate.
        own: the settings where the request has none.

    Raises:
        InputError: there is no such candidate.
    """
    if Path(request.candidate).suffix in trace_files.SUFFIXES:
        return trace_file(request)
    where, name = split(request.candidate)
    namespace = definitions(where, call, name)
    if not name:
        return whole_namespace(request, namespace, call, own)
    found = attribute(namespace, name)
    if found is None:
        defined = [n for n, x in namespace.items() if callable(x) and not n.startswith("_")]
        known = ", ".join(defined) or "its functions"
        raise input_error("candidate.no-function", where=where, name=name, known=known)
    return one_function(request, found, call, own)


def split(candidate: str) -> tuple[str, str]:
    """Split "path.py:function" into path and function; a drive's colon, as in C:/x.py, is none."""
    where, colon, name = candidate.rpartition(":")
    return (where, name) if colon and name.isidentifier() else (candidate, "")


def trace_file(request: Request) -> Candidate:
    """Load a trace file.

    Raises:
        InputError: it is not readable, or the request names another network than the file does.
    """
    without_device(request)
    name = request.candidate
    file = trace_files.read(name)
    options = {"network": ("network", "hidden", "output", "loss"), "precision": ("precision",)}
    for subject, text in file.texts.items():
        given = [f"--{n}" for n in options[subject] if getattr(request, n) is not None]
        if given:
            own_text = file.spec.summary if subject == "network" and file.spec else text
            raise input_error(
                "trace-file.option",
                name=name,
                subject=subject,
                given=own_text,
                options=" ".join(given),
            )
    spec = file.spec or request.spec()
    params, X, Y, computed = trace_files.problem(file, name, spec)
    p = trace_files.precision_of(file, request.precision)
    given = {"X": X, "Y": Y, **params}
    rounded = [n for n, a in given.items() if (numbers(n, a, p) != a).any()]
    note = sentence("note.rounded", names=" ".join(rounded), precision=p.name)
    return Candidate(
        name, spec, p,
        trace=lambda params, X, Y: computed,
        check=lambda params, X, Y: check(computed, spec, params, X, Y, p, name),
        problem=(params, X, Y),
        notes=(note,) if rounded else (),
    )  # fmt: skip


def one_function(request: Request, found: Any, call: Call, own: Settings) -> Candidate:
    """Load a function run(spec, params, X, Y), a torch module, or a function that returns one."""
    p = precision_named(request.setting("precision", own[None]))
    spec = request.spec(own[None])
    name = request.candidate
    if takes_a_problem(found):
        without_device(request)
        run = partial(call, name, partial(trace_by, found))
    elif "torch" in sys.modules:
        from parity_tests.adapters.torch_modules import module_run

        run = module_run(found, name, p.name, request.device, call)
    else:
        raise input_error("candidate.interface", name=name, type=type(found).__name__)
    return Candidate(
        name, spec, p,
        trace=partial(run, spec),
        check=lambda params, X, Y: check(run, spec, params, X, Y, p, name),
        batch_first=not takes_a_problem(found),
    )  # fmt: skip


def trace_by(function: Callable[..., Any], *problem: Any) -> Any:
    """Call the function; a mapping becomes a dictionary here, since that runs its own code too."""
    trace = function(*problem)
    return dict(trace.items()) if isinstance(trace, Mapping) else trace


def without_device(request: Request) -> None:
    """Refuse --device, for a candidate that is not a torch module.

    Raises:
        InputError: the request has one.
    """
    if request.device is not None:
        raise input_error("request.device", device=request.device, candidate=request.candidate)


def takes_a_problem(found: Any) -> bool:
    """Return whether this is a function of (spec, params, X, Y)."""
    torch = sys.modules.get("torch")
    if not callable(found) or (torch and isinstance(found, torch.nn.Module)):
        return False
    if inspect.isclass(found):
        return False
    try:
        inspect.signature(found).bind(*[None] * 4)
    except (TypeError, ValueError):
        return False
    return True


def attribute(namespace: Mapping[str, Any], name: str) -> Any:
    """Return a module's attribute, which its own `__getattr__` may import (PEP 562), or None."""
    if name in namespace or "__getattr__" not in namespace:
        return namespace.get(name)
    with suppress(AttributeError):
        return namespace["__getattr__"](name)
    return None


def whole_namespace(
    request: Request, namespace: dict[str, Any], call: Call, own: Settings
) -> Candidate:
    """Load the course's functions in a file; or its function `run`, if none runs a network."""
    left_out = tuple(sentence("note.left-out", text=text) for text in namespace.get(LEFT_OUT, ()))
    left_out += tuple(namespace.get(NOTES, ()))
    functions = Course(namespace, call) if functions_in(namespace) else None
    if takes_a_problem(namespace.get("run")) and not (functions and functions.driven):
        named = replace(request, candidate=f"{request.candidate}:run")
        return one_function(named, namespace["run"], call, own)
    if functions is None:
        raise NothingRecognised(request.candidate, namespace, left_out)
    without_device(request)
    return course_functions(request, functions, left_out, own)


def course_functions(
    request: Request, functions: Course, notes: tuple[str, ...] = (), own: Settings = OWN
) -> Candidate:
    """Load functions of the course's assignments."""
    settings = own[functions.week]
    p, spec = precision_named(request.setting("precision", settings)), request.spec(settings)
    name, week = request.candidate, functions.week

    def whole(params: Mapping[str, Array], X: Array, Y: Array) -> Report:
        params = {n: p.round(a) for n, a in params.items()}
        return check_whole(functions, week, spec, params, p.round(X), p.round(Y), p, name)

    def checked(params: Mapping[str, Array], X: Array, Y: Array) -> Report:
        def again(m: int) -> Report:
            return whole(*random_problem(spec, m, request.seed))

        return disambiguate(whole(params, X, Y), again, X.shape[1])

    def trace(params: dict[str, Array], X: Array, Y: Array) -> Mapping[str, Any]:
        tensors, findings = trace_of(functions, week, spec, params, X, Y)
        if not tensors:
            raise CandidateError(findings[0].message)
        return tensors

    return Candidate(name, spec, p, trace, checked, course=functions, notes=notes)
