"""Programs that store a result, or compute a function, at a lower precision than they state."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_tests.campaigns.wrong_programs.right_program import (
    BINARY,
    FULL,
    Params,
    RightProgram,
    Trace,
    rounded,
)
from parity_tests.error_model.precisions import BFLOAT16, FLOAT16, FLOAT32
from ref_numpy import Array, NetworkSpec


class StoredLow(RightProgram):
    """Every result is stored in float32."""

    in_table = False
    q = FLOAT32
    precisions = ("float64",)

    def stored(self, x: Any) -> Array:
        return super().stored(rounded(x, self.q))


class StoredInFloat16(StoredLow):
    """Every result is stored in float16."""

    q = FLOAT16
    precisions = ("float64", "float32", "bfloat16")


class StoredInBFloat16(StoredLow):
    """Every result is stored in bfloat16."""

    q = BFLOAT16
    precisions = ("float64", "float32", "float16")


class Float16Activations(RightProgram):
    """A1 goes through float16."""

    precisions = ("float64", "float32")

    def activation(self, g: str, Z: Array) -> Array:
        A = super().activation(g, Z)
        return rounded(A, FLOAT16) if g == "relu" else A


class Float16Gradients(RightProgram):
    """dZ goes through float16, where small gradients are zero."""

    precisions = ("float64", "float32", "bfloat16")

    def dZ(self, l: int, dA: Array, g: str, Z: Array, A: Array) -> Array:
        return rounded(super().dZ(l, dA, g, Z, A), FLOAT16)


class LowBias(RightProgram):
    """The biases are rounded to bfloat16 when they are added."""

    precisions = ("float64", "float32", "float16")

    def linear(self, W: Array, A_prev: Array, b: Array) -> Array:
        return super().linear(W, A_prev, rounded(b, BFLOAT16))


class LowLoss(RightProgram):
    """J is computed in float16."""

    precisions = ("float64", "float32")

    def losses(self, Z: Array, A: Array, Y: Array) -> Array:
        return rounded(super().losses(Z, A, Y), FLOAT16)


class LowMean(RightProgram):
    """1/m is a number of bfloat16."""

    precisions = FULL

    def db(self, l: int, dZ: Array, m: int) -> Array:
        return super().db(l, dZ, 1) * rounded(1 / m, BFLOAT16)


class LossScaling(RightProgram):
    """Gradients of a loss scaled by 1,024 are not scaled back."""

    def backward(self, spec: NetworkSpec, params: Params, t: Trace, Y: Array) -> Trace:
        d = super().backward(spec, params, t, Y)
        scaled = {n: a * 1024 for n, a in d.items() if n[:2] in ("dW", "db")}
        return d | scaled


class ScaledOneLayer(RightProgram):
    """db1 of a scaled loss is not scaled back."""

    def db(self, l: int, dZ: Array, m: int) -> Array:
        return super().db(l, dZ, m) * (2 if l == 1 else 1)


class FastTanh(RightProgram):
    """tanh is a rational approximation, right to 3 digits."""

    def activation(self, g: str, Z: Array) -> Array:
        if g != "tanh":
            return super().activation(g, Z)
        x = np.clip(Z, -3, 3)
        return x * (27 + x**2) / (27 + 9 * x**2)


class FastExp(RightProgram):
    """σ is computed with an exponential that is right to 4 %."""

    network = BINARY

    def activation(self, g: str, Z: Array) -> Array:
        if g != "sigmoid":
            return super().activation(g, Z)
        exponent = -Z / np.log(2)
        whole = np.floor(exponent)
        return 1 / (1 + np.exp2(whole) * (1 + exponent - whole))
