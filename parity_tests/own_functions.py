"""What a candidate's file defines: functions and classes, and those that a check never reaches."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any


def defined_in(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """What the file itself defines, by name; not what it imports."""
    return {n: x for n, x in namespace.items() if is_own(x, namespace) and not n.startswith("__")}


def is_own(x: Any, namespace: Mapping[str, Any]) -> bool:
    if isinstance(x, type):
        return x.__module__ == namespace.get("__name__")
    if not isinstance(x, FunctionType):
        return False
    return getattr(inspect.unwrap(x), "__globals__", None) is namespace


def not_reached(namespace: Mapping[str, Any], called: Iterable[str]) -> tuple[str, ...]:
    """What the file defines that is neither among the functions `called` nor named by the code of
    one that is: "forward_prop(X, parameters)"."""
    own = defined_in(namespace)
    left, reached = list(called), set[str]()
    while left:
        name = left.pop()
        if name in own and name not in reached:
            reached.add(name)
            left += names_in(own[name])
    return tuple(described(n, x) for n, x in own.items() if n not in reached)


def names_in(x: Any) -> Iterator[str]:
    """Every global name and attribute that the code of a function, or of a class, uses."""
    if isinstance(x, type):
        for part in vars(x).values():
            yield from names_in(inspect.unwrap(getattr(part, "__func__", part)))
    elif isinstance(x, FunctionType):
        for function in (x, inspect.unwrap(x)):
            if isinstance(function, FunctionType):
                yield from names_of_code(function.__code__)


def names_of_code(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:  # of inner functions
        if isinstance(constant, CodeType):
            yield from names_of_code(constant)


def described(name: str, x: Any) -> str:
    if isinstance(x, type):
        return f"class {name}"
    return f"{name}({', '.join(inspect.signature(x).parameters)})"
