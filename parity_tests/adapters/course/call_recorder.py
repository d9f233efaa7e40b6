"""Notes the calls of a layer's backward functions, in the candidate's process."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parity_tests.adapters.course.backward_calls import FUNCTIONS
from parity_tests.adapters.mistaken_calls import positional
from parity_tests.checking.guarded_calls import file_name


@dataclass(frozen=True)
class NotedCall:
    """A call of a backward function.

    Attributes:
        d: its first argument, as it was.
        cache: its second argument, the object itself.
        activation: its third argument, "relu" of linear_activation_backward.
        line: the candidate's line that called it.
    """

    d: Any
    cache: Any
    activation: Any
    line: str


Calls = dict[str, list[NotedCall]]


def recorded(namespace: Mapping[str, Any]) -> tuple[dict[str, Callable[..., Any]], Calls]:
    """Return the candidate's functions, which note every call of them, and the calls."""
    calls: Calls = {name: [] for name in FUNCTIONS}
    return {name: noting(namespace[name], calls[name]) for name in FUNCTIONS}, calls


def noting(own: Callable[..., Any], calls: list[NotedCall]) -> Callable[..., Any]:
    """Return a function that notes each call, then calls `own`."""

    def function(*arguments: Any, **options: Any) -> Any:
        frame = sys._getframe(1)
        file, number = frame.f_code.co_filename, frame.f_lineno
        text = linecache.getline(file, number).strip()
        d, cache, activation = first_three(own, arguments, options)
        copy = d.copy() if hasattr(d, "copy") else d  # as it is now
        line = f"{file_name(file)}, line {number}: {text}"
        calls.append(NotedCall(copy, cache, activation, line))
        return own(*arguments, **options)

    return function


def first_three(
    function: Callable[..., Any], arguments: tuple[Any, ...], options: Mapping[str, Any]
) -> tuple[Any, Any, Any]:
    """Return the first arguments of a call, by position or by name; None where it has fewer."""
    names = [q.name for q in positional(function) or ()]
    by_name = [options.get(name) for name in names[len(arguments) :]]
    d, cache, activation, *_ = [*arguments, *by_name, None, None, None]
    return d, cache, activation


def owner(cache: Any, caches: Sequence[Any]) -> int | None:
    """Return the layer whose cache, or whose linear cache, this object is."""
    if cache is None:  # every layer may have it
        return None
    for l, own in enumerate(caches, start=1):
        if cache is own or (isinstance(own, tuple) and own and cache is own[0]):
            return l
    return None
