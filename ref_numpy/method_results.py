"""Checks of the results that user-defined layers and losses return.

The built-in layers and losses are not checked at every call: tests verify them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ref_numpy.arrays import axes
from ref_numpy.input_messages import input_error

if TYPE_CHECKING:
    from ref_numpy.context import Cache
    from ref_numpy.errors import InputError
    from ref_numpy.layer import Array, Layer

Shape = tuple[int, ...]


def read_only(x: Any) -> Any:
    """Return a view of an array that cannot be written; anything else as it is."""
    if not isinstance(x, np.ndarray):
        return x
    view = x.view()
    view.flags.writeable = False
    return view


def check_forward(
    layer: Layer, shapes: Sequence[Shape], returned: Any, inputs: tuple[Any, ...]
) -> tuple[Any, Any]:
    """Check what `forward` returned.

    Args:
        layer: the layer.
        shapes: of one example's results.
        returned: expected a pair: a result, or a tuple of several, and what `backward` needs.
        inputs: of the layer; the result has the dtype of the first float among them.

    Returns:
        The pair.

    Raises:
        InputError: it is something else.
    """
    method = f"{type(layer).__name__}.forward"
    if not (isinstance(returned, tuple) and len(returned) == 2):
        expected = "a pair: the result, and what backward needs besides, or None"
        raise returned_error(method, describe_type(returned), expected)
    result, kept = returned
    given = result if isinstance(result, tuple) else (result,)
    if len(given) != len(shapes):
        expected = f"{len(shapes)}, as output_shape says"
        raise returned_error(method, f"{len(given)} results", expected)
    like = first_floats(inputs)
    m = axes.number_of_examples(inputs[0])
    for x, shape in zip(given, shapes, strict=True):
        check_array(method, "a result", x, axes.batch_shape(shape, m), like)
    return result, kept


def check_backward(
    layer: Layer, names: Sequence[str], returned: Any, cache: Cache
) -> tuple[Any, Any]:
    """Check what `backward` returned.

    Args:
        layer: the layer.
        names: of its inputs.
        returned: expected a pair: the gradient of the input, or a tuple of one for each, and a
            dictionary with the gradient of each parameter.
        cache: of the layer's step; each gradient has the shape and dtype of its input.

    Returns:
        The pair.

    Raises:
        InputError: it is something else.
    """
    method, shapes = f"{type(layer).__name__}.backward", layer.parameter_shapes()
    if not (isinstance(returned, tuple) and len(returned) == 2):
        expected = "a pair: the gradient of the input, and a dictionary of those of parameters"
        raise returned_error(method, describe_type(returned), expected)
    d_inputs, gradients = returned
    left_out = not (cache.to_parameters or gradients)
    if not isinstance(gradients, Mapping) or (gradients.keys() != shapes.keys() and not left_out):
        named = isinstance(gradients, Mapping)
        given = f"gradients of {list(gradients)}" if named else describe_type(gradients)
        expected = f"a dictionary with a gradient of each of its parameters, {list(shapes)}"
        raise returned_error(method, given, expected)
    each = d_inputs if isinstance(d_inputs, tuple) else (d_inputs,)
    if len(each) != len(cache.inputs):
        raise returned_error(
            method, f"gradients of {len(each)} inputs", f"one for each, {list(names)}"
        )
    like = first_floats(cache.inputs)
    for x, given in zip(each, cache.inputs, strict=True):
        needed = cache.to_inputs and axes.examples_axis(given)  # whole numbers have no gradient
        if x is not None or needed:
            check_array(method, "a gradient", x, given.shape, given)
    for name, gradient in gradients.items():
        check_array(method, f"a gradient of {name}", gradient, shapes[name], like)
    return returned


def check_next_state(layer: Layer, returned: Any, cache: Cache) -> Any:
    """Check what `next_state` returned.

    Args:
        layer: the layer.
        returned: expected a dictionary with each tensor of its state.
        cache: of the layer's step.

    Returns:
        The dictionary.

    Raises:
        InputError: it is something else.
    """
    method, shapes = f"{type(layer).__name__}.next_state", layer.state_shapes()
    if not isinstance(returned, Mapping) or returned.keys() != shapes.keys():
        named = isinstance(returned, Mapping)
        given = f"{list(returned)}" if named else describe_type(returned)
        expected = f"a dictionary with each tensor of its state, {list(shapes)}"
        raise returned_error(method, given, expected)
    like = first_floats(cache.inputs)
    for name, x in returned.items():
        check_array(method, name, x, shapes[name], like)
    return returned


def first_floats(inputs: tuple[Any, ...]) -> Any:
    """Return the first input that is no array of whole numbers; the first, where all are."""
    return next((x for x in inputs if axes.examples_axis(x)), inputs[0])


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
