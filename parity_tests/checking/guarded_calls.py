"""Calls of a candidate's functions: announced, and any exception reported in one sentence."""

from __future__ import annotations

import inspect
import linecache
import sys
import sysconfig
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import numpy as np

from parity_tests.checking.findings import Finding, layer_of, make_finding
from parity_tests.checking.report_wording import sentence
from ref_numpy import Array, InputError


class CandidateError(InputError):
    """A candidate's failure that leaves nothing to compare: one sentence."""


class CandidateLost(InputError):
    """The end of a candidate's process: from then on none of its functions can be called."""


# call(name, function, *arguments) → the function's result
Call = Callable[..., Any]


def call(name: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """Return function(*arguments).

    Raises:
        CandidateError: it raised any exception, `sys.exit` included.
    """
    try:
        return function(*arguments)
    except (CandidateError, CandidateLost, KeyboardInterrupt):
        raise
    except BaseException as error:  # sys.exit and CancelledError too
        text = shortened(" ".join(text_of(error).split()))
        raise raised(name, type(error).__name__, text, where(error)) from error


def raised(name: str, type_name: str, text: str, where: str) -> CandidateError:
    """Return the error that a function raised an exception.

    Args:
        name: of the function.
        type_name: of the exception.
        text: its message.
        where: the line that raised it, as `where` gives it.
    """
    facts = {"name": name, "type_name": type_name, "text": text, "where": where}
    return CandidateError(sentence("call.raised", **facts), "call.raised", facts)


def text_of(error: BaseException) -> str:
    """Return an exception's message; nothing, where the exception fails at that too."""
    try:
        return str(error)
    except Exception:
        return ""


def shortened(text: str, most: int = 200) -> str:
    """Return at most that many characters of a text."""
    return text if len(text) <= most else text[: most - 1] + "…"


def where(error: BaseException) -> str:
    """Return the candidate's last line that was running: not ours, nor a library's."""
    every = [(f.f_code, number) for f, number in traceback.walk_tb(error.__traceback__)]
    frames = [(code, number) for code, number in every if may_be_the_candidates(code.co_filename)]
    if not frames:
        return ""
    own = [f for f in frames if not f[0].co_filename.startswith(library_folders())]
    first = frames[0][0].co_filename  # it is installed
    code, number = (own or [f for f in frames if f[0].co_filename == first])[-1]
    text = line_of(code, number)
    text = "" if text.startswith("raise ") else text  # the message has it
    return sentence("call.where", file=file_name(code.co_filename), number=number, text=text)


@lru_cache(maxsize=1000)
def may_be_the_candidates(path: str) -> bool:
    """Return whether a file is neither the checker's, nor compiled, nor a part of Python itself."""
    return path[:7] != "<frozen" and path[-4:] != ".pyx" and not is_ours(Path(path))


@lru_cache(maxsize=1000)
def line_of(code: CodeType, number: int) -> str:
    """Return a line of compiled code, read once: many calls that are tried raise at the same."""
    linecache.checkcache(code.co_filename)
    return linecache.getline(code.co_filename, number).strip()


@cache
def library_folders() -> tuple[str, ...]:
    """Return where Python's libraries are; to ask for it takes as long as a small check."""
    return tuple(map(sysconfig.get_path, ("stdlib", "purelib", "platlib")))


def is_ours(path: Path) -> bool:
    """Return whether a source file is the checker's; the sample programs of its tests are not."""
    package = Path(__file__).parents[1]
    return package in path.parents and package / "tests" not in path.parents


def file_name(path: str) -> str:
    """Return a source file's own name.

    Of a cell of a running notebook, whose file is temporary, it is "the cell".
    """
    file = Path(path)
    return "the cell" if file.parent.name.startswith("ipykernel_") else file.name


def arrays_in(x: Any, name: str) -> Iterator[tuple[str, Array]]:
    """Yield every array of an argument, with its name: X, W1 of a mapping, caches[0]."""
    if isinstance(x, np.ndarray):
        yield name, x
    elif isinstance(x, Mapping):
        for key, value in x.items():
            yield from arrays_in(value, str(key))
    elif isinstance(x, tuple | list):
        for i, value in enumerate(x):
            yield from arrays_in(value, f"{name}[{i}]")


class MutationGuard:
    """Arguments of a call, of which none should be changed in place.

    Args:
        arguments: {"X": X, …}.
        function: its name, for the findings.
    """

    def __init__(self, arguments: Mapping[str, Any], function: str = "") -> None:
        given = [pair for name, x in arguments.items() for pair in arrays_in(x, name)]
        self.arrays = [(name, array, array.copy()) for name, array in given]
        self.function = function

    def findings(self) -> list[Finding]:
        """Return one for each array that has changed."""
        result = []
        for name, array, was in self.arrays:
            different = ~((array == was) | ((array != array) & (was != was)))
            if different.any():
                wrong = int(different.sum())
                facts = {"function": self.function, "argument": name, "wrong": wrong}
                finding = make_finding(
                    f"{self.function}.{name}" if self.function else name, "changed", "changed",
                    shape=array.shape, dtype=str(array.dtype), wrong=wrong, size=array.size,
                    facts={**facts, "size": array.size},
                )  # fmt: skip
                result.append(replace(finding, layer=layer_of(name), code="argument.changed"))
        return result

    def restore(self) -> None:
        """Give every array its numbers back."""
        for _, array, was in self.arrays:
            array[...] = was


@contextmanager
def local_variables(function: Callable[..., Any]) -> Iterator[dict[str, Any]]:
    """Yield a mapping that receives the function's local variables as it returns or raises.

    Those that are arrays, as copies, and those that are dictionaries. By sys.setprofile, so that a
    learner's intermediate results can be compared too.
    """
    found: dict[str, Any] = {}
    code = getattr(inspect.unwrap(function), "__code__", None)

    def look(frame: FrameType, event: str, result: Any) -> None:
        if event == "return" and frame.f_code is code:
            found.clear()
            kept = (np.ndarray, np.generic, float)
            every = frame.f_locals.items()
            found.update({n: np.array(x) for n, x in every if isinstance(x, kept)})
            found.update({n: x for n, x in every if isinstance(x, dict)})

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield found
    finally:
        sys.setprofile(before)


def remember_source(filename: str, source: str) -> None:
    """Let messages quote a line of a source that is not a file: a notebook's cells."""
    linecache.cache[filename] = len(source), None, source.splitlines(keepends=True), filename
