"""What a candidate is: its kind, its functions' names and arguments; none of its code."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from parity_tests.adapters.candidate_process.wire import Malformed

RUN, MODULE, COURSE, NOTHING = "run", "module", "course", "nothing"

LISTS = ("not_seen", "left_out", "unchecked_passes", "notes", "supplied")  # of texts

Functions = Mapping[str, Any]


@dataclass(frozen=True)
class Description:
    """A loaded candidate.

    Attributes:
        kind: RUN, a function of (spec, params, X, Y); MODULE, a torch module; COURSE, functions of
            the course; NOTHING that is known.
        name: of the candidate; that of the function `run` where a file has one.
        functions: the functions of the course.
        own: all functions and classes that the file defines.
        not_seen: those that no function of the course uses.
        left_out: lines that may define a function, and could not be executed.
        unchecked_passes: those of `not_seen` that look like a forward or backward pass.
        notes: which other lines were not executed.
        supplied: the course's functions that its functions use and that are defined nowhere.
    """

    kind: str
    name: str
    functions: Functions = field(default_factory=dict)
    own: Functions = field(default_factory=dict)
    not_seen: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    unchecked_passes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    supplied: tuple[str, ...] = ()

    def as_plain(self) -> dict[str, Any]:
        """Return the description as plain data."""
        return {
            **vars(self),
            "functions": {name: described(f) for name, f in self.functions.items()},
            "own": {name: described(f) for name, f in self.own.items()},
        }

    @classmethod
    def from_plain(cls, given: Any, known: Iterable[str]) -> Description:
        """Return the description that a candidate's process gives, with stand-ins of functions.

        Args:
            given: plain data.
            known: the names that functions of the course may have.

        Raises:
            Malformed: it is something else than a description.
        """
        try:
            lists = [tuple(given[n]) for n in LISTS]
            texts = [given["kind"], given["name"], *chain.from_iterable(lists)]
            own = {str(n): stand_in_function(n, *x) for n, x in given["own"].items()}
            every = {n: stand_in_function(n, *x) for n, x in given["functions"].items()}
            functions = {n: every[n] for n in known if n in every}
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise Malformed(f"a description with {type(error).__name__}: {error}") from error
        is_course = given["kind"] == COURSE
        if (
            given["kind"] not in (RUN, MODULE, COURSE, NOTHING)
            or not all(isinstance(text, str) for text in texts)
            or len(functions) < len(every)
            or bool(functions) is not is_course
        ):
            raise Malformed("a description of another form")
        return cls(given["kind"], given["name"], functions, own, *lists)


def described(function: Any) -> tuple[bool, list[tuple[str, int, str | None, str | None]] | None]:
    """Return whether this is a class, and its parameters, None where Python does not know them.

    Of each parameter: its name, its kind, and its default and annotation as Python writes them.
    """
    if isinstance(function, type):
        return True, None
    try:
        parameters = inspect.signature(function).parameters.values()
        return False, [
            (q.name, int(q.kind), written(q.default), written(q.annotation)) for q in parameters
        ]
    except Exception:  # those of the candidate's own __signature__ or __repr__, too
        return False, None


def written(x: Any) -> str | None:
    """Return a default or an annotation as Python writes it; None for none."""
    if x is inspect.Parameter.empty:
        return None
    return inspect.formatannotation(x) if isinstance(x, type) else repr(x)


class Written:
    """A default or an annotation, of which its text is known alone."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def stand_in_function(name: str, is_class: bool, parameters: Any) -> Any:
    """Return a function of this name and these parameters, or a class, without any code.

    Raises:
        ValueError, TypeError: the parameters are those of no function.
    """
    if is_class:
        return type(name, (), {})

    def function() -> None:
        raise NotImplementedError(name)

    # `inspect.signature` raises TypeError for 0, as for functions that it does not know.
    signature = 0 if parameters is None else inspect.Signature([*map(parameter, parameters)])
    function.__dict__["__signature__"] = signature
    return function


def parameter(given: Any) -> inspect.Parameter:
    """Return the parameter that `described` described."""
    name, kind, default, annotation = given
    default, annotation = (
        inspect.Parameter.empty if text is None else Written(str(text))
        for text in (default, annotation)
    )
    kind = inspect._ParameterKind(kind)
    return inspect.Parameter(name, kind, default=default, annotation=annotation)


def split(candidate: str) -> tuple[str, str]:
    """Split "path.py:function" into path and function; a drive's colon, as in C:/x.py, is none."""
    where, colon, name = candidate.rpartition(":")
    return (where, name) if colon and name.isidentifier() else (candidate, "")
