"""Layers and losses as people add them, by the recipes in ref_numpy/layer.py and losses.py.

They are known only where a test asks for them: `Layer.kinds` lists ours otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ref_numpy import (
    Array,
    Cache,
    Context,
    Dense,
    Elementwise,
    Identity,
    InputError,
    Layer,
    Loss,
    NetworkSpec,
    SquaredError,
)

Params = Mapping[str, Array]
Gradients = dict[str, Array]

OURS = {base: set(base.kinds) for base in (Layer, Loss)}


@dataclass(frozen=True)
class Scale(Layer, kind="scale"):
    """Z = g ∗ A_prev        g: (n, 1)"""

    n: int
    symbol: ClassVar[str] = "Z"

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"g": (self.n, 1)}

    def forward(self, params: Params, context: Context, A_prev: Array) -> tuple[Array, None]:
        return params["g"] * A_prev, None

    def backward(self, params: Params, cache: Cache, dZ: Array) -> tuple[Array, Gradients]:
        (A_prev,) = cache.inputs
        dg = (dZ * A_prev).sum(axis=1, keepdims=True) / cache.context.scale
        return params["g"] * dZ, {"g": dg}


@dataclass(frozen=True)
class Shift(Layer, kind="shift"):
    """H = Z + β: within a layer, between its Z and its A, and a part of its weights."""

    n: int
    symbol: ClassVar[str] = "H"
    weights: ClassVar[tuple[str, ...]] = ("β",)

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"β": (self.n, 1)}

    def forward(self, params: Params, context: Context, A_prev: Array) -> tuple[Array, None]:
        return A_prev + params["β"], None

    def backward(self, params: Params, cache: Cache, dZ: Array) -> tuple[Array, Gradients]:
        return dZ, {"β": dZ.sum(axis=1, keepdims=True) / cache.context.scale}


@dataclass(frozen=True)
class Softplus(Elementwise, kind="smooth_relu"):
    """g(z) = log(1 + e^z)        g'(z) = σ(z)"""

    def g(self, Z: Array) -> Array:
        return np.maximum(Z, 0) + np.log1p(np.exp(-np.abs(Z)))

    def g_prime(self, Z: Array, A: Array) -> Array:
        t = np.exp(-np.abs(Z))
        return np.where(Z >= 0, 1, t) / (1 + t)


@dataclass(frozen=True)
class PReLU(Layer, kind="prelu"):
    """A = z where z > 0, else a z, with a parameter a for all units: He et al., ICCV 2015."""

    symbol: ClassVar[str] = "A"

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"a": (1, 1)}

    def forward(self, params: Params, context: Context, Z: Array) -> tuple[Array, None]:
        return np.where(Z > 0, Z, params["a"] * Z), None

    def backward(self, params: Params, cache: Cache, dA: Array) -> tuple[Array, Gradients]:
        (Z,), m = cache.inputs, cache.context.scale
        each = dA * np.where(Z > 0, np.zeros_like(Z), Z)
        da = each.sum(axis=1, keepdims=True).sum(axis=0, keepdims=True) / m
        return dA * np.where(Z > 0, np.ones_like(Z), params["a"]), {"a": da}


@dataclass(frozen=True)
class Exponential(Elementwise, kind="exponential"):
    """g(z) = e^z        g'(z) = a"""

    def g(self, Z: Array) -> Array:
        return np.exp(Z)

    def g_prime(self, Z: Array, A: Array) -> Array:
        return A


@dataclass(frozen=True)
class AbsoluteDeviation(Loss, kind="absolute_deviation"):
    """L = Σ_k |a_k − y_k|"""

    reads: ClassVar[str] = "A"

    def forward(self, A: Array, Y: Array) -> Array:
        return np.abs(A - Y).sum(axis=0, keepdims=True)

    def backward(self, A: Array, Y: Array) -> Array:
        return np.where(A > Y, np.ones_like(A), -np.ones_like(A))


@dataclass(frozen=True)
class Bounded(Loss, kind="bounded"):
    """L = Σ_k ½ e² where |e| ≤ δ, else δ (|e| − ½ δ);  e = a_k − y_k"""

    delta: float = 1.0
    reads: ClassVar[str] = "A"

    def forward(self, A: Array, Y: Array) -> Array:
        e = np.abs(A - Y)
        far = self.delta * (e - self.delta / 2)
        return np.where(e > self.delta, far, e**2 / 2).sum(axis=0, keepdims=True)

    def backward(self, A: Array, Y: Array) -> Array:
        return np.minimum(np.maximum(A - Y, -self.delta), self.delta)


@dataclass(frozen=True)
class Poisson(Loss, kind="poisson"):
    """L = Σ_k e^{z_k} − y_k z_k,  a = e^z,  y a count.        dz = a − y"""

    reads: ClassVar[str] = "Z"
    output: ClassVar[type[Layer]] = Exponential

    def forward(self, Z: Array, Y: Array) -> Array:
        return (np.exp(Z) - Y * Z).sum(axis=0, keepdims=True)

    def backward(self, A: Array, Y: Array) -> Array:
        return A - Y

    def check_labels(self, Y: Array) -> None:
        if (Y < 0).any() or (np.rint(Y) != Y).any():
            raise InputError("Y holds numbers that are no counts; expected 0, 1, 2, …")


ADDED: dict[Any, dict[str, Any]] = {
    base: {kind: base.kinds.pop(kind) for kind in [*base.kinds] if kind not in ours}
    for base, ours in OURS.items()
}


@contextmanager
def known() -> Iterator[None]:
    """Within it, Layer.kinds and Loss.kinds have them."""
    before = {base: base.kinds for base in ADDED}
    for base, added in ADDED.items():
        base.kinds = base.kinds | added
    try:
        yield
    finally:
        for base, kinds in before.items():
            base.kinds = kinds


def networks(lambd: float = 0.0) -> dict[str, NetworkSpec]:
    """{"scale": spec, …}: every kind in a network, beside ours and with each other."""
    scale = (Dense(3, 4), Softplus(), Scale(4), Identity(), Dense(4, 2), Identity())
    shift = (Dense(3, 4), Shift(4), PReLU(), Dense(4, 2), Shift(2), Softplus())
    last = (Dense(3, 4), PReLU(), Scale(4), Exponential())
    return {
        "scale": NetworkSpec.chain(scale, SquaredError(), lambd),
        "prelu": NetworkSpec.dense([3, 5, 4, 2], [PReLU(), "tanh"], "softmax", lambd=lambd),
        "softplus": NetworkSpec.dense([3, 5, 2], "smooth_relu", "identity",
                                       AbsoluteDeviation(), lambd),
        "shift": NetworkSpec.chain(shift, Bounded(0.5), lambd),
        "poisson": NetworkSpec.dense([3, 5, 2], "smooth_relu", Exponential(), Poisson(), lambd),
        "last": NetworkSpec.chain(last, Poisson(), lambd),
    }  # fmt: skip
