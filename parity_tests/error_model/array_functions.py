"""Rules of NumPy's functions that are not ufuncs: of shapes, indices, choices, and along axes.

Each is called with `lift`, which makes a ball of anything, and with the function's own arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from parity_tests.error_model import along_axes, elementwise, erf_bound, linear_maps
from parity_tests.error_model.balls import Ball
from parity_tests.error_model.softmax_bound import softmax_over_keys
from ref_numpy.arrays.masked_softmax import masked_softmax
from ref_numpy.arrays.windows import Windows, add_windows, windows_of
from ref_numpy.error_function import erf

# Options that no rule here knows.
REFUSED = {"casting", "dtype", "initial", "order", "out", "stat_length", "subok", "where"}


def indices(part: Any) -> Any:
    """Return an index, in which exact balls stand for their values, whole numbers.

    Raises:
        TypeError: one of them has an error.
    """
    if isinstance(part, tuple | list):
        return type(part)(map(indices, part))
    if not isinstance(part, Ball):
        return part
    if not part.exact:
        raise TypeError(f"an index that has an error has no rounding rule in {__name__}")
    return part.value.astype(np.int64)


def moved(function: Any) -> Callable[..., Ball]:
    """Return the rule of a function that moves elements, or chooses some."""

    def rule(lift: Any, x: Any, *args: Any, **kwargs: Any) -> Ball:
        given = map(indices, args)
        args, kwargs = (*given,), {name: indices(value) for name, value in kwargs.items()}
        return linear_maps.move(lift(x), lambda x: function(x, *args, **kwargs))

    return rule


def filled(function: Any) -> Callable[..., Ball]:
    """Return the rule of a function that moves elements, and fills up with zeros."""
    return lambda lift, x, *args: linear_maps.fill(lift(x), lambda x: function(x, *args))


def pad(
    lift: Any, x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = 0
) -> Ball:
    """Pad with constants, which are exact, or with elements, as mode says."""
    if mode in ("edge", "reflect", "symmetric", "wrap"):
        return linear_maps.move(lift(x), lambda x: np.pad(x, pad_width, mode))
    if mode != "constant":
        raise TypeError(f"np.pad (mode={mode!r}) has no rounding rule in {__name__}")
    return linear_maps.fill(
        lift(x),
        lambda x: np.pad(x, pad_width),
        lambda x: np.pad(x, pad_width, constant_values=constant_values),
    )


def joined(function: Any) -> Callable[..., Ball]:
    """Return the rule of a function that joins several arrays."""

    def rule(lift: Any, parts: Any, *args: Any, **kwargs: Any) -> Ball:
        return linear_maps.join([*map(lift, parts)], lambda x: function(x, *args, **kwargs))

    return rule


def split(function: Any) -> Callable[..., list[Ball]]:
    """Return the rule of a function that cuts an array into several."""

    def rule(lift: Any, x: Any, *args: Any, **kwargs: Any) -> list[Ball]:
        places = np.arange(lift(x).value.size).reshape(lift(x).shape)
        args, kwargs = indices(args), {name: indices(value) for name, value in kwargs.items()}
        parts = function(places, *args, **kwargs)
        return [linear_maps.move(lift(x), lambda x, i=i: x.reshape(-1)[i]) for i in parts]

    return rule


def like(constant: float) -> Callable[..., Ball]:
    """Return the rule of an array of one number, which is exact."""

    def rule(lift: Any, x: Any, shape: Any = None) -> Ball:
        return lift(np.full(np.shape(lift(x).value) if shape is None else shape, constant))

    return rule


def along(rule: Callable[..., Ball]) -> Callable[..., Ball]:
    """Return the rule of a function along axes."""

    def of_lifted(lift: Any, x: Any, axis: Any = None, **options: Any) -> Ball:
        return rule(lift(x), axis, **options)

    return of_lifted


def choose(lift: Any, *operands: Any) -> Ball:
    """Choose one of two by a condition."""
    return lift(0).made(*elementwise.where(*map(lift, operands)))


def error_function(lift: Any, x: Any) -> Ball:
    """Return erf x."""
    return lift(x).made(*erf_bound.error_function(lift(x)))


def over_keys(lift: Any, S: Any, counts: Any) -> tuple[Ball, Ball]:
    """Return the softmax over the keys that count, and the logarithm of its sums."""
    return softmax_over_keys(lift(S), counts)


def added_windows(lift: Any, V: Any, w: Windows, positions: tuple[int, ...]) -> Ball:
    """Add up windows that overlap: each result is a sum of as many terms as windows have it.

    What is added in the padding is cut off, and is in no sum: 1 is divided by there, not 0.
    """
    return linear_maps.add_into(
        lift(V),
        lambda x: add_windows(x, w, positions),
        lambda sums: windows_of(sums, w, fill=1.0),
    )


MOVING = (
    np.reshape, np.ravel, np.transpose, np.moveaxis, np.swapaxes, np.squeeze, np.expand_dims,
    np.broadcast_to, np.repeat, np.tile, np.take, np.take_along_axis, np.flip, np.roll, np.diagonal,
    sliding_window_view, np.copy,
)  # fmt: skip

FUNCTIONS: dict[Any, Callable[..., Any]] = {
    np.where: choose,
    np.ones_like: like(1),
    np.zeros_like: like(0),
    np.pad: pad,
    np.sum: along(along_axes.sum_along),
    np.mean: along(along_axes.mean_along),
    np.var: along(along_axes.variance_along),
    np.max: along(along_axes.max_along),
    np.min: along(along_axes.min_along),
    erf: error_function,
    masked_softmax: over_keys,
    add_windows: added_windows,
    np.argmax: along(along_axes.argmax_along),
    **{function: moved(function) for function in MOVING},
    **{function: filled(function) for function in (np.tril, np.triu)},
    **{function: joined(function) for function in (np.concatenate, np.stack)},
    **{function: split(function) for function in (np.split, np.array_split)},
}
