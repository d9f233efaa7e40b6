"""Calls that failed because the interface was guessed wrongly: then nobody's code is wrong.

A function of the course is called with the arguments that its assignment names, in that order. It
may be of another edition: take other arguments, or look up a parameter that this network lacks.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from parity_tests.adapters.call_wording import sentence
from parity_tests.checking.findings import Finding, layer_of

KIND = "mistaken-call"


# Usual names of the arguments of the course's functions, as a pattern, and the argument that is
# passed for each.
MEANINGS = {
    r"x(_?train)?|inputs?|a0": "X",
    r"y(_?train)?|labels?|targets?": "Y",
    r"param(eter)?s|weights|theta": "params",
    r"caches?|memory|memories": "cache",
    r"a_?(l|\d|last|out)|y_?(hat|pred)|predictions?|outputs?|probs": "AL",
}


def meaning(parameter: str) -> str | None:
    """Return the argument for a parameter: "params" for "parameters"; None for an unknown name."""
    fits = (given for names, given in MEANINGS.items()
            if re.fullmatch(names, parameter, re.IGNORECASE))  # fmt: skip
    return next(fits, None)


class Given(dict[str, Any]):
    """A dictionary for a candidate, which notes the missing keys that were looked up."""

    def __init__(self, entries: Mapping[str, Any]) -> None:
        super().__init__(entries)
        self.missing: list[Any] = []

    def __missing__(self, key: Any) -> Any:
        self.missing.append(key)
        raise KeyError(key)

    def get(self, key: Any, default: Any = None) -> Any:
        """Return the value of the key, or the default, and note the key if it is missing."""
        if key not in self:
            self.missing.append(key)
        return super().get(key, default)


def positional(function: Callable[..., Any]) -> list[inspect.Parameter] | None:
    """Return a function's positional parameters; None where Python does not know them."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    kinds = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    return [q for q in parameters if q.kind in kinds]


def in_its_order(function: Callable[..., Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments in the function's own order, if its parameters' names are known."""
    names = [q.name for q in positional(function) or ()][: len(arguments)]
    if {*names} == {*arguments}:
        return {name: arguments[name] for name in names}
    taken = [meaning(name) for name in names]
    by_meaning = {meaning(name): name for name in arguments}
    if None in by_meaning or len(by_meaning) < len(arguments) or {*taken} != {*by_meaning}:
        return dict(arguments)
    return {by_meaning[name]: arguments[by_meaning[name]] for name in taken}


def not_taken(
    name: str, function: Callable[..., Any], arguments: Mapping[str, Any]
) -> Finding | None:
    """Return the mistaken call where a function cannot take as many arguments."""
    if positional(function) is None:
        return None
    signature = inspect.signature(function)
    try:
        signature.bind(*arguments.values())
    except TypeError:
        takes = ", ".join(map(str, signature.parameters.values()))
        facts = {"function": name, "takes": takes, "given": ", ".join(arguments)}
        return mistaken_call("arguments", facts)
    return None


def looked_up_in_vain(
    name: str, arguments: Mapping[str, Any], missing: Mapping[str, Any], error: BaseException
) -> Finding | None:
    """Return the mistaken call where a function failed after it looked up a missing key.

    Args:
        name: of the function.
        arguments: its arguments.
        missing: by argument, the last key that was looked up there in vain.
        error: the function's error.
    """
    for argument, key in missing.items():
        given = arguments.get(argument)
        if not isinstance(given, Mapping):  # the candidate's process says what it wants
            continue
        facts = {"function": name, "key": repr(key), "argument": argument, "error": str(error)}
        facts["keys"] = " ".join(map(str, given))
        return replace(mistaken_call("missing-key", facts), layer=layer_of(str(key)))
    return None


def mistaken_call(reason: str, facts: Mapping[str, Any]) -> Finding:
    """Return the finding that a function was called with another interface than its own."""
    code = f"mistaken-call.{reason}"
    text = sentence(code, **facts)
    return Finding(facts["function"], KIND, text, code=code, facts=facts)


def sorted_out(findings: Iterable[Finding]) -> dict[str, Any]:
    """Sort findings into a report's arguments `findings` and `mistaken`."""
    every = list(findings)
    return {
        "findings": tuple(f for f in every if f.kind != KIND),
        "mistaken": tuple(f for f in every if f.kind == KIND),
    }
