"""From a candidate's name to the report on it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any

from parity_tests import tracefiles
from parity_tests.alone import check_alone, renamed
from parity_tests.asking import told_apart
from parity_tests.calls import Call, CandidateError, call
from parity_tests.checking import check, numbers
from parity_tests.course import DRIVERS, WEEKS, Course, functions_in
from parity_tests.course_runs import check_whole
from parity_tests.definitions import LEFT_OUT, definitions
from parity_tests.examples import random_problem
from parity_tests.isolation import comparable
from parity_tests.own_lines import with_own_lines
from parity_tests.precision import precision_named
from parity_tests.report import Report
from parity_tests.request import Request
from ref_numpy import InputError, NetworkSpec


def examine(request: Request, call: Call = call) -> Report:
    """Load the candidate, run it on the problem that the request describes, judge what it gives.

    call: what every function of the candidate is called by.   Raises InputError where there is no
    such candidate, and CandidateError where it gave nothing that could be compared.
    """
    if Path(request.candidate).suffix in tracefiles.SUFFIXES:
        return examine_trace(request)
    where, name = split(request.candidate)
    namespace = definitions(where, call)
    if not name:
        return examine_namespace(request, namespace, call)
    found: Any = namespace.get(name)
    if found is None:
        defined = [n for n, x in namespace.items() if callable(x) and not n.startswith("_")]
        raise InputError(
            f"{where} defines no {name}; expected one of {', '.join(defined) or 'its functions'}."
        )
    return examine_function(request, found, call)


def split(candidate: str) -> tuple[str, str]:
    """ "path.py:function" → ("path.py", "function"); a drive's colon, as in C:\\x.py, is none."""
    where, colon, name = candidate.rpartition(":")
    return (where, name) if colon and name.isidentifier() else (candidate, "")


def examine_trace(request: Request) -> Report:
    without_device(request)
    file = tracefiles.read(request.candidate)
    of = {"network": ("network", "hidden", "output", "loss"), "precision": ("precision",)}
    for what, text in file.texts.items():
        asked = [f"--{name}" for name in of[what] if getattr(request, name) is not None]
        if asked:
            said = file.spec.summary if what == "network" and file.spec else text
            raise InputError(
                f"{request.candidate} says itself which {what} it is of ({said}); "
                f"leave {' '.join(asked)} out."
            )
    spec = file.spec or request.spec()
    params, X, Y, computed = tracefiles.problem(file, request.candidate, spec)
    p = tracefiles.precision_of(file, request.precision)
    given = {"X": X, "Y": Y, **params}
    report = check(computed, spec, params, X, Y, p, request.candidate)
    rounded = [n for n, a in given.items() if (numbers(n, a, p) != a).any()]
    note = f"{' '.join(rounded)} were rounded to {p.name} before the comparison"
    return described(report, request, spec, X.shape[1], [note] if rounded else [])


def examine_function(request: Request, found: Any, call: Call) -> Report:
    """run(spec, params, X, Y); or a torch module, or what gives one."""
    p = precision_named(request.setting("precision"))
    spec = request.spec()
    name = request.candidate
    if takes_a_problem(found):
        without_device(request)
        run = partial(call, name, found)
    elif "torch" in sys.modules:
        from parity_tests.modules import module_run

        run = module_run(found, name, p.name, request.device, call)
    else:
        raise InputError(
            f"{name} is a {type(found).__name__} that does not take (spec, params, X, Y); expected "
            f"such a function, or a torch.nn.Module."
        )
    report = check(run, spec, *random_problem(spec, request.examples, request.seed), p, name)
    return described(report, request, spec, request.examples)


def without_device(request: Request) -> None:
    if request.device is not None:
        raise InputError(
            f"--device {request.device} is for torch modules, and {request.candidate} is none; "
            f"leave it out."
        )


def takes_a_problem(found: Any) -> bool:
    """Whether it is a function of (spec, params, X, Y)."""
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


def examine_namespace(request: Request, namespace: dict[str, Any], call: Call) -> Report:
    """The functions of the course's assignments; or a function `run`, if none runs a network."""
    left_out = [f"left out: {text}" for text in namespace.get(LEFT_OUT, ())]
    course = Course(namespace, call) if functions_in(namespace) else None
    if takes_a_problem(namespace.get("run")) and not (course and course.driven):
        named = replace(request, candidate=f"{request.candidate}:run")
        return examine_function(named, namespace["run"], call)
    if course is None:
        said = f" ({'; '.join(left_out)})" if left_out else ""
        raise InputError(
            f"{request.candidate} defines none of the functions that a check knows "
            f"({', '.join(WEEKS)}){said}; name the one to check: {request.candidate}:function."
        )
    without_device(request)
    report = examine_course(request, course)
    if not report.tensors:
        raise CandidateError(report.findings[0].message)
    return replace(report, notes=(*report.notes, *left_out))


def check_functions(*functions: Callable[..., Any], **settings: Any) -> Report:
    """The report on functions of the course's assignments, such as `propagate`: in a notebook what
    `python -m parity_tests check mine.py` is for a file.

    What they call and is not among them is what they can see, but for the functions that a check
    knows, which are ours.   settings: those of `Request`, such as network="5-4-1".
    Raises InputError where one of them is no function that a check knows.
    """
    named = {getattr(f, "__name__", str(f)): f for f in functions}
    for name, function in named.items():
        if name not in WEEKS or not inspect.isfunction(function):
            raise InputError(
                f"{name} is no function that a check knows; expected some of {', '.join(WEEKS)}."
            )
    if not named:
        raise InputError(f"no function was given; expected some of {', '.join(WEEKS)}.")
    seen = functions[0].__globals__
    namespace = {name: x for name, x in seen.items() if name not in WEEKS}
    for name, f in named.items():  # copies, which look for each other there
        copy = FunctionType(f.__code__, namespace, name, f.__defaults__, f.__closure__)
        copy.__kwdefaults__ = f.__kwdefaults__
        namespace[name] = copy
    course = Course(namespace)
    return examine_course(Request(" ".join(named), **settings), course)


def examine_course(request: Request, course: Course) -> Report:
    """The whole of each week that has one, and every function alone."""
    p = precision_named(request.setting("precision", course.settings))
    spec = request.spec(course.settings)

    def whole(week: int, spec: NetworkSpec, m: int) -> Report:
        params, X, Y = random_problem(spec, m, request.seed)
        params = {n: p.round(a) for n, a in params.items()}
        given = params, p.round(X), p.round(Y)
        return check_whole(course, week, spec, *given, p, request.candidate)

    m = request.examples
    report = told_apart(whole(course.week, spec, m), partial(whole, course.week, spec), m)
    parts: list[Report] = []
    for week in course.driven:
        if week != course.week:
            small = course.small(spec, week)
            part = whole(week, small, 7)
            parts.append(renamed(part, f"week {week}", {n: n for n in comparable(small, 7)}))
    odd = {f.tensor for r in (report, *parts) for f in r.findings if f.kind == "result"}
    without = [name for name, forward in TAKES_A_CACHE.items() if forward in odd]
    parts += check_alone(course, spec, p, request.seed, without)
    own = {name: course.namespace[name] for name in course.functions}
    activations = {s.number: s.layer.kind for s in spec.steps if s.output[0] == "A"}
    report = with_own_lines(joined(report, parts), own, course.week, activations)
    drivers = ", ".join(name for names in DRIVERS.values() for name in names)
    notes = [] if course.driven else [f"single functions only: there is none of {drivers}"]
    return described(report, request, spec, request.examples, notes)


# Where a forward function's cache is not the course's, these cannot be given the course's.
TAKES_A_CACHE = {
    "backward_propagation": "forward_propagation",
    "L_model_backward": "L_model_forward",
    "linear_activation_backward": "L_model_forward",
}


def joined(whole: Report, parts: Iterable[Report]) -> Report:
    """The whole run, then each function alone; what both find in a function is said once."""
    findings, tensors = list(whole.findings), list(whole.tensors)
    backward_found = any(f.tensor.startswith("d") for f in findings)
    for part in parts:
        if backward_found and part.candidate in ("backward_propagation", "L_model_backward"):
            continue
        said = {(f.tensor, f.kind) for f in findings}
        findings += [f for f in part.findings if (f.tensor, f.kind) not in said]
        tensors += part.tensors
    return replace(whole, findings=tuple(findings), tensors=tuple(tensors))


def described(
    report: Report, request: Request, spec: NetworkSpec, m: int, notes: Iterable[str] = ()
) -> Report:
    problem = f"{spec.summary}, {m} examples"
    return replace(
        report, candidate=request.candidate, problem=problem, notes=(*report.notes, *notes)
    )
