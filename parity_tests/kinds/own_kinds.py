"""The code of layers and losses, unchanged, on value ± error: also of user-defined kinds.

An operation without a rounding rule is refused in one sentence, with the place to mend it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from parity_tests.check_messages import input_error
from parity_tests.error_model import error_array
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.known_kinds import kind_of
from parity_tests.kinds.row_parts import by_rows
from ref_numpy import InputError, Layer, Loss
from ref_numpy.arrays.masked_softmax import masked_softmax
from ref_numpy.arrays.windows import add_windows
from ref_numpy.context import Cache, Context
from ref_numpy.elementwise import Elementwise
from ref_numpy.error_function import erf
from ref_numpy.graphs.step import Step

OPERATORS = (
    np.add, np.subtract, np.multiply, np.divide, np.floor_divide, np.matmul, np.power, np.negative,
    np.positive, np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal,
)  # fmt: skip
ELSEWHERE = {
    sliding_window_view,
    erf,
    add_windows,
    masked_softmax,
}  # which are not NumPy's by these names
FUNCTIONS = {*error_array.RULES, *error_array.FUNCTIONS} - {*OPERATORS, *ELSEWHERE}
NAMED = " ".join(f"np.{name}" for name in sorted(["add.at", *(f.__name__ for f in FUNCTIONS)]))
METHODS = ".T .transpose .swapaxes .reshape .ravel .repeat .sum .mean .var .max .min .argmax"
CAN = (
    f"+ − * / // @ **, comparisons, indices, {METHODS}, {NAMED}, and erf of "
    f"ref_numpy.error_function"
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


def compute_forward(step: Step, params: Any, context: Context, *inputs: Any) -> Cache:
    """Return the step's cache on error arrays, its output by its kind's own bound if it has one."""
    if is_by_element(step.layer):
        A = by_rows(lambda Z: step.forward(params, context, Z).outputs[0], *inputs)
        return Cache(inputs, (A,), None, context)
    cache = on_errors(step.layer, "forward", step.forward, params, context, *inputs)
    bound = kind_of(step.layer).bound
    if bound is None or all(x.exact for x in inputs):
        return cache
    (A,) = cache.outputs
    return cache._replace(outputs=(bound(A, *inputs),))


def gradients_of_inputs(step: Step, params: Any, cache: Cache, *d_outputs: Any) -> tuple[Any, ...]:
    """Return the gradient of each input of the step on error arrays."""
    if not is_by_element(step.layer):
        return on_errors(step.layer, "backward", step.backward, params, cache, *d_outputs)[0]

    def dZ(Z: Any, A: Any, dA: Any) -> Any:
        return step.backward(params, cache._replace(inputs=(Z,), outputs=(A,)), dA)[0][0]

    return (by_rows(dZ, *cache.inputs, *cache.outputs, *d_outputs),)


def is_by_element(layer: Layer) -> bool:
    """Return whether the layer is one of this package that is element by element."""
    return isinstance(layer, Elementwise) and layer.built_in


def with_error(x: Any, p: Precision) -> ErrorArray:
    """Return value ± error; a plain array, such as a gradient of ones, is exact."""
    return x if isinstance(x, ErrorArray) else ErrorArray(x, p=p)


def mapped(x: Any, change: Callable[[ErrorArray], Any]) -> Any:
    """Return x with each error array in it changed: in a cache, a tuple, or a dictionary."""
    if isinstance(x, ErrorArray):
        return change(x)
    if isinstance(x, Mapping):
        return {name: mapped(item, change) for name, item in x.items()}
    if isinstance(x, tuple):
        items = (mapped(item, change) for item in x)
        return type(x)._make(items) if hasattr(x, "_make") else tuple(items)  # pyright: ignore[reportAttributeAccessIssue]
    return x


def examples_of(cache: Cache, part: slice, m: int, params: Collection[Any]) -> Cache:
    """Return the cache of some of the examples.

    Args:
        cache: of all of them.
        part: the examples.
        m: the number of all examples.
        params: the parameters that the step may have kept, which belong to every example.
    """
    whole = [id(x) for x in params]

    def cut(x: ErrorArray) -> ErrorArray:
        each = len(x.shape) > 1 and x.shape[1] == m and id(x) not in whole
        return x.examples(part) if each else x

    # Whole numbers have their examples along axis 0; a mask has them along axis 1.
    inputs = tuple(x[part] if isinstance(x, np.ndarray) else x for x in cache.inputs)
    kept = cache.kept[:, part] if isinstance(cache.kept, np.ndarray) else cache.kept
    return mapped(cache._replace(inputs=inputs, kept=kept), cut)
