"""Programs whose sums, means and shapes are wrong."""

from __future__ import annotations

import numpy as np

from parity_tests.campaigns.wrong_programs.right_program import (
    BINARY,
    SQUARE,
    Params,
    RightProgram,
)
from ref_numpy import Array, NetworkSpec


class LastExample(RightProgram):
    """db leaves out the last example."""

    def db(self, l: int, dZ: Array, m: int) -> Array:
        return super().db(l, dZ[:, :-1], m)


class FirstExample(RightProgram):
    """dW leaves out the first example."""

    def dW(self, l: int, dZ: Array, A_prev: Array, m: int) -> Array:
        return super().dW(l, dZ[:, 1:], A_prev[:, 1:], m)


class OneLess(RightProgram):
    """db is divided by m − 1."""

    def db(self, l: int, dZ: Array, m: int) -> Array:
        return super().db(l, dZ, m - 1)


class LargeBatches(RightProgram):
    """1/m is missing in db where m is larger than 64."""

    def db(self, l: int, dZ: Array, m: int) -> Array:
        return super().db(l, dZ, 1 if m > 64 else m)


class NoMean(RightProgram):
    """1/m is missing in dW1."""

    def dW(self, l: int, dZ: Array, A_prev: Array, m: int) -> Array:
        return super().dW(l, dZ, A_prev, 1 if l == 1 else m)


class MeanOverUnits(RightProgram):
    """J is divided by n_y too."""

    def losses(self, Z: Array, A: Array, Y: Array) -> Array:
        return super().losses(Z, A, Y) / len(Y)


class BroadcastBias(RightProgram):
    """Every unit has the same db: the sum is over the units, too."""

    def db(self, l: int, dZ: Array, m: int) -> Array:
        return np.full((len(dZ), 1), dZ.sum() / m)


class BroadcastLabels(RightProgram):
    """With one output, A − Yᵀ is an (m, m) array, and its first row is used."""

    network = BINARY

    def output_gradient(self, A: Array, Y: Array) -> Array:
        return (A - Y.T)[:1]


class SumOfOneUnit(RightProgram):
    """With one output, the mean of dZ's columns is used as db."""

    network = BINARY

    def db(self, l: int, dZ: Array, m: int) -> Array:
        return super().db(l, dZ, m) if len(dZ) > 1 else dZ[:, :1]


class ShiftedExamples(RightProgram):
    """dW pairs each example's dZ with the next one's A_prev."""

    def dW(self, l: int, dZ: Array, A_prev: Array, m: int) -> Array:
        return super().dW(l, dZ, np.roll(A_prev, -1, axis=1), m)


class TransposedWeights(RightProgram):
    """W is not transposed in dA, where all sizes are equal."""

    network = SQUARE

    def dA(self, l: int, W: Array, dZ: Array) -> Array:
        return W @ dZ


class LayerTooLate(RightProgram):
    """dW takes A instead of A_prev, where all sizes are equal."""

    network = SQUARE

    def backward(self, spec: NetworkSpec, params: Params, t: dict[str, Array], Y: Array):
        d = super().backward(spec, params, t, Y)
        dW2 = super().dW(2, d["dZ2"], t["A2"], Y.shape[1])
        return d | {"dW2": self.stored(dW2 + self.dL2(spec, 2, params["W2"], Y.shape[1]))}


class LastPenaltyOnly(RightProgram):
    """The L2 term is in the last layer's dW only."""

    def dL2(self, spec: NetworkSpec, l: int, W: Array, m: int) -> Array:
        return super().dL2(spec, l, W, m) * (l == len(spec.weights))


class WholePenalty(RightProgram):
    """The L2 term of dW has no 1/m."""

    def dL2(self, spec: NetworkSpec, l: int, W: Array, m: int) -> Array:
        return spec.lambd * W


class NoPenalty(RightProgram):
    """J has no L2 term."""

    def penalty(self, spec: NetworkSpec, params: Params, m: int) -> float:
        return 0.0


class PenaltyOfBiases(RightProgram):
    """J has an L2 term of the biases."""

    def penalty(self, spec: NetworkSpec, params: Params, m: int) -> float:
        return spec.lambd / (2 * m) * sum(float((a**2).sum()) for a in params.values())
