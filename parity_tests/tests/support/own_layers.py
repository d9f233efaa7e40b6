"""Layers as people define them, right or wrong, and the error that refuses one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from ref_numpy import Dense, InputError, Layer, NetworkSpec, SquaredError


def refused(make: Callable[[], object]) -> tuple[str, str]:
    """The code and the message."""
    with pytest.raises(InputError) as caught:
        make()
    return caught.value.code, str(caught.value)


def body(**own: Any) -> dict[str, Any]:
    """What a layer's class has; None for what is forgotten."""
    whole = {
        "symbol": "A",
        "parameter_shapes": lambda self: {"g": (3, 1)},
        "forward": lambda self, params, context, A: (params["g"] * A, None),
        **back(),
    }
    return {name: x for name, x in (whole | own).items() if x is not None}


def back(
    d_input: Callable[..., Any] = lambda params, dA: params["g"] * dA,
    gradients: Callable[..., Any] = lambda cache, dA: {
        "g": (dA * cache.inputs[0]).sum(axis=1, keepdims=True) / cache.context.scale
    },
) -> dict[str, Any]:
    """The method `backward` of A = g ∗ Z, with one of its two parts or both replaced."""
    return {"backward": lambda self, params, cache, dA: (d_input(params, dA), gradients(cache, dA))}


def layer(**own: Any) -> Layer:
    cls = type("Odd", (Layer,), body(**own), kind="odd")
    return dataclass(frozen=True)(cls)()


def between(*layers: Layer) -> Callable[[], NetworkSpec]:
    return lambda: NetworkSpec.chain((Dense(2, 3), *layers), SquaredError())
