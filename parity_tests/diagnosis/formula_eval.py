"""A formula of the catalogue, executed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import CodeType
from typing import Any

import numpy as np

from parity_tests.error_model.error_array import ErrorArray

# NumPy imports what a method such as `var` is made of when it is first called.
BUILTINS = {"sum": sum, "__import__": __import__}


@np.errstate(all="ignore")
def evaluate(text: str, names: Mapping[str, Any]) -> Any:
    """Return the value of a formula's right-hand side.

    Args:
        text: the right-hand side.
        names: the values of the names in it.

    Returns:
        None where the formula does not fit: a name has no value, or shapes do not match.
    """
    try:
        used = {n: names[n] for n in names_in(compiled(text)) if n in names}
        return eval(compiled(text), {"__builtins__": BUILTINS, **used})
    except Exception:  # a user-defined activation may raise anything
        return None


@cache
def compiled(text: str) -> CodeType:
    """Return the compiled formula."""
    return compile(text, "<line>", "eval")


@cache
def names_in(code: CodeType) -> frozenset[str]:
    """Return the names in a formula, those of its loops included."""
    inner = (names_in(part) for part in code.co_consts if isinstance(part, CodeType))
    return frozenset(code.co_names).union(*inner)


class Converted(Mapping[str, Any]):
    """Names whose values are converted when a formula uses them: it uses few of a deep network's.

    Args:
        names: the values by name.
        convert: returns the value to use.
    """

    def __init__(self, names: Mapping[str, Any], convert: Callable[[Any], Any]) -> None:
        self.names, self.convert = names, convert

    def __getitem__(self, name: str) -> Any:
        return self.convert(self.names[name])

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def without_error(x: Any) -> Any:
    """Return a name's value without its error."""
    if isinstance(x, list):
        return [without_error(item) for item in x]
    return x.value if isinstance(x, ErrorArray) else x
