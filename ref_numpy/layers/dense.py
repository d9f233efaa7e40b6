"""The fully connected layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ref_numpy.arrays.axes import Shape, at_positions_of, columns
from ref_numpy.context import Cache, Context
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array, Layer


@dataclass(frozen=True)
class Dense(Layer, kind="dense"):
    """Z = W A_prev + b        W: (n, n_prev)   b: (n, 1)   A_prev: (n_prev, m)   Z: (n, m).

    At each position alike, too: A_prev: (n_prev, m, T, …)   Z: (n, m, T, …). Without a `bias`
    there is no b.
    """

    n_prev: int
    n: int
    bias: bool = True

    symbol: ClassVar[str] = "Z"
    weights: ClassVar[tuple[str, ...]] = ("W",)
    later_fields: ClassVar[tuple[str, ...]] = ("bias",)

    def __post_init__(self) -> None:
        for n in (self.n_prev, self.n):
            if not isinstance(n, int) or isinstance(n, bool) or n < 1:
                raise input_error("dense.units", n=n)

    def parameter_shapes(self) -> dict[str, Shape]:
        """Return {"W": (n, n_prev), "b": (n, 1)}; without a bias W alone."""
        b = {"b": (self.n, 1)} if self.bias else {}
        return {"W": (self.n, self.n_prev), **b}

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return (n,), or (n, T, …) where there are positions.

        Raises:
            InputError: an example is not (n_prev,) or (n_prev, T, …).
        """
        n_prev, *positions = shapes[0]
        if n_prev != self.n_prev:
            expected = (self.n_prev, *positions)
            raise input_error(
                "dense.input-size",
                n_prev=self.n_prev,
                n=self.n,
                shape=shapes[0],
                expected=expected,
            )
        return (self.n, *positions)

    def forward(
        self, params: Mapping[str, Array], context: Context, A: Array
    ) -> tuple[Array, None]:
        """Z = W A_prev + b."""
        W, A_prev = params["W"], columns(A)
        if not self.bias:
            return at_positions_of(A, W @ A_prev), None
        Z = W @ A_prev + params["b"]  # (n, n_prev) (n_prev, m) + (n, 1)
        return at_positions_of(A, Z), None

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dZ: Array
    ) -> tuple[Array | None, dict[str, Array]]:
        """Compute dW = (1/m) dZ A_prev^T        db = (1/m) Σ_i dZ(i)        dA_prev = W^T dZ.

        m is the scale of dZ, which is 1 in a general graph.
        """
        (A,), W, m = cache.inputs, params["W"], cache.context.scale
        A_prev, dZ = columns(A), columns(dZ)  # (n_prev, m), (n, m)
        gradients = {}
        if cache.to_parameters:
            dW = dZ @ A_prev.T / m  # (n, m) (m, n_prev)
            gradients["W"] = dW
            if self.bias:
                db = dZ.sum(axis=1, keepdims=True) / m  # (n, 1)
                gradients["b"] = db
        if not cache.to_inputs:
            return None, gradients
        dA_prev = W.T @ dZ  # (n_prev, n) (n, m)
        return at_positions_of(A, dA_prev), gradients
