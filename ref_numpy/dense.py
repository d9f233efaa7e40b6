"""The fully connected layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ref_numpy.errors import InputError
from ref_numpy.layer import Array, Cache, Layer


@dataclass(frozen=True)
class Dense(Layer, kind="dense"):
    """Z = W A_prev + b        W: (n, n_prev)   b: (n, 1)   A_prev: (n_prev, m)   Z: (n, m)"""

    n_prev: int
    n: int

    symbol: ClassVar[str] = "Z"
    weights: ClassVar[tuple[str, ...]] = ("W",)

    def __post_init__(self) -> None:
        for n in (self.n_prev, self.n):
            if not isinstance(n, int) or isinstance(n, bool) or n < 1:
                raise InputError(
                    f"a layer was given {n!r} units; expected a whole number from 1 up."
                )

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"W": (self.n, self.n_prev), "b": (self.n, 1)}

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        if shape != (self.n_prev,):
            raise InputError(
                f"Dense({self.n_prev}, {self.n}) follows a layer whose result is {shape} an "
                f"example; expected ({self.n_prev},): make the two sizes equal."
            )
        return (self.n,)

    def forward(self, params: Mapping[str, Array], A_prev: Array) -> tuple[Array, Cache]:
        """Z = W A_prev + b"""
        Z = params["W"] @ A_prev + params["b"]
        return Z, (A_prev,)

    def gradients(self, cache: Cache, dZ: Array) -> dict[str, Array]:
        """dW = (1/m) dZ A_prev^T        db = (1/m) Σ_i dZ(i)"""
        (A_prev,) = cache
        m = A_prev.shape[1]
        dW = dZ @ A_prev.T / m
        db = dZ.sum(axis=1, keepdims=True) / m
        return {"W": dW, "b": db}

    def backward(self, params: Mapping[str, Array], cache: Cache, dZ: Array) -> Array:
        """dA_prev = W^T dZ"""
        dA_prev = params["W"].T @ dZ
        return dA_prev
