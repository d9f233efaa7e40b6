"""Functions and classes that a candidate's file defines, and those that a check never reaches."""

from __future__ import annotations

import dis
import inspect
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any

from parity_tests.adapters.mistaken_calls import positional
from parity_tests.adapters.source_files import BESIDE


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
    libraries = tuple(map(sysconfig.get_path, ("stdlib", "purelib", "platlib")))
    return file is not None and not file.startswith(libraries)


def not_reached(namespace: Mapping[str, Any], called: Iterable[str]) -> tuple[str, ...]:
    """Return the file's own functions that no called function uses: "forward_prop(X, parameters)".

    Args:
        namespace: of the file.
        called: the functions that a check called; those whose names their code uses are reached.
    """
    own = defined_in(namespace)
    left, reached = list(called), set[str]()
    while left:
        name = left.pop()
        if name in own and name not in reached:
            reached.add(name)
            left += names_in(own[name])
    return tuple(describe_function(n, x) for n, x in own.items() if n not in reached)


def names_in(x: Any) -> Iterator[str]:
    """Yield every global name that the code of a function uses, or of a class's methods."""
    if isinstance(x, type):
        for part in vars(x).values():
            yield from names_in(inspect.unwrap(getattr(part, "__func__", part)))
    elif isinstance(x, FunctionType):
        for function in (x, inspect.unwrap(x)):
            if isinstance(function, FunctionType):
                yield from names_of_code(function.__code__)


def names_of_code(code: CodeType) -> Iterator[str]:
    """Yield every global name that compiled code uses."""
    yield from (i.argval for i in dis.get_instructions(code) if i.opname in NAMES)
    for constant in code.co_consts:  # of inner functions
        if isinstance(constant, CodeType):
            yield from names_of_code(constant)


NAMES = ("LOAD_GLOBAL", "LOAD_NAME")  # not LOAD_ATTR: np.dot is no `dot` of the file


def describe_function(name: str, x: Any) -> str:
    """Return "forward_prop(X, parameters)", or "class Network"."""
    if isinstance(x, type):
        return f"class {name}"
    taken = positional(x)
    return name if taken is None else f"{name}({', '.join(q.name for q in taken)})"
