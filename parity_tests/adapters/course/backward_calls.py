"""The calls of a layer's backward functions by week 4's L_model_backward, in their order.

The k-th is that of layer L − k + 1, whatever cache it is given: a call with another layer's cache
is one mistake, of the layer whose step it is.
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.mistaken_calls import positional
from parity_tests.checking.findings import Finding
from parity_tests.checking.guarded_calls import file_name

FUNCTIONS = ("linear_backward", "linear_activation_backward")


@dataclass(frozen=True)
class BackwardCall:
    """A call of a backward function.

    Attributes:
        d: its first argument, dZ of linear_backward and dA of linear_activation_backward.
        cache: its second argument, the object itself.
        line: the candidate's line that called it.
    """

    d: Any
    cache: Any
    line: str


Calls = dict[str, list[BackwardCall]]


def recorded(namespace: Mapping[str, Any]) -> tuple[dict[str, Callable[..., Any]], Calls]:
    """Return the candidate's functions, which note every call of them, and the calls."""
    calls: Calls = {name: [] for name in FUNCTIONS}
    return {name: noting(namespace[name], calls[name]) for name in FUNCTIONS}, calls


def noting(own: Callable[..., Any], calls: list[BackwardCall]) -> Callable[..., Any]:
    """Return a function that notes each call, then calls `own`."""

    def function(*arguments: Any, **options: Any) -> Any:
        frame = sys._getframe(1)
        file, number = frame.f_code.co_filename, frame.f_lineno
        text = linecache.getline(file, number).strip()
        d, cache = first_two(own, arguments, options)
        copy = d.copy() if hasattr(d, "copy") else d  # as it is now
        calls.append(BackwardCall(copy, cache, f"{file_name(file)}, line {number}: {text}"))
        return own(*arguments, **options)

    return function


def first_two(
    function: Callable[..., Any], arguments: tuple[Any, ...], options: Mapping[str, Any]
) -> tuple[Any, Any]:
    """Return the first two arguments of a call, by position or by name; None where it has fewer."""
    names = [q.name for q in positional(function) or ()]
    by_name = [options.get(name) for name in names[len(arguments) :]]
    d, cache, *_ = [*arguments, *by_name, None, None]
    return d, cache


def by_layer(calls: Sequence[BackwardCall], L: int, caches: Sequence[Any]) -> dict[int, Any]:
    """Return the call of each layer: in their order, last layer first.

    The order tells the layer also where the program failed later. Where there are more calls than
    layers, the cache of each call tells it.
    """
    if len(calls) <= L:
        return {L - k: call for k, call in enumerate(calls)}
    owners = ((owner(call.cache, caches), call) for call in calls)
    return {l: call for l, call in owners if l is not None}


def owner(cache: Any, caches: Sequence[Any]) -> int | None:
    """Return the layer whose cache, or whose linear cache, this object is."""
    for l, own in enumerate(caches, start=1):
        if cache is own or (isinstance(own, tuple) and own and cache is own[0]):
            return l
    return None


def other_layers_caches(calls: Calls, L: int, caches: Sequence[Any]) -> dict[int, Finding]:
    """Return a finding for each layer whose backward step was given another layer's cache."""
    found: dict[int, Finding] = {}
    for name in reversed(FUNCTIONS):  # the outer function's call is the one that is wrong
        for l, call in by_layer(calls[name], L, caches).items():
            other = owner(call.cache, caches)
            if other not in (None, l) and l not in found:
                code = "cache.of-another-layer"
                facts = {"l": l, "other": other, "index": other - 1, "expected": l - 1}
                found[l] = Finding(
                    f"dZ{l}", "cache", sentence(code, **facts), l, yours=call.line, code=code,
                    facts=facts,
                )  # fmt: skip
    return found
