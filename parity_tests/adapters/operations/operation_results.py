"""The results of an operation with their bounds, from the operation written in NumPy.

The few lines of NumPy are the mathematics: they run unchanged on value ± error, as the reference's
own layers do, and so give the bound of whatever computes the same in a stated arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from parity_tests.check_messages import input_error
from parity_tests.checking.expected.stored_results import stored
from parity_tests.checking.trace_structure import as_array
from parity_tests.error_model import error_array
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.own_kinds import CAN, with_error
from ref_numpy import InputError

Way = Callable[..., Any]
Operation = Way | Sequence[Way]  # one formula, or several that are equal on paper
RESULT = "result"


def expected_results(
    operation: Operation, inputs: Sequence[Any], p: Precision
) -> dict[str, list[ErrorArray]]:
    """Return value ± error of each result, by each way to compute it.

    Args:
        operation: the mathematics, of NumPy's arrays; returns an array, a tuple or a dictionary.
            Of several ways that are equal on paper each is right.
        inputs: exactly what the computation took: arrays, tensors of torch, and whatever else the
            operation takes, such as an ε.
        p: the arithmetic of the computation.

    Returns:
        {"result": …}; of a tuple {"result 0": …, "result 1": …}; of a dictionary its own names.

    Raises:
        InputError: the operation fails with these inputs, or has a function without a rule.
    """
    arrays = [as_numbers(x) for x in inputs]
    expected: dict[str, list[ErrorArray]] = {}
    for way in ways(operation):
        values = named(called("failed", way, arrays))
        inside = p.with_union_bound(most_roundings(arrays, values)).inside
        given = [ErrorArray(x, p=inside) if is_float(x) else x for x in arrays]
        for name, x in named(called("no-rounding-rule", way, given)).items():
            expected.setdefault(name, []).append(stored(+with_error(x, inside)))
    return expected


def ways(operation: Operation) -> tuple[Way, ...]:
    """Return each way to compute an operation."""
    return (operation,) if callable(operation) else tuple(operation)


def most_roundings(inputs: Sequence[Any], results: Mapping[str, Any]) -> int:
    """Return an upper bound of how many roundings the sums of an operation have.

    That is the number of all pairs of an element of the inputs and one of the results, each of
    which adds every input at most once.
    """
    of_inputs = sum(np.size(x) for x in inputs if isinstance(x, np.ndarray))
    return of_inputs * sum(np.size(x) for x in results.values())


@np.errstate(all="ignore")  # an overflow is a finding
def called(reason: str, operation: Way, inputs: Sequence[Any]) -> Any:
    """Return operation(*inputs), of which it may change its own copies.

    Raises:
        InputError: it raises an exception.
    """
    try:
        return operation(*[x.copy() if isinstance(x, np.ndarray) else x for x in inputs])
    except InputError:
        raise
    except Exception as error:
        rules = error_array.__name__
        raise input_error(
            f"operation.{reason}",
            method=name_of(operation),
            error=error,
            operations=CAN,
            rules=rules,
        ) from error


def named(returned: Any) -> dict[str, Any]:
    """Return each result by its name."""
    if isinstance(returned, Mapping):
        return {str(name): as_numbers(x) for name, x in returned.items()}
    if isinstance(returned, tuple | list):
        return {f"{RESULT} {k}": as_numbers(x) for k, x in enumerate(returned)}
    return {RESULT: as_numbers(returned)}


def as_numbers(x: Any) -> Any:
    """Return NumPy's array of an array of any library, float64 of floats; all else as it is."""
    if isinstance(x, ErrorArray) or not hasattr(x, "shape"):
        return x
    array = as_array(x)
    is_of_floats = array.dtype.kind == "f" or array.dtype.name == "bfloat16"  # JAX's has kind V
    return array.astype(np.float64) if is_of_floats else array


def is_float(x: Any) -> bool:
    """Return whether x is an array of floats."""
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def name_of(operation: Any) -> str:
    """Return the name of an operation, or of its first way."""
    operation = operation if callable(operation) else operation[0]
    return str(getattr(operation, "__name__", type(operation).__name__))
