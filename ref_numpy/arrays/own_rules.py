"""Functions that NumPy lacks, for arrays whose class has rules of its own for them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import numpy as np

F = TypeVar("F", bound=Callable[..., Any])


def has_own_rules(x: Any) -> bool:
    """Return whether the class of an array has rules of its own for NumPy's functions."""
    plain = np.ndarray.__array_function__
    return getattr(type(x), "__array_function__", plain) is not plain


def with_own_rules(function: F) -> F:
    """Return the function, which asks the class of such an array first, as NumPy's own do (NEP 18).

    Args:
        function: of an array, and of what else it takes.
    """

    @wraps(function)
    def chosen(x: Any, *rest: Any) -> Any:
        if has_own_rules(x):
            return x.__array_function__(chosen, (type(x),), (x, *rest), {})
        return function(x, *rest)

    return cast(F, chosen)
