"""Programs that compute in tiles, and whose last tile is wrong."""

from __future__ import annotations

import numpy as np

from parity_tests.campaigns.wrong_programs.right_program import Params, RightProgram, Trace
from ref_numpy import Array, NetworkSpec


class Tiled(RightProgram):
    """A program with tiles of this size."""

    in_table = False
    tile = 8

    def whole(self, n: int) -> int:
        return n // self.tile * self.tile if n > self.tile else n


class DropsRest8(Tiled):
    """dW leaves out the rest of the examples after whole tiles of 8."""

    def dW(self, l: int, dZ: Array, A_prev: Array, m: int) -> Array:
        k = self.whole(m)
        return dZ[:, :k] @ A_prev[:, :k].T / m


class DropsRest16(DropsRest8):
    """dW leaves out the rest of the examples after whole tiles of 16."""

    tile = 16


class DropsRest64(DropsRest8):
    """dW leaves out the rest of the examples after whole tiles of 64."""

    tile = 64


class DropsRestOf256(DropsRest64):
    """dW leaves out the rest of 256 examples and more, after whole tiles of 64."""

    m = 256


class RepeatsRest8(Tiled):
    """db adds the last whole tile of 8 again instead of the rest."""

    def db(self, l: int, dZ: Array, m: int) -> Array:
        k = self.whole(m)
        again = dZ[:, k - (m - k) : k] if k < m else dZ[:, :0]
        return np.hstack([dZ[:, :k], again]).sum(axis=1, keepdims=True) / m


class RepeatsRest64(RepeatsRest8):
    """db adds the last whole tile of 64 again instead of the rest."""

    tile = 64


class OverlapsRest(Tiled):
    """db counts some examples twice: its last tile of 16 ends with the batch."""

    tile = 16

    def db(self, l: int, dZ: Array, m: int) -> Array:
        k = self.whole(m)
        last = dZ[:, m - self.tile :] if k < m else dZ[:, :0]
        return np.hstack([dZ[:, :k], last]).sum(axis=1, keepdims=True) / m


class ZeroRestOfZ(Tiled):
    """Z1 has zeros for the rest of the examples after whole tiles of 16."""

    tile = 16

    def linear(self, W: Array, A_prev: Array, b: Array) -> Array:
        Z = super().linear(W, A_prev, b)
        Z[:, self.whole(Z.shape[1]) :] *= len(b) != 17
        return Z


class NoActivationOfRest(Tiled):
    """ReLU is not applied to the rest after whole tiles of 8."""

    def activation(self, g: str, Z: Array) -> Array:
        k = self.whole(Z.shape[1])
        A = super().activation(g, Z)
        return np.hstack([A[:, :k], Z[:, k:]]) if g == "relu" else A


class MaskOfRest(Tiled):
    """ReLU's derivative is 1 in the rest after whole tiles of 32."""

    tile = 32

    def dZ(self, l: int, dA: Array, g: str, Z: Array, A: Array) -> Array:
        k = self.whole(Z.shape[1])
        dZ = super().dZ(l, dA, g, Z, A)
        return np.hstack([dZ[:, :k], dA[:, k:]]) if g == "relu" else dZ


class DividedByWholeTiles(Tiled):
    """db is divided by the number of examples in whole tiles of 64."""

    tile = 64

    def db(self, l: int, dZ: Array, m: int) -> Array:
        return super().db(l, dZ, self.whole(m))


class DividedByPaddedTiles(Tiled):
    """db is divided by the number of examples with padding to tiles of 8."""

    def db(self, l: int, dZ: Array, m: int) -> Array:
        return super().db(l, dZ, -(-m // 8) * 8)


class LossOfWholeTiles(Tiled):
    """J leaves out the rest of the examples after whole tiles of 16."""

    tile = 16

    def losses(self, Z: Array, A: Array, Y: Array) -> Array:
        k = self.whole(Z.shape[1])
        return super().losses(Z[:, :k], A[:, :k], Y[:, :k])


class LastOfWholeTiles(Tiled):
    """dZ2 of the last example is zero where m is a multiple of 64."""

    def dZ(self, l: int, dA: Array, g: str, Z: Array, A: Array) -> Array:
        dZ = super().dZ(l, dA, g, Z, A)
        dZ[:, -1] *= l != 2 or dZ.shape[1] % 64 != 0
        return dZ


class DropsTailOfK(Tiled):
    """A product leaves out the rest of its inner dimension after whole tiles of 8."""

    def product(self, A: Array, B: Array) -> Array:
        k = self.whole(len(B))
        return A[:, :k] @ B[:k]


class DropsTailOfK64(DropsTailOfK):
    """A product leaves out the rest of its inner dimension after whole tiles of 64."""

    tile = 64


class ZeroTailOfRows(Tiled):
    """Z has zeros for the rest of the units after whole tiles of 8."""

    def linear(self, W: Array, A_prev: Array, b: Array) -> Array:
        Z = super().linear(W, A_prev, b)
        Z[self.whole(len(Z)) :] = 0
        return Z


class LargeGrid(RightProgram):
    """Examples after the first 64 are computed from the first 64 again."""

    def run(self, spec: NetworkSpec, params: Params, X: Array, Y: Array) -> Trace:
        columns = np.arange(X.shape[1]) % 64
        return super().run(spec, params, X[:, columns], Y)
