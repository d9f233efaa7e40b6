"""A line of the catalogue, executed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import CodeType
from typing import Any

import numpy as np

from parity_tests.error_model.error_array import ErrorArray


@np.errstate(all="ignore")
def computed(text: str, names: Mapping[str, Any]) -> Any:
    """What a line's right-hand side gives with these names. None where it does not fit: where a
    name means nothing, or shapes are not those of its operations."""
    try:
        return eval(compiled(text), {"__builtins__": {"sum": sum}, **names})
    except Exception:  # what an activation that people have added raises may be of any kind
        return None


@cache
def compiled(text: str) -> CodeType:
    return compile(text, "<line>", "eval")


def plain(x: Any) -> Any:
    """A name's value without its error."""
    if isinstance(x, list):
        return [plain(item) for item in x]
    return x.value if isinstance(x, ErrorArray) else x
