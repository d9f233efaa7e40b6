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
from parity_tests.error_model.precisions import FLOAT64, Precision
from parity_tests.kinds.own_kinds import CAN, with_error
from ref_numpy import Array, InputError

Way = Callable[..., Any]
Operation = Way | Sequence[Way]  # one formula, or several that are equal on paper
RESULT = "result"


@np.errstate(all="ignore")  # an overflow is a finding
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
        InputError: the operation fails with these inputs, has a function without a rule, or takes
            another path on value ± error than on plain numbers.
    """
    arrays = [as_numbers(x) for x in inputs]
    expected: dict[str, list[ErrorArray]] = {}
    for way in ways(operation):
        values = named(called("failed", way, arrays))
        n = most_roundings(arrays, values)
        exact = on_errors(way, arrays, FLOAT64.with_union_bound(n))
        if exact.keys() != values.keys() or any(
            not is_same_path(values[name], x) for name, x in exact.items()
        ):
            raise input_error("operation.another-path", method=name_of(way))
        of_p = exact if p.name == FLOAT64.name else on_errors(way, arrays, p.with_union_bound(n))
        for name, x in of_p.items():
            expected.setdefault(name, []).append(x)
    return expected


def on_errors(way: Way, arrays: Sequence[Any], p: Precision) -> dict[str, ErrorArray]:
    """Return value ± error of each result by one way to compute it."""
    given = [ErrorArray(x, p=p.inside) if is_float(x) else x for x in arrays]
    results = named(called("no-rounding-rule", way, given))
    return {name: stored(+with_error(x, p.inside)) for name, x in results.items()}


def is_same_path(value: Array, exact: ErrorArray) -> bool:
    """Return whether plain numbers gave what value ± error did, up to float64's own rounding.

    A branch on an array's values, or a view that is changed in place, may act otherwise on arrays
    of value ± error; their bounds would be those of another operation.
    """
    if value.shape != exact.shape:
        return False
    with np.errstate(all="ignore"):
        near = np.abs(value - exact.value) <= exact.error
    both_nan = (value != value) & (exact.value != exact.value)
    return bool((near | both_nan | (value == exact.value)).all())


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
        facts = {"error": error, "operations": CAN, "rules": error_array.__name__}
        raise input_error(f"operation.{reason}", method=name_of(operation), **facts) from error


def named(returned: Any) -> dict[str, Any]:
    """Return each result by its name, an array; a tuple of one is that one.

    Raises:
        InputError: one is neither an array nor a number.
    """
    if isinstance(returned, tuple | list) and len(returned) == 1:
        (returned,) = returned
    each = {RESULT: returned}
    if isinstance(returned, Mapping):
        each = {str(name): x for name, x in returned.items()}
    elif isinstance(returned, tuple | list):
        each = {f"{RESULT} {k}": x for k, x in enumerate(returned)}
    return {name: as_result(x) for name, x in each.items()}


def as_result(x: Any) -> Any:
    """Return a result as an array.

    Raises:
        InputError: it is neither an array nor a number.
    """
    if isinstance(x, int | float):  # True and False too
        return as_numbers(np.asarray(x))
    if not hasattr(x, "shape"):
        raise input_error("operation.results", type=type(x).__name__)
    return as_numbers(x)


def as_numbers(x: Any) -> Any:
    """Return NumPy's array of an array of any library; all else as it is.

    Floats become float64's, and whole numbers int64's, which do not wrap around.

    Raises:
        InputError: its numbers are complex, for which there are no rules.
    """
    if isinstance(x, ErrorArray) or not hasattr(x, "shape"):
        return x
    array = as_array(x)
    if array.dtype.kind == "c":
        raise input_error("operation.complex", dtype=str(array.dtype))
    if array.dtype.kind == "f":
        return array.astype(np.float64)
    return array.astype(np.int64) if array.dtype.kind in "iu" else array


def is_float(x: Any) -> bool:
    """Return whether x is an array of floats."""
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def name_of(operation: Any) -> str:
    """Return the name of an operation, or of its first way."""
    operation = operation if callable(operation) else operation[0]
    return str(getattr(operation, "__name__", type(operation).__name__))
