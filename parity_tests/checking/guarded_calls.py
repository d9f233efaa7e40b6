"""Calls of a candidate's functions: announced, and whatever they raise said in one sentence."""

from __future__ import annotations

import inspect
import linecache
import sys
import sysconfig
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from parity_tests.checking.findings import Finding, layer_of
from ref_numpy import Array, InputError


class CandidateError(InputError):
    """What a candidate did so that there is nothing to compare: one sentence."""


# call(name, function, *arguments) → what the function returned
Call = Callable[..., Any]


def call(name: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """function(*arguments).   Raises CandidateError for whatever it raises, `sys.exit` too."""
    try:
        return function(*arguments)
    except (CandidateError, KeyboardInterrupt):
        raise
    except BaseException as error:  # sys.exit and CancelledError too
        said = " ".join(text_of(error).split())
        raise CandidateError(
            f"{name} raised {type(error).__name__}{': ' if said else ''}{shortened(said)}"
            f"{where(error)}"
        ) from error


def text_of(error: BaseException) -> str:
    """What an exception says; nothing, where it fails at that too."""
    try:
        return str(error)
    except Exception:
        return ""


def shortened(text: str, most: int = 200) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def where(error: BaseException) -> str:
    """The last line of the candidate's own that was running: not ours, nor a library's."""
    libraries = tuple(map(sysconfig.get_path, ("stdlib", "purelib", "platlib")))
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename[:7] != "<frozen"]
    frames = [f for f in frames if not is_ours(Path(f.filename))]
    if not frames:
        return ""
    own = [f for f in frames if not f.filename.startswith(libraries)]
    own = own or [f for f in frames if f.filename == frames[0].filename]  # it is installed
    said = own[-1].line or ""
    line = f": {said}" if said and not said.startswith("raise ") else ""  # what was raised is said
    return f" ({file_name(own[-1].filename)}, line {own[-1].lineno}{line})"


def is_ours(path: Path) -> bool:
    """Whether a source file is the checker's; the sample programs of its tests are candidates."""
    package = Path(__file__).parents[1]
    return package in path.parents and package / "tests" not in path.parents


def file_name(path: str) -> str:
    """A source file's own name; of a cell of a notebook that is running, which has a temporary
    one: the cell."""
    file = Path(path)
    return "the cell" if file.parent.name.startswith("ipykernel_") else file.name


def arrays_in(x: Any, name: str) -> Iterator[tuple[str, Array]]:
    """Every array of an argument, with what to call it: X, W1 of a mapping, caches[0]."""
    if isinstance(x, np.ndarray):
        yield name, x
    elif isinstance(x, Mapping):
        for key, value in x.items():
            yield from arrays_in(value, str(key))
    elif isinstance(x, tuple | list):
        for i, value in enumerate(x):
            yield from arrays_in(value, f"{name}[{i}]")


class Watched:
    """Arguments of a call, of which none should be changed in place.

    arguments: {"X": X, …}.   of: the function, for the findings' names.
    """

    def __init__(self, arguments: Mapping[str, Any], of: str = "") -> None:
        given = [pair for name, x in arguments.items() for pair in arrays_in(x, name)]
        self.arrays = [(name, array, array.copy()) for name, array in given]
        self.of = of

    def findings(self) -> list[Finding]:
        """One for each array that is not as it was."""
        result = []
        for name, array, was in self.arrays:
            different = ~((array == was) | ((array != array) & (was != was)))
            if different.any():
                wrong = int(different.sum())
                text = (
                    f"{self.of or 'the candidate'} changed {name}, which it was given, in place "
                    f"({wrong} of {array.size} elements): work on {name}.copy()"
                )
                tensor = f"{self.of}.{name}" if self.of else name
                result.append(
                    Finding(
                        tensor, "changed", text, layer_of(name), array.shape, str(array.dtype),
                        wrong=wrong, size=array.size,
                    )
                )  # fmt: skip
        return result

    def restore(self) -> None:
        for _, array, was in self.arrays:
            array[...] = was


@contextmanager
def local_variables(function: Callable[..., Any]) -> Iterator[dict[str, Any]]:
    """A mapping that fills with the arrays that `function` held in local variables as it returned.

    By sys.setprofile, so that what a learner computes on the way to a result can be compared too.
    """
    found: dict[str, Any] = {}
    code = getattr(inspect.unwrap(function), "__code__", None)

    def look(frame: FrameType, event: str, result: Any) -> None:
        if event == "return" and frame.f_code is code:
            found.clear()
            kept = (np.ndarray, np.generic, float)
            found.update({n: np.array(x) for n, x in frame.f_locals.items() if isinstance(x, kept)})

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield found
    finally:
        sys.setprofile(before)


def remember_source(filename: str, source: str) -> None:
    """So that a message can quote a line of what is not a file: a notebook's cells."""
    linecache.cache[filename] = len(source), None, source.splitlines(keepends=True), filename
