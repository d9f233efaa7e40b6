"""The names that the lines of a kind may use, with their values in one step of a graph."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from parity_tests.kinds.known_kinds import kind_of
from parity_tests.kinds.layer_kind import constants_of
from ref_numpy import Layer
from ref_numpy.arrays.axes import columns, number_of_examples, per_feature
from ref_numpy.context import Cache


def names_of(
    layer: Layer, params: Mapping[str, Any], cache: Cache, *d_outputs: Any
) -> dict[str, Any]:
    """Return the values by name: A_prev, Z, dZ, gamma, m, T, N, …; of an activation Z, A, dA.

    Inputs and results have the names that the kind gives them, Q, K and O, dO.

    Args:
        layer: of the step.
        params: its own parameters and state, of which (n, 1) are (n, 1, 1) beside positions.
        cache: of the step; the fields of what it kept have names too.
        d_outputs: the gradients of its results.
    """
    Z, kind = cache.outputs[0], kind_of(layer)
    floats = [x for k, x in enumerate(cache.inputs) if k not in layer.takes_whole_numbers]
    whole = [x for k, x in enumerate(cache.inputs) if k in layer.takes_whole_numbers]
    names = {"np": np, "columns": columns, "add_at": add_at, "set_at": set_at}
    names |= dict(zip(kind.results, cache.outputs, strict=False))
    names |= {"Z": Z, "n": Z.shape[0], "over": tuple(range(1, len(Z.shape)))}
    names |= dict(zip(kind.inputs, floats, strict=False)) | dict(zip(("ids",), whole, strict=False))
    given = cache.inputs[0]
    names |= {"m": number_of_examples(given), "T": given.shape[-1]}
    if floats:
        names["n_prev"] = floats[0].shape[0]
        names["N"] = math.prod(floats[0].shape[1:])  # the columns
    if d_outputs:
        names |= {"dZ": d_outputs[0], "dZs": d_outputs}
        names |= {f"d{n}": d for n, d in zip(kind.results, d_outputs, strict=False)}
    if layer.symbol == "A":  # an activation's lines name its input Z, and its result A
        names |= {"Z": given, "A": Z} | ({"dA": d_outputs[0]} if d_outputs else {})
        names["g"] = lambda Z: layer.forward(params, cache.context, Z)[0]
    if more := kind.names:
        names |= more(layer, *cache.inputs)
    kept = cache.kept
    each = {**params, **(kept._asdict() if hasattr(kept, "_asdict") else {"D": kept})}
    each = {n: per_feature(x, Z) if is_per_feature(x) else x for n, x in each.items()}
    return constants_of(layer) | names | each


def is_per_feature(x: Any) -> bool:
    """Return whether x is one number of each feature, (n, 1)."""
    shape = getattr(x, "shape", ())
    return isinstance(shape, tuple) and shape[1:] == (1,)


def in_columns(names: Mapping[str, Any]) -> dict[str, Any]:
    """Return the names with each tensor as its columns, (n, N), of which the state is (n, 1)."""
    flat = {n: columns(x) if has_positions(x) else x for n, x in names.items()}
    return flat | {"over": (1,)}


def has_positions(x: Any) -> bool:
    """Return whether x is a tensor of more axes than (n, m)."""
    shape = getattr(x, "shape", ())
    return isinstance(shape, tuple) and len(shape) > 2


def without_positions(x: Any) -> Any:
    """Return (n, 1) of one number of each feature, (n, 1, 1, …); anything else as it is.

    So parameters, their gradients and the state are kept.
    """
    return columns(x) if has_positions(x) and {*x.shape[1:]} == {1} else x


def add_at(ids: Any, dZ: Any, V: int) -> Any:
    """Return (n, V), in whose column v all dZ of the places of v are added."""
    dE = np.zeros_like(dZ[:, :1, 0] + np.zeros(V))
    columns_of_ids: Any = (slice(None), ids)
    np.add.at(dE, columns_of_ids, dZ)
    return dE


def set_at(ids: Any, dZ: Any, V: int) -> Any:
    """Return (n, V), in whose column v the dZ of the last place of v stands."""
    dE = np.zeros_like(dZ[:, :1, 0] + np.zeros(V))
    dE[:, ids] = dZ
    return dE
