"""Programs with a wrong formula, some of them wrong at the ends of the range only."""

from __future__ import annotations

import numpy as np

from parity_tests.campaigns.wrong_programs.right_program import (
    BINARY,
    SQUARE,
    UNREGULARISED,
    Params,
    RightProgram,
    Trace,
)
from parity_tests.error_model.precisions import FLOAT64
from parity_tests.kinds.cases import Problem, kink, saturated
from ref_numpy import Array, NetworkSpec


class AtZero(RightProgram):
    """ReLU's derivative is 1 at 0: the mask is Z ≥ 0."""

    @classmethod
    def problem(cls) -> Problem:
        return kink(cls.network, super().problem(), FLOAT64)

    def dZ(self, l: int, dA: Array, g: str, Z: Array, A: Array) -> Array:
        return dA * (Z >= 0) if g == "relu" else super().dZ(l, dA, g, Z, A)


class Saturated(RightProgram):
    """A program that is checked with weights that give large logits."""

    in_table = False
    network = UNREGULARISED
    precisions = ("float64", "float32", "bfloat16")

    @classmethod
    def problem(cls) -> Problem:
        return saturated(cls.network, super().problem(), FLOAT64)


class ClippedCost(Saturated):
    """J takes the logarithm of probabilities that are clipped at 1e-7."""

    def losses(self, Z: Array, A: Array, Y: Array) -> Array:
        return -(Y * np.log(np.clip(A, 1e-7, 1 - 1e-7))).sum(axis=0)


class NoMaximum(Saturated):
    """softmax does not subtract the maximum, and overflows."""

    def activation(self, g: str, Z: Array) -> Array:
        if g != "softmax":
            return super().activation(g, Z)
        with np.errstate(all="ignore"):
            exps = np.exp(Z)
            return exps / exps.sum(axis=0)


class SaturatedSigmoid(Saturated):
    """σ is clipped to 1e-4 … 1 − 1e-4."""

    network = BINARY

    def activation(self, g: str, Z: Array) -> Array:
        A = super().activation(g, Z)
        return np.clip(A, 1e-4, 1 - 1e-4) if g == "sigmoid" else A


class ClippedGradient(Saturated):
    """dW is clipped to −1 … 1."""

    def dW(self, l: int, dZ: Array, A_prev: Array, m: int) -> Array:
        return np.clip(super().dW(l, dZ, A_prev, m), -1, 1)


class LargeEpsilon(RightProgram):
    """The logarithm in J has an ε of 1e-3."""

    def losses(self, Z: Array, A: Array, Y: Array) -> Array:
        return -(Y * np.log(A + 1e-3)).sum(axis=0)


class TinyEpsilon(RightProgram):
    """The logarithm in J has an ε of 1e-16."""

    def losses(self, Z: Array, A: Array, Y: Array) -> Array:
        return -(Y * np.log(A + 1e-16)).sum(axis=0)


class HardLabels(RightProgram):
    """dZ takes argmax of A instead of A."""

    def output_gradient(self, A: Array, Y: Array) -> Array:
        return np.eye(len(A))[A.argmax(axis=0)].T - Y


class ArgmaxLabels(RightProgram):
    """The labels are argmax of Y, which with one output is always class 0."""

    network = BINARY

    def output_gradient(self, A: Array, Y: Array) -> Array:
        return A - Y.argmax(axis=0)


class Detached(RightProgram):
    """dA1 is detached: nothing before it has a gradient."""

    def backward(self, spec: NetworkSpec, params: Params, t: Trace, Y: Array) -> Trace:
        d = super().backward(spec, params, t, Y)
        return {n: None if n in ("dA1", "dZ1", "dW1", "db1", "dA0") else a for n, a in d.items()}


class DetachedZeros(RightProgram):
    """dA1 is zero, and so is every gradient before it."""

    def dA(self, l: int, W: Array, dZ: Array) -> Array:
        return super().dA(l, W, dZ) * (l != 2)


class SignOfLayer2(RightProgram):
    """dW2 has the other sign."""

    def dW(self, l: int, dZ: Array, A_prev: Array, m: int) -> Array:
        return super().dW(l, dZ, A_prev, m) * (-1 if l == 2 else 1)


class TanhOfZ(RightProgram):
    """tanh′ is 1 − Z²."""

    def dZ(self, l: int, dA: Array, g: str, Z: Array, A: Array) -> Array:
        return dA * (1 - Z**2) if g == "tanh" else super().dZ(l, dA, g, Z, A)


class HalfSigmoid(RightProgram):
    """σ′ is A."""

    network = SQUARE

    def dZ(self, l: int, dA: Array, g: str, Z: Array, A: Array) -> Array:
        return dA * A if g == "sigmoid" else super().dZ(l, dA, g, Z, A)


class Leaky(RightProgram):
    """ReLU leaks 1e-3."""

    def activation(self, g: str, Z: Array) -> Array:
        return np.maximum(Z, 1e-3 * Z) if g == "relu" else super().activation(g, Z)


class LeakyDerivative(RightProgram):
    """ReLU's derivative leaks 1e-3."""

    def dZ(self, l: int, dA: Array, g: str, Z: Array, A: Array) -> Array:
        return dA * np.where(Z > 0, 1, 1e-3) if g == "relu" else super().dZ(l, dA, g, Z, A)


class NoBias(RightProgram):
    """b2 is not added."""

    def linear(self, W: Array, A_prev: Array, b: Array) -> Array:
        return super().linear(W, A_prev, b * (len(b) != 9))


class BiasAfter(RightProgram):
    """b is added after ReLU."""

    def forward(self, spec: NetworkSpec, params: Params, X: Array, Y: Array) -> Trace:
        t = super().forward(spec, params, X, Y)
        without = super().forward(spec, params | {"b1": 0 * params["b1"]}, X, Y)
        return t | {"A1": self.stored(without["A1"] + params["b1"])}


class OldWeights(RightProgram):
    """W2 is updated before dA1 is computed from it."""

    def dA(self, l: int, W: Array, dZ: Array) -> Array:
        return super().dA(l, W - 0.01 * (l == 2), dZ)
