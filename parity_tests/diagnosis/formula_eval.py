"""A formula of the catalogue, executed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import CodeType
from typing import Any

import numpy as np

from parity_tests.error_model.error_array import ErrorArray


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
        return eval(compiled(text), {"__builtins__": {"sum": sum}, **names})
    except Exception:  # a user-defined activation may raise anything
        return None


@cache
def compiled(text: str) -> CodeType:
    """Return the compiled formula."""
    return compile(text, "<line>", "eval")


def without_error(x: Any) -> Any:
    """Return a name's value without its error."""
    if isinstance(x, list):
        return [without_error(item) for item in x]
    return x.value if isinstance(x, ErrorArray) else x
