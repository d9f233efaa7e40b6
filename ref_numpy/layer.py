"""What every layer is: a description that is frozen, and functions that are pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

Array = np.ndarray
Cache = tuple[Any, ...]


class Layer:
    """Parameters and A_prev in, result and cache out; nothing is remembered, nothing is changed.

    A new kind of layer is one subclass, `class Name(Layer, kind="name")`, that says:

    - `symbol`: the letter of its result in the course's notation ("Z" begins a new layer number);
    - `parameter_shapes()`: its parameters, without the layer number;
    - `weights`: those among them that are drawn at random and that L2 regularisation shrinks;
    - `output_shape(shape)`: the shape of one example's result, from the shape of one example;
    - `forward`, `gradients` (of its parameters) and `backward` (of its input).

    The last axis of every array is the example, i = 1 … m. Gradients of activations are per
    example, without 1/m; gradients of parameters carry the 1/m of the cost.
    """

    kinds: ClassVar[dict[str, type[Layer]]] = {}
    kind: ClassVar[str]
    symbol: ClassVar[str]
    weights: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, kind: str | None = None) -> None:
        if kind is not None:
            cls.kind = kind
            Layer.kinds[kind] = cls

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        return {}

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return shape

    def forward(self, params: Mapping[str, Array], A_prev: Array, /) -> tuple[Array, Cache]:
        """The result, and what backward will need of it."""
        raise TypeError(f"{type(self).__name__} defines no forward")

    def gradients(self, cache: Cache, dZ: Array, /) -> dict[str, Array]:
        """(1/m) Σ_i ∂L(i)/∂θ for each parameter θ, from the gradient dZ of the result."""
        return {}

    def backward(self, params: Mapping[str, Array], cache: Cache, dZ: Array, /) -> Array:
        """∂L(i)/∂A_prev, from the gradient dZ of the result."""
        raise TypeError(f"{type(self).__name__} defines no backward")
