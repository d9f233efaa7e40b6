"""Checks of arrays where data enter: `run`, `fit`, `predict`, `load`.

Every array is checked once; the equations themselves then assume good arrays.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ref_numpy.arrays.axes import batch_shape
from ref_numpy.arrays.whole_labels import check_whole_labels
from ref_numpy.errors import InputError as InputError  # its place up to version 0.2
from ref_numpy.input_messages import input_error

if TYPE_CHECKING:
    from ref_numpy.layer import Array
    from ref_numpy.network import NetworkSpec


def check_inputs(
    spec: NetworkSpec, params: Mapping[str, Array], X: Array | Mapping[str, Array]
) -> tuple[np.dtype, int]:
    """Check X and the parameters against the network's description.

    Args:
        spec: the network.
        params: by canonical name, with the shapes of `spec` and X's dtype.
        X: (n_x, m), float and finite; or each input by name, all of m examples.

    Returns:
        The dtype of the computation, X's, or the parameters' where all inputs are whole numbers;
        and m, the number of examples.

    Raises:
        InputError: one of them does not fit.
    """
    m = dtype = None
    for name, x in named_inputs(spec, X).items():
        shown = "X" if spec.is_chain else name
        shape = spec.inputs[name]
        if isinstance(shape, tuple):
            check_array(shown, x, (shape[0], m, *shape[1:]))
            m, dtype = x.shape[1], dtype or x.dtype
            if x.dtype != dtype:
                raise input_error("inputs.dtype", name=name, dtype=x.dtype, expected=dtype)
        else:
            check_whole_numbers(shown, x, (m, *shape.shape), shape.n)
            m = len(x)
    check_params(spec, params, dtype)
    assert m is not None  # a network has an input
    return dtype or dtype_of(params), m


def dtype_of(params: Mapping[str, Array]) -> np.dtype:
    """Return the parameters' dtype; float64 where a network has none."""
    return next((x.dtype for x in params.values()), np.dtype(np.float64))


def named_inputs(spec: NetworkSpec, X: Array | Mapping[str, Array]) -> dict[str, Array]:
    """Return each input by name: {"A0": X}, or X itself where it has names.

    Raises:
        InputError: X is one array and the network has several inputs, or names are others.
    """
    if not isinstance(X, Mapping):
        if len(spec.inputs) > 1:
            raise input_error("inputs.one-array", names=list(spec.inputs))
        return {spec.input: X}
    if X.keys() != spec.inputs.keys():
        raise input_error("inputs.names", given=list(X), names=list(spec.inputs))
    return {name: X[name] for name in spec.inputs}


def check_whole_numbers(name: str, x: Array, shape: tuple[int | None, ...], n: int) -> None:
    """Check that x holds whole numbers from 0 to n − 1, and has this shape.

    Raises:
        InputError: it has something else.
    """
    if not isinstance(x, np.ndarray) or x.dtype.kind not in "iu":
        given = x.dtype if isinstance(x, np.ndarray) else type(x).__name__
        raise input_error("inputs.whole-numbers", name=name, given=given, last=n - 1)
    fits = x.ndim == len(shape) and all(
        want is None or size == want for size, want in zip(x.shape, shape, strict=True)
    )
    if not fits or not x.size:
        raise input_error(
            "array.shape", name=name, shape=x.shape, expected=format_shape(shape), transpose=False
        )
    if x.min() < 0 or x.max() >= n:
        number = x.max() if x.max() >= n else x.min()
        raise input_error("inputs.out-of-range", name=name, number=number, last=n - 1)


def check_params(
    spec: NetworkSpec, params: Mapping[str, Array], dtype: np.dtype | None = None
) -> None:
    """Check the names, shapes and dtype of the parameters and the state.

    Args:
        spec: the network.
        params: by canonical name, the state among them.
        dtype: X's, which all parameters must have; None where there is no X: any, the same for all.

    Raises:
        InputError: a parameter is missing or unknown, or does not fit.
    """
    shapes = spec.parameter_shapes | spec.state_shapes
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
            raise input_error(
                "parameters.dtype",
                name=name,
                dtype=params[name].dtype,
                other=other,
                expected=dtype,
            )


def check_labels(spec: NetworkSpec, Y: Array, dtype: np.dtype, m: int) -> Array:
    """Check the labels, and convert integers and booleans to X's dtype.

    Args:
        spec: the network, whose loss knows which values labels may have.
        Y: (n_y, m), a column for each example; or whole numbers, (m,) or (m, T).
        dtype: X's.
        m: the number of examples.

    Returns:
        Y in X's dtype; whole numbers as they are.

    Raises:
        InputError: Y does not fit X or the loss.
    """
    if spec.loss.whole_labels:
        n_y, *positions = spec.output_shape
        check_whole_labels(Y, (m, *positions), n_y, spec.loss.counted)
        spec.loss.check_labels(Y)
        return Y
    if isinstance(Y, np.ndarray) and Y.dtype.kind in "biu":
        Y = Y.astype(dtype)
    check_array("Y", Y, batch_shape(spec.output_shape, m))
    if Y.dtype != dtype:
        raise input_error("labels.dtype", dtype=Y.dtype, expected=dtype)
    spec.loss.check_labels(Y)
    return Y


def check_weights(w: Array | None, dtype: np.dtype, m: int) -> Array | None:
    """Check the weights of the examples, and convert integers and booleans to X's dtype.

    Args:
        w: (1, m), a weight from 0 up for each example; None where each example counts once.
        dtype: X's.
        m: the number of examples.

    Returns:
        w in X's dtype.

    Raises:
        InputError: w does not fit X, or a weight is negative.
    """
    if w is None:
        return None
    if isinstance(w, np.ndarray) and w.dtype.kind in "biu":
        w = w.astype(dtype)
    check_array("w", w, (1, m))
    if w.dtype != dtype:
        raise input_error("weights.dtype", dtype=w.dtype, expected=dtype)
    if (w < 0).any():
        first = int(np.argmax(w < 0))
        raise input_error("weights.negative", weight=w[0, first], example=first)
    return w


def check_array(name: str, array: Array, shape: tuple[int | None, ...]) -> None:
    """Check that the array is a NumPy array of finite floats and has this shape.

    Args:
        name: of the array, for the error.
        array: the array.
        shape: the expected shape; None is any length from 1 up.

    Raises:
        InputError: it is something else.
    """
    expected = format_shape(shape)
    if not isinstance(array, np.ndarray):
        raise input_error("array.type", name=name, type=type(array).__name__, expected=expected)
    given = array.shape
    if array.ndim == 1 and len(shape) == 2:
        raise input_error("array.rank-1", name=name, shape=given, expected=expected, rows=shape[0])
    fits = array.ndim == len(shape) and all(
        n == want if want is not None else n >= 1
        for n, want in zip(array.shape, shape, strict=True)
    )
    if not fits:
        transpose = array.ndim == len(shape) == 2 and given[1] == shape[0] != given[0]
        raise input_error(
            "array.shape", name=name, shape=given, expected=expected, transpose=transpose
        )
    if array.dtype.kind != "f":
        raise input_error("array.dtype", name=name, dtype=array.dtype)
    flat = array.ravel(order="K")  # as it lies in memory: of a transposed array, too, no copy
    if not math.isfinite(np.vdot(flat, flat)):  # one pass; squares of large numbers overflow
        check_finite(name, array)


def check_finite(name: str, array: Array) -> None:
    """Check that the array has no NaN and no infinity.

    Raises:
        InputError: it has; the error names the first.
    """
    bad = ~np.isfinite(array)
    if bad.any():
        first = tuple(int(i) for i in np.argwhere(bad)[0])
        raise input_error(
            "array.not-finite",
            name=name,
            count=int(bad.sum()),
            first=array[first],
            index=list(first),
        )


def format_shape(shape: tuple[int | None, ...]) -> str:
    """Write a shape with m for any length: (784, None) → "(784, m)"."""
    return "(" + ", ".join("m" if n is None else str(n) for n in shape) + ")"
