"""Functions and classes that a candidate's file defines, and those that a check never reaches.

A function is reached where the code of one that was called names it, also within a decorator's
wrapper, a partial, a method or a table of functions. Code that is never executed, such as that
under `if False`, is not in a function's compiled code, and reaches nothing.
"""

from __future__ import annotations

import dis
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache, partial
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from parity_tests.adapters.missing_helpers import BESIDE
from parity_tests.adapters.mistaken_calls import positional
from parity_tests.checking.guarded_calls import library_folders


def defined_in(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Return the functions and classes that the file defines, or imports from files beside it.

    Names from Python, an installed package or this one are left out.
    """
    return {n: x for n, x in namespace.items() if callable(x) and not is_given(n, x, namespace)}


def is_given(name: str, x: Any, namespace: Mapping[str, Any]) -> bool:
    """Return whether a name of the file comes from Python, an installed package or this one."""
    module = getattr(x, "__module__", None) or type(x).__module__
    if name in GIVEN or isinstance(x, ModuleType):
        return True
    if module == namespace.get("__name__"):
        return False
    if module.partition(".")[0] in OURS or BESIDE.fullmatch(module):
        return True
    home = sys.modules.get(module)
    by_name = getattr(home, getattr(x, "__name__", ""), None)
    if not isinstance(x, type | FunctionType) and by_name is not x:
        return False  # it was made here, such as np.vectorize(…) or a partial
    return not is_a_file_of_ones_own(home)


GIVEN = ("__builtins__", "__loader__", "__spec__", "__getattr__")
OURS = ("parity_tests", "ref_numpy", "torch_impl")


def is_a_file_of_ones_own(module: ModuleType | None) -> bool:
    """Return whether a module is a file outside of Python's libraries."""
    file = getattr(module, "__file__", None)
    return file is not None and not file.startswith(library_folders())


def not_reached(namespace: Mapping[str, Any], called: Iterable[str]) -> tuple[str, ...]:
    """Return the file's own functions that no called function uses: "forward_prop(X, parameters)".

    Those that look like a forward or backward pass come first.

    Args:
        namespace: of the file.
        called: the names of the functions that a check called.
    """
    left = sorted(unreached(namespace, called), key=lambda pair: not looks_like_a_pass(*pair))
    return tuple(describe_function(name, x) for name, x in left)


def passes_not_reached(namespace: Mapping[str, Any], called: Iterable[str]) -> tuple[str, ...]:
    """Return those of `not_reached` that look like a forward or backward pass."""
    left = (pair for pair in unreached(namespace, called) if looks_like_a_pass(*pair))
    return tuple(describe_function(name, x) for name, x in left)


def unreached(namespace: Mapping[str, Any], called: Iterable[str]) -> list[tuple[str, Any]]:
    """Return the name and object of each of the file's own functions that is not reached."""
    reached = reached_from([namespace[n] for n in called if n in namespace], namespace)
    own = defined_in(namespace).items()
    return [(n, x) for n, x in own if not any(id(part) in reached for part in wrapped_in(x))]


def reached_from(called: Iterable[Any], namespace: Mapping[str, Any]) -> dict[int, Any]:
    """Return the objects that are called, and all that their code names, by their id."""
    left, reached = list(called), dict[int, Any]()
    while left:
        x = left.pop()
        if id(x) not in reached:
            reached[id(x)] = x
            left += parts_of(x, namespace)
    return reached


# What is called when an object is, by its type.
WRAPPED: dict[type, tuple[str, ...]] = {
    FunctionType: ("__wrapped__",), type(lru_cache(print)): ("__wrapped__",),
    partial: ("func",), MethodType: ("__func__",), staticmethod: ("__func__",),
    classmethod: ("__func__",), property: ("fget",), np.vectorize: ("pyfunc",),
}  # fmt: skip
HELD: dict[type, tuple[str, ...]] = {
    FunctionType: ("__closure__", "__defaults__", "__kwdefaults__"), CellType: ("cell_contents",),
    partial: ("args", "keywords"), MethodType: ("__self__",),
}  # fmt: skip


LONGEST = 1000  # entries of a table of functions


def attributes(x: Any, names: Iterable[str]) -> Iterator[Any]:
    """Yield those of an object's attributes that it has; an empty cell of a closure has none."""
    for name in names:
        try:
            yield getattr(x, name)
        except (AttributeError, ValueError):
            continue


def wrapped_in(x: Any) -> Iterator[Any]:
    """Yield x, and the function that it wraps: that of a partial, a method, a wrapper."""
    yield x
    for inner in attributes(x, WRAPPED.get(type(x), ())):
        yield from wrapped_in(inner)


def parts_of(x: Any, namespace: Mapping[str, Any]) -> Iterator[Any]:
    """Yield what an object's call may use: the names in its code, and the objects within it."""
    yield from attributes(x, (*WRAPPED.get(type(x), ()), *HELD.get(type(x), ())))
    if isinstance(x, FunctionType):
        if is_own(x, namespace):
            yield from (x.__globals__[n] for n in names_of_code(x.__code__) if n in x.__globals__)
    elif isinstance(x, Mapping | tuple | list):  # a table of functions, and no data set
        yield from (x.values() if isinstance(x, Mapping) else x) if len(x) <= LONGEST else ()
    elif isinstance(x, type):
        if is_own(x, namespace):
            yield from (*vars(x).values(), *x.__bases__)
    elif is_own(type(x), namespace):  # an instance of a class of the file
        yield from (type(x), *getattr(x, "__dict__", {}).values())


def is_own(x: Any, namespace: Mapping[str, Any]) -> bool:
    """Return whether a function or class is of the file, or of one beside it."""
    home = getattr(x, "__module__", None) or ""
    if home == namespace.get("__name__"):
        return True
    is_reference = home in REFERENCE or home.partition(".")[0] == "ref_numpy"
    return not is_reference and is_a_file_of_ones_own(sys.modules.get(home))


REFERENCE = (
    "parity_tests.adapters.course.reference_functions",  # a lesson may import from it
    "parity_tests.adapters.second_course.supplied_helpers",
)


def names_of_code(code: CodeType) -> Iterator[str]:
    """Yield every global name that compiled code uses."""
    yield from (i.argval for i in dis.get_instructions(code) if i.opname in NAMES)
    for constant in code.co_consts:  # of inner functions
        if isinstance(constant, CodeType):
            yield from names_of_code(constant)


NAMES = ("LOAD_GLOBAL", "LOAD_NAME")  # not LOAD_ATTR: np.dot is no `dot` of the file


PASS = re.compile(r"forward|back|propagat|[fb]prop|[fb]wd|grad|feed_?f", re.IGNORECASE)
NO_PASS = re.compile(r"init|check|test|plot|print|descent|updat|zero|vector|numeric", re.IGNORECASE)
GRADIENT = re.compile(r"d_?[WbBZAH]_?\d*|d[wbzah]\d+|grads?|gradients?|d(out|x|w|b)|delta_?\d+")
LAYER = re.compile(r"[ZzAaHh]_?\d+")


def looks_like_a_pass(name: str, x: Any) -> bool:
    """Return whether a function is a forward or backward pass, by its name or its variables.

    So is a class with a method of such a name, and a function that assigns dW and db, or Z1 and A1.
    """
    if NO_PASS.search(name):
        return False
    if isinstance(x, type):
        return any(PASS.search(n) and callable(f) for n, f in vars(x).items() if n[:2] != "__")
    if PASS.search(name):
        return True
    codes = (f.__code__ for f in wrapped_in(x) if isinstance(f, FunctionType))
    return any(
        sum(bool(pattern.fullmatch(n)) for n in variables_of(code)) > 1
        for code in codes
        for pattern in (GRADIENT, LAYER)
    )


def variables_of(code: CodeType) -> set[str]:
    """Return the names of a function's variables, and the keys of the dictionaries in it."""
    own = code.co_varnames[code.co_argcount :]  # without its arguments
    keys = (key for x in code.co_consts for key in (x if isinstance(x, tuple) else (x,)))
    return {*own, *(key for key in keys if isinstance(key, str))}


def describe_function(name: str, x: Any) -> str:
    """Return "forward_prop(X, parameters)", or "class Network"."""
    if isinstance(x, type):
        return f"class {name}"
    taken = positional(x)
    return name if taken is None else f"{name}({', '.join(q.name for q in taken)})"
