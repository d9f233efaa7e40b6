"""The code of layers and losses, unchanged, on value ± error: also of user-defined kinds.

An operation without a rounding rule is refused in one sentence, with the place to mend it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numpy as np

from parity_tests.check_messages import input_error
from parity_tests.error_model import error_array
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.known_kinds import kind_of
from ref_numpy import InputError, Layer, Loss
from ref_numpy.error_function import erf
from ref_numpy.layer import Cache
from ref_numpy.network import Step

OPERATORS = (
    np.add, np.subtract, np.multiply, np.divide, np.floor_divide, np.matmul, np.power, np.negative,
    np.greater, np.greater_equal, np.less, np.less_equal,
)  # fmt: skip
OTHERS = {*error_array.RULES, *error_array.FUNCTIONS} - {*OPERATORS, erf}
NAMED = " ".join(f"np.{name}" for name in sorted(f.__name__ for f in OTHERS))
CAN = (
    f"+ − * / // @ **2 **3, comparisons, .T .sum .max, {NAMED}, and erf of ref_numpy.error_function"
)


def on_errors(of: Layer | Loss, method: str, call: Callable[..., Any], *arguments: Any) -> Any:
    """Return call(*arguments), the method of a layer or loss.

    Args:
        of: the layer or loss.
        method: its name.
        call: the method.
        arguments: its arguments, on error arrays.

    Raises:
        InputError: it is user-defined, and one of its operations has no rounding rule.
    """
    if of.built_in:
        return call(*arguments)
    try:
        return call(*arguments)
    except InputError:
        raise
    except Exception as error:  # whatever it raises, it did not with arrays
        raise input_error(
            f"{'layer' if isinstance(of, Layer) else 'loss'}.no-rounding-rule",
            method=f"{type(of).__name__}.{method}",
            error=error,
            operations=CAN,
            rules=error_array.__name__,
        ) from error


def compute_forward(step: Step, params: Any, A_prev: Any) -> tuple[Any, Cache]:
    """Return the step's output and cache on error arrays, by its kind's own bound if it has one."""
    A, cache = on_errors(step.layer, "forward", step.forward, params, A_prev)
    bound = kind_of(step.layer).bound
    if bound is None or A_prev.exact:
        return A, cache
    bounded = bound(A, A_prev)
    return bounded, with_items(cache, lambda item: bounded if item is A else item)


def with_error(x: Any, p: Precision) -> ErrorArray:
    """Return value ± error; a plain array, such as a gradient of ones, is exact."""
    return x if isinstance(x, ErrorArray) else ErrorArray(x, p=p)


def with_items(cache: Cache, change: Callable[[Any], Any]) -> Cache:
    """Return the cache with each item changed; a named tuple keeps its names."""
    items = map(change, cache)
    make = getattr(cache, "_make", tuple)
    return make(items)


def examples_of(cache: Cache, part: slice, m: int, params: Collection[Any]) -> Cache:
    """Return the cache of some of the examples.

    Args:
        cache: of all of them.
        part: the examples.
        m: the number of all examples.
        params: the parameters in the cache, which belong to every example.
    """
    whole = [id(x) for x in params]

    def cut(item: Any) -> Any:
        each = isinstance(item, ErrorArray) and item.shape[-1:] == (m,) and id(item) not in whole
        return item.examples(part) if each else item

    return with_items(cache, cut)
