"""What the reference accepts, and the one sentence that it says otherwise.

Everything is checked once, where data enter (`run`, `fit`, `predict`, `load`); the equations
themselves then assume good arrays.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ref_numpy.errors import InputError
from ref_numpy.input_messages import input_error

if TYPE_CHECKING:
    from ref_numpy.layer import Array
    from ref_numpy.network import NetworkSpec


def check_inputs(spec: NetworkSpec, params: Mapping[str, Array], X: Array) -> None:
    """X is (n_x, m), float and finite; params have the names and shapes of `spec`, X's dtype."""
    check_array("X", X, (*spec.input_shape, None))
    check_params(spec, params, X.dtype)


def check_params(
    spec: NetworkSpec, params: Mapping[str, Array], dtype: np.dtype | None = None
) -> None:
    """The names are those of the description, and every array has its shape and this dtype, X's;
    where there is no X, they have one dtype."""
    shapes = spec.parameter_shapes
    if params.keys() != shapes.keys():
        missing, unknown = sorted(set(shapes) - set(params)), sorted(set(params) - set(shapes))
        expected = ", ".join(shapes)
        raise input_error("parameters.names", missing=missing, unknown=unknown, expected=expected)
    other = "X"
    for name, shape in shapes.items():
        check_array(name, params[name], shape)
        if dtype is None:
            dtype, other = params[name].dtype, name
        if params[name].dtype != dtype:
            raise InputError(
                f"{name} is {params[name].dtype} but {other} is {dtype}; expected one dtype: use "
                f"{name}.astype(np.{dtype}), or convert {other}."
            )


def check_labels(spec: NetworkSpec, Y: Array, X: Array) -> Array:
    """Y: (n_y, m), a column for each of X, values that the loss can take; integers convert."""
    if isinstance(Y, np.ndarray) and Y.dtype.kind in "biu":
        Y = Y.astype(X.dtype)
    check_array("Y", Y, (*spec.output_shape, X.shape[-1]))
    if Y.dtype != X.dtype:
        raise InputError(f"Y is {Y.dtype} but X is {X.dtype}; use Y.astype(np.{X.dtype}).")
    spec.loss.check_labels(Y)
    return Y


def check_array(name: str, array: Array, shape: tuple[int | None, ...]) -> None:
    """A finite float ndarray of this shape; None stands for any length from 1 up."""
    if not isinstance(array, np.ndarray):
        raise InputError(
            f"{name} is a {type(array).__name__}; expected a NumPy array of shape {said(shape)}: "
            f"use np.asarray({name}, dtype=np.float32)."
        )
    if array.ndim == 1 and len(shape) == 2:
        raise InputError(
            f"{name} has shape {array.shape}, a rank-1 array; expected {said(shape)}: "
            f"use {name}.reshape({shape[0]}, -1)."
        )
    fits = array.ndim == len(shape) and all(
        n == want if want is not None else n >= 1
        for n, want in zip(array.shape, shape, strict=True)
    )
    if not fits:
        hint = ""
        if array.ndim == 2 and len(shape) == 2 and array.shape[1] == shape[0] != array.shape[0]:
            hint = f" Examples are columns here: use {name}.T."
        raise InputError(f"{name} has shape {array.shape}; expected {said(shape)}.{hint}")
    if array.dtype.kind != "f":
        raise InputError(
            f"{name} has dtype {array.dtype}; expected a float dtype: "
            f"use {name}.astype(np.float32)."
        )
    flat = array.ravel(order="K")  # as it lies in memory: of a transposed array, too, no copy
    if not math.isfinite(np.vdot(flat, flat)):  # one pass; squares of large numbers overflow
        check_finite(name, array)


def check_finite(name: str, array: Array) -> None:
    """No NaN, no infinity."""
    bad = ~np.isfinite(array)
    if bad.any():
        first = tuple(int(i) for i in np.argwhere(bad)[0])
        raise InputError(
            f"{name} has {int(bad.sum())} value(s) that are not finite, the first is "
            f"{array[first]} at {list(first)}; remove or replace them."
        )


def said(shape: tuple[int | None, ...]) -> str:
    """(784, None) → "(784, m)" """
    return "(" + ", ".join("m" if n is None else str(n) for n in shape) + ")"
