"""What the layers and losses that people add are given, and must return.

Our own keep these promises, which the tests verify, so that a step of theirs is not slowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ref_numpy.errors import InputError

if TYPE_CHECKING:
    from ref_numpy.layer import Array, Cache, Layer

Shape = tuple[int, ...]


def read_only(x: Any) -> Any:
    """The same numbers, which a method that writes into what it is given cannot change."""
    if not isinstance(x, np.ndarray):
        return x
    view = x.view()
    view.flags.writeable = False
    return view


def result_and_cache(layer: Layer, returned: Any, shape: Shape, A_prev: Array) -> tuple[Any, Cache]:
    """What `forward` returned.   shape: of the result.   Raises InputError."""
    method = f"{type(layer).__name__}.forward"
    if not (isinstance(returned, tuple) and len(returned) == 2):
        raise wrong(f"{method} returned {kind_of(returned)}; expected a pair (result, cache)")
    result, cache = returned
    if not isinstance(cache, tuple):
        raise wrong(
            f"{method} returned {kind_of(cache)} as its cache; expected a tuple of what gradients "
            f"and backward need, such as (A_prev,)"
        )
    return array(f"{method} returned a result that", result, shape, A_prev), cache


def gradients(layer: Layer, returned: Any, shapes: Mapping[str, Shape], dZ: Array) -> Any:
    """What `gradients` returned.   shapes: of the layer's parameters.   Raises InputError."""
    method = f"{type(layer).__name__}.gradients"
    if not isinstance(returned, Mapping) or returned.keys() != shapes.keys():
        given = (
            f"gradients of {list(returned)}" if isinstance(returned, Mapping) else kind_of(returned)
        )
        raise wrong(
            f"{method} returned {given}; expected a dictionary with a gradient of each of its "
            f"parameters, {list(shapes)}"
        )
    for name, gradient in returned.items():
        array(f"{method} returned a gradient of {name} that", gradient, shapes[name], dZ)
    return returned


def array(what: str, x: Any, shape: Shape, like: Array) -> Any:
    """x itself, of this shape and of `like`'s dtype; of value ± error, the shape alone.

    Args:
        what: how the sentence begins, such as "Scale.forward returned a result that".

    Raises:
        InputError: it is something else.
    """
    plain = isinstance(like, np.ndarray)
    if plain and not isinstance(x, np.ndarray | np.generic):
        raise wrong(f"{what} is {kind_of(x)}; expected an array of shape {shape}")
    if getattr(x, "shape", None) != shape:
        raise wrong(f"{what} has shape {getattr(x, 'shape', None)}; expected {shape}")
    if plain and x.dtype != like.dtype:
        raise wrong(f"{what} is {x.dtype}; expected {like.dtype}, the dtype of what it was given")
    return x


def kind_of(x: Any) -> str:
    """In words: "None", "an array", "a list"."""
    if x is None:
        return "None"
    return "an array" if isinstance(x, np.ndarray) else f"a {type(x).__name__}"


def wrong(sentence: str) -> InputError:
    return InputError(f"{sentence}.", code="layer.returned")
