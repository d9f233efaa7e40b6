"""The fully connected layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ref_numpy.context import Cache, Context
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array, Layer


@dataclass(frozen=True)
class Dense(Layer, kind="dense"):
    """Z = W A_prev + b        W: (n, n_prev)   b: (n, 1)   A_prev: (n_prev, m)   Z: (n, m)."""

    n_prev: int
    n: int

    symbol: ClassVar[str] = "Z"
    weights: ClassVar[tuple[str, ...]] = ("W",)

    def __post_init__(self) -> None:
        for n in (self.n_prev, self.n):
            if not isinstance(n, int) or isinstance(n, bool) or n < 1:
                raise input_error("dense.units", n=n)

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return {"W": (n, n_prev), "b": (n, 1)}."""
        return {"W": (self.n, self.n_prev), "b": (self.n, 1)}

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return (n,).

        Raises:
            InputError: an example is not (n_prev,).
        """
        if shape != (self.n_prev,):
            raise input_error("dense.input-size", n_prev=self.n_prev, n=self.n, shape=shape)
        return (self.n,)

    def forward(
        self, params: Mapping[str, Array], context: Context, A_prev: Array
    ) -> tuple[Array, None]:
        """Z = W A_prev + b."""
        Z = params["W"] @ A_prev + params["b"]  # (n, n_prev) (n_prev, m) + (n, 1)
        return Z, None

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dZ: Array
    ) -> tuple[Array | None, dict[str, Array]]:
        """Compute dW = (1/m) dZ A_prev^T        db = (1/m) Σ_i dZ(i)        dA_prev = W^T dZ.

        m is the scale of dZ, which is 1 in a general graph.
        """
        (A_prev,), m, gradients = cache.inputs, cache.context.scale, {}
        if cache.to_parameters:
            dW = dZ @ A_prev.T / m  # (n, m) (m, n_prev)
            db = dZ.sum(axis=1, keepdims=True) / m  # (n, 1)
            gradients = {"W": dW, "b": db}
        if not cache.to_inputs:
            return None, gradients
        dA_prev = params["W"].T @ dZ  # (n_prev, n) (n, m)
        return dA_prev, gradients
