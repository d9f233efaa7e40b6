"""The names of a candidate's program: what one is, and another function in its place for a time."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from typing import Any

from parity_tests.check_messages import input_error


def takes_a_problem(found: Any) -> bool:
    """Return whether this is a function of (spec, params, X, Y)."""
    torch = sys.modules.get("torch")
    if not callable(found) or (torch and isinstance(found, torch.nn.Module)):
        return False
    if inspect.isclass(found):
        return False
    try:
        inspect.signature(found).bind(*[None] * 4)
    except (TypeError, ValueError):
        return False
    return True


def attribute(namespace: Mapping[str, Any], name: str, where: str) -> Any:
    """Return a module's attribute, which its own `__getattr__` may import (PEP 562).

    Args:
        namespace: of the module.
        name: of the attribute.
        where: the module is.

    Raises:
        InputError: there is none, or it is None.
    """
    found = namespace.get(name)
    if name not in namespace and "__getattr__" in namespace:
        with suppress(AttributeError):
            found = namespace["__getattr__"](name)
    if found is None:
        defined = [n for n, x in namespace.items() if callable(x) and n[:1] != "_"]
        known = ", ".join(defined) or "its functions"
        raise input_error("candidate.no-function", where=where, name=name, known=known)
    return found


@contextmanager
def replaced_in(
    namespace: MutableMapping[str, Any], functions: Mapping[str, Any]
) -> Iterator[None]:
    """Within it, the candidate's functions call these by their names."""
    before = {name: namespace[name] for name in functions}
    namespace.update(functions)
    try:
        yield
    finally:
        namespace.update(before)
