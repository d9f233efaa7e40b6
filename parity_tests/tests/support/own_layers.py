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
        "forward": lambda self, params, A: (params["g"] * A, (A,)),
        "gradients": lambda self, cache, dA: {
            "g": (dA * cache[0]).sum(axis=1, keepdims=True) / dA.shape[1]
        },
        "backward": lambda self, params, cache, dA: params["g"] * dA,
    }
    return {name: x for name, x in (whole | own).items() if x is not None}


def layer(**own: Any) -> Layer:
    cls = type("Odd", (Layer,), body(**own), kind="odd")
    return dataclass(frozen=True)(cls)()


def between(*layers: Layer) -> Callable[[], NetworkSpec]:
    return lambda: NetworkSpec.chain((Dense(2, 3), *layers), SquaredError())
