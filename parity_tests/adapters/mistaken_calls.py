"""Whether a call failed because its interface was guessed wrongly: then nobody's code is wrong.

A function of the course is called with the arguments that its assignment names, in that order. It
may be of another edition: take other arguments, or look up a parameter that this network lacks.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from parity_tests.checking.findings import Finding, layer_of

KIND = "mistaken call"


# What people call the arguments of the course's functions: a pattern of the parameter's name, and
# what is given for it.
MEANINGS = {
    r"x(_?train)?|inputs?|a0": "X",
    r"y(_?train)?|labels?|targets?": "Y",
    r"param(eter)?s|weights|theta": "params",
    r"caches?|memory|memories": "cache",
    r"a_?(l|\d|last|out)|y_?(hat|pred)|predictions?|outputs?|probs": "AL",
}


def meaning(parameter: str) -> str | None:
    """ "parameters" → "params"; None where the name does not tell."""
    fits = (given for names, given in MEANINGS.items()
            if re.fullmatch(names, parameter, re.IGNORECASE))  # fmt: skip
    return next(fits, None)


class Given(dict[str, Any]):
    """A dictionary that a candidate is given, which knows the keys that were looked up in vain."""

    def __init__(self, entries: Mapping[str, Any]) -> None:
        super().__init__(entries)
        self.missing: list[Any] = []

    def __missing__(self, key: Any) -> Any:
        self.missing.append(key)
        raise KeyError(key)

    def get(self, key: Any, default: Any = None) -> Any:
        if key not in self:
            self.missing.append(key)
        return super().get(key, default)


def positional(function: Callable[..., Any]) -> list[inspect.Parameter] | None:
    """What a function takes by position; None where Python cannot tell, as of some C functions."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    kinds = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    return [q for q in parameters if q.kind in kinds]


def in_its_order(function: Callable[..., Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as the function takes them, if the names of its own tell which is which."""
    taken = [meaning(q.name) for q in positional(function) or ()][: len(arguments)]
    by_meaning = {meaning(name): name for name in arguments}
    if None in by_meaning or len(by_meaning) < len(arguments) or {*taken} != {*by_meaning}:
        return dict(arguments)
    return {by_meaning[what]: arguments[by_meaning[what]] for what in taken}


def not_taken(
    name: str, function: Callable[..., Any], arguments: Mapping[str, Any]
) -> Finding | None:
    """The mistaken call where a function cannot take as many arguments."""
    if positional(function) is None:
        return None
    signature = inspect.signature(function)
    try:
        signature.bind(*arguments.values())
    except TypeError:
        takes = ", ".join(map(str, signature.parameters.values()))
        text = f"{name} takes ({takes}), and was called with ({', '.join(arguments)})"
        return Finding(name, KIND, text, code="mistaken-call.arguments")
    return None


def looked_up_in_vain(
    name: str, arguments: Mapping[str, Any], error: BaseException
) -> Finding | None:
    """The mistaken call where a function failed after it had looked up a key that what we gave it
    does not have."""
    for argument, given in arguments.items():
        if isinstance(given, Given) and given.missing:
            key = given.missing[-1]
            text = (
                f"{name} looks up {key!r} in {argument}, which has {' '.join(map(str, given))}; "
                f"is it of another network or edition, or is {key!r} misspelt? {error}"
            )
            layer = layer_of(str(key))
            return Finding(name, KIND, text, layer, code="mistaken-call.missing-key")
    return None


def sorted_out(findings: Iterable[Finding]) -> dict[str, Any]:
    """A report's findings, and the calls that were mistaken, as its arguments."""
    every = list(findings)
    return {
        "findings": tuple(f for f in every if f.kind != KIND),
        "mistaken": tuple(f for f in every if f.kind == KIND),
    }
