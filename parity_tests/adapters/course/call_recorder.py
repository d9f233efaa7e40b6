"""Notes the calls of a layer's backward functions, in the candidate's process."""

from __future__ import annotations

import linecache
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from parity_tests.adapters.course.backward_calls import FUNCTIONS
from parity_tests.adapters.mistaken_calls import positional
from parity_tests.checking.guarded_calls import file_name


@dataclass(frozen=True)
class NotedCall:
    """A call of a backward function.

    Attributes:
        d: its first argument, as it was.
        given: the same, the object itself.
        cache: its second argument, the object itself.
        activation: its third argument, "relu" of linear_activation_backward.
        line: the candidate's line that called it.
        returned: its first result, dA_prev; nothing before it has returned one.
    """

    d: Any
    given: Any
    cache: Any
    activation: Any
    line: str
    returned: list[Any] = field(default_factory=list)


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
        noted = NotedCall(copy, d, cache, activation, line)
        calls.append(noted)
        result = own(*arguments, **options)
        if isinstance(result, tuple) and result:
            noted.returned.append(result[0])
        return result

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


def giver(calls: Sequence[NotedCall], k: int) -> int | None:
    """Return the number of the earlier call whose first result is the k-th call's first argument.

    Returns:
        −1 where it is the first argument of the first call, dA[L]; None where it is neither.
    """
    given = calls[k].given
    if k == 0 or not isinstance(given, np.ndarray):
        return None
    number = returned_by(calls[:k], given)
    return -1 if number is None and given is calls[0].given else number


def returned_by(calls: Sequence[NotedCall], x: Any) -> int | None:
    """Return the number of the last call whose first result is this very object."""
    every = (k for k, call in enumerate(calls) if any(x is own for own in call.returned))
    return max(every, default=None)


def gradient_keys(variables: Mapping[str, Any], calls: Sequence[NotedCall]) -> dict[str, int]:
    """Return the keys "dA1", "dA2" … of a function's dictionaries, and whose result each is.

    Args:
        variables: of the function.
        calls: of linear_activation_backward, in their order.

    Returns:
        The number of the call by key; without keys whose entry no call returned.
    """
    every = (x for x in variables.values() if isinstance(x, dict))
    named = (
        (key, returned_by(calls, value))
        for x in every
        for key, value in dict.items(x)
        if isinstance(key, str) and re.fullmatch(r"dA\d{1,9}", key)
    )
    return {str.__str__(key): number for key, number in named if number is not None}
