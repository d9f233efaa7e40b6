"""Checks of the results that user-defined layers and losses return.

The built-in layers and losses are not checked at every call: tests verify them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ref_numpy.input_messages import input_error

if TYPE_CHECKING:
    from ref_numpy.errors import InputError
    from ref_numpy.layer import Array, Cache, Layer

Shape = tuple[int, ...]


def read_only(x: Any) -> Any:
    """Return a view of an array that cannot be written; anything else as it is."""
    if not isinstance(x, np.ndarray):
        return x
    view = x.view()
    view.flags.writeable = False
    return view


def check_forward(layer: Layer, returned: Any, shape: Shape, A_prev: Array) -> tuple[Any, Cache]:
    """Check the result of `forward`.

    Args:
        layer: the layer.
        returned: expected a pair (result, cache).
        shape: the expected shape of the result.
        A_prev: the input, whose dtype the result must have.

    Returns:
        The pair.

    Raises:
        InputError: it is something else.
    """
    method = f"{type(layer).__name__}.forward"
    if not (isinstance(returned, tuple) and len(returned) == 2):
        raise returned_error(method, describe_type(returned), "a pair (result, cache)")
    result, cache = returned
    if not isinstance(cache, tuple):
        raise returned_error(
            method,
            f"{describe_type(cache)} as its cache",
            "a tuple of the arrays that gradients and backward need, such as (A_prev,)",
        )
    return check_array(method, "a result", result, shape, A_prev), cache


def check_gradients(layer: Layer, returned: Any, shapes: Mapping[str, Shape], dZ: Array) -> Any:
    """Check the result of `gradients`.

    Args:
        layer: the layer.
        returned: expected a dictionary with a gradient of each parameter.
        shapes: of the layer's parameters, by its own names.
        dZ: the gradient of the layer's result, whose dtype the gradients must have.

    Returns:
        The dictionary.

    Raises:
        InputError: it is something else.
    """
    method = f"{type(layer).__name__}.gradients"
    if not isinstance(returned, Mapping) or returned.keys() != shapes.keys():
        named = isinstance(returned, Mapping)
        given = f"gradients of {list(returned)}" if named else describe_type(returned)
        expected = f"a dictionary with a gradient of each of its parameters, {list(shapes)}"
        raise returned_error(method, given, expected)
    for name, gradient in returned.items():
        check_array(method, f"a gradient of {name}", gradient, shapes[name], dZ)
    return returned


def check_array(method: str, part: str, x: Any, shape: Shape, like: Array) -> Any:
    """Check an array that a method returned.

    Args:
        method: the method, such as "Scale.forward".
        part: the array, such as "a result".
        x: the array.
        shape: its expected shape.
        like: an array of the expected dtype; where it is an array of value ± error, only the shape
            of x is checked.

    Returns:
        x.

    Raises:
        InputError: it is something else.
    """
    plain = isinstance(like, np.ndarray)
    if plain and not isinstance(x, np.ndarray | np.generic):
        raise returned_error(method, f"is {describe_type(x)}", f"an array of shape {shape}", part)
    given = getattr(x, "shape", None)
    if given != shape:
        raise returned_error(method, f"has shape {given}", str(shape), part)
    if plain and x.dtype != like.dtype:
        expected = f"{like.dtype}, the dtype of its input"
        raise returned_error(method, f"is {x.dtype}", expected, part)
    return x


def describe_type(x: Any) -> str:
    """Name the type in words: "None", "an array", "a list"."""
    if x is None:
        return "None"
    return "an array" if isinstance(x, np.ndarray) else f"a {type(x).__name__}"


def returned_error(method: str, given: str, expected: str, part: str = "") -> InputError:
    """Return the error for a result of a method.

    Args:
        method: the method, such as "Scale.forward".
        given: the result in words, such as "has shape (3,)".
        expected: the expected result in words.
        part: the array in the result that is wrong; "" for the result itself.
    """
    return input_error("layer.returned", method=method, given=given, expected=expected, part=part)
