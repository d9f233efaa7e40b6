"""A candidate that was loaded: a program that can be run, and checked, on any problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.candidate_process.description import Description
from parity_tests.adapters.course.functions import Course
from parity_tests.adapters.request import Request
from parity_tests.check_messages import input_error
from parity_tests.checking.findings import Finding
from parity_tests.checking.report import Report
from parity_tests.error_model.precisions import Precision
from ref_numpy import Array, NetworkSpec


@dataclass(frozen=True)
class Candidate:
    """A program that can be run and checked.

    Attributes:
        name: of the candidate.
        spec: the network.
        p: the candidate's arithmetic.
        trace: trace(params, X, Y, context=None) returns the candidate's tensors by canonical name;
            without a context, or with None, it does not train.
        check: check(params, X, Y, context=None) returns a report on them.
        problem: (params, X, Y) of a trace file, which has no other problem.
        course: the functions, where they are those of the course's assignments.
        notes: remarks for the report.
        batch_first: the candidate is a torch module.
        granted_by: whose word it is that the candidate computes in p; see `Report.granted_by`.
        draws_its_own: in training it is not told what random layers draw, and draws by itself.
        tried: calls of functions of a file that raised, and may be the program of a network.
    """

    name: str
    spec: NetworkSpec
    p: Precision
    trace: Callable[..., Mapping[str, Any]]
    check: Callable[..., Report]
    problem: tuple[dict[str, Array], Array, Array] | None = None
    course: Course | None = None
    notes: tuple[str, ...] = ()
    batch_first: bool = False
    granted_by: str = ""
    draws_its_own: bool = False
    tried: tuple[Finding, ...] = ()


def notes_of(description: Description) -> tuple[str, ...]:
    """Return the notes on what was not executed."""
    left_out = (sentence("note.left-out", text=text) for text in description.left_out)
    return (*left_out, *description.notes)


def precision_granted_by(request: Request, week: int | None) -> str:
    """Return whose word the precision is: that of the option, of the assignment, or the default."""
    if request.precision is not None:
        return "option"
    return "default" if week is None else "course"


def without_device(request: Request) -> None:
    """Refuse --device, for a candidate that is not a torch module.

    Raises:
        InputError: the request has one.
    """
    if request.device is not None:
        raise input_error("request.device", device=request.device, candidate=request.candidate)
