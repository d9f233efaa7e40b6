"""A candidate in this process: its functions are called here, and answer as from another one."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from parity_tests.adapters.candidate_process.program import Program
from parity_tests.adapters.candidate_process.service import Service
from parity_tests.adapters.candidate_process.wire import LENGTHS, decoded, encoded, lengths
from parity_tests.adapters.course.functions import WEEKS, Course


def program_here(namespace: dict[str, Any] | None = None, given: Collection[str] = ()) -> Program:
    """Return a program whose functions run in this process.

    Args:
        namespace: the course's functions, by name; None where a candidate will be loaded.
        given: the names of those that are checked; () for all of the namespace.
    """
    service = Service(namespace, given)
    return Program(lambda name, request: passed_on(service.answer(passed_on(request))))


def course_here(namespace: dict[str, Any], name: str = "", given: Collection[str] = ()) -> Course:
    """Return the course's functions of a namespace of this process.

    Args:
        namespace: at least one of them, by name; missing helpers are added to it.
        name: of the candidate.
        given: the names of those that are checked; () for all of the namespace.
    """
    program = program_here(namespace, given)
    return Course(program, program.describe(name, WEEKS))


def passed_on(data: Any) -> Any:
    """Return plain data as the other side of a border would have it."""
    message = b"".join(encoded(data))
    start = LENGTHS.size
    end = start + lengths(message[:start])[0]
    return decoded(message[start:end], bytearray(message[end:]))
