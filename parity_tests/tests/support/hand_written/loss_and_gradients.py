"""A program that returns J and the gradients of its parameters alone, and planted mistakes in it.

It is written by hand, with a loop of its own: nothing of the reference is in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ref_numpy import Array, NetworkSpec

Tensors = Mapping[str, Array]

G = {
    "relu": lambda Z: np.maximum(Z, 0),
    "tanh": np.tanh,
    "sigmoid": lambda Z: 1 / (1 + np.exp(-Z)),
}
DERIVATIVES = {
    "relu": lambda Z, A: Z > 0,
    "tanh": lambda Z, A: 1 - A**2,
    "sigmoid": lambda Z, A: A * (1 - A),
}


@dataclass(frozen=True)
class LossAndGradients:
    """run(spec, params, X, Y) → J, dW and db of a chain of dense layers with a sigmoid output.

    Each line can be another one. It is given the tensors so far by name, the
    parameters among them, the layer l, and m.

    Attributes:
        Z: of a layer.
        first: dZ[L].
        dW: of a layer, without the L2 term; L2: that.
        db: of a layer.
        dA: dA[l − 1], from the layer l.
        dZ: of a hidden layer.
    """

    Z: Callable[..., Array] = lambda t, l, m: t[f"W{l}"] @ t[f"A{l - 1}"] + t[f"b{l}"]
    first: Callable[..., Array] = lambda t, L, m: t[f"A{L}"] - t["Y"]
    dW: Callable[..., Array] = lambda t, l, m: t[f"dZ{l}"] @ t[f"A{l - 1}"].T / m
    L2: Callable[..., Any] = lambda t, l, m, lambd: lambd / m * t[f"W{l}"]
    db: Callable[..., Array] = lambda t, l, m: t[f"dZ{l}"].sum(axis=1, keepdims=True) / m
    dA: Callable[..., Array] = lambda t, l, m: t[f"W{l}"].T @ t[f"dZ{l}"]
    dZ: Callable[..., Array] = lambda t, l, m: t[f"dA{l}"] * t[f"derivative{l}"]

    def __call__(
        self, spec: NetworkSpec, params: Tensors, X: Array, Y: Array
    ) -> dict[str, Array | float]:
        L, m = len(spec.weights), X.shape[1]
        kinds = [step.layer.kind for step in spec.steps if step.output[0] == "A"]
        t: dict[str, Any] = {**params, "A0": X, "Y": Y}
        for l, kind in enumerate(kinds, 1):
            Z = t[f"Z{l}"] = self.Z(t, l, m)
            A = t[f"A{l}"] = G[kind](Z)
            t[f"derivative{l}"] = DERIVATIVES[kind](Z, A)
        A = t[f"A{L}"]
        J = -(Y * np.log(A) + (1 - Y) * np.log(1 - A)).sum() / m
        squares = sum((params[W] ** 2).sum() for W in spec.weights)
        result = {"J": J + spec.lambd / (2 * m) * squares}
        for l in range(L, 0, -1):
            if l == L:
                t[f"dZ{l}"] = self.first(t, l, m)
            else:
                t[f"dA{l}"] = self.dA(t, l + 1, m)
                t[f"dZ{l}"] = self.dZ(t, l, m)
            result[f"dW{l}"] = self.dW(t, l, m) + self.L2(t, l, m, spec.lambd)
            result[f"db{l}"] = self.db(t, l, m)
        return result
