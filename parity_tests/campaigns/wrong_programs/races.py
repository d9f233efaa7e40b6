"""Programs that are wrong at some calls, as by a race; the random numbers have a seed."""

from __future__ import annotations

import numpy as np

from parity_tests.campaigns.wrong_programs.right_program import Params, RightProgram, Trace
from ref_numpy import Array, NetworkSpec


class Racing(RightProgram):
    """A program that is right at its first call, and wrong at one of `one_in` later ones."""

    in_table = False
    one_in = 2

    @property
    def loses(self) -> bool:
        return self.n_calls > 1 and self.random < 1 / self.one_in

    def run(self, spec: NetworkSpec, params: Params, X: Array, Y: Array) -> Trace:
        self.random = self.rng.random()
        return super().run(spec, params, X, Y)


class LostUpdate(Racing):
    """An update of db1 is lost in 1 of 2 calls: one example is missing."""

    def db(self, l: int, dZ: Array, m: int) -> Array:
        return super().db(l, dZ[:, int(l == 1 and self.loses) :], m)


class LostTile(Racing):
    """A tile's share of dW1 is lost in 1 of 3 calls."""

    one_in = 3
    calls = 10

    def dW(self, l: int, dZ: Array, A_prev: Array, m: int) -> Array:
        k = 8 if l == 1 and self.loses else 0
        return dZ[:, k:] @ A_prev[:, k:].T / m


class OneElement(Racing):
    """One element of dW2 is another one's in 1 of 20 calls."""

    one_in = 20
    calls = 100

    def dW(self, l: int, dZ: Array, A_prev: Array, m: int) -> Array:
        dW = super().dW(l, dZ, A_prev, m)
        if l == 2 and self.loses:
            dW[0, 0] = dW[1, 1]
        return dW


class RareElement(OneElement):
    """One element of dW2 is another one's in 1 of 1,000 calls."""

    one_in = 1000
    calls = 2


class TornRead(Racing):
    """Half of the rows of A1 are not computed yet in 1 of 2 calls."""

    def activation(self, g: str, Z: Array) -> Array:
        A = super().activation(g, Z)
        if g == "relu" and self.loses:
            A[len(A) // 2 :] = 0
        return A


class CountedTwice(Racing):
    """dA1 is added twice in 1 of 2 calls."""

    def dA(self, l: int, W: Array, dZ: Array) -> Array:
        return super().dA(l, W, dZ) * (2 if l == 2 and self.loses else 1)


class Dropout(RightProgram):
    """Dropout is not switched off."""

    def activation(self, g: str, Z: Array) -> Array:
        A = super().activation(g, Z)
        return A * (self.rng.random(A.shape) < 0.8) / 0.8 if g == "tanh" else A


class Noise(RightProgram):
    """Noise of 1e-3 is added to the gradients of the activations."""

    def dA(self, l: int, W: Array, dZ: Array) -> Array:
        dA = super().dA(l, W, dZ)
        return dA + 1e-3 * self.rng.standard_normal(dA.shape)


class FlippedSign(Racing):
    """J has the other sign in 1 of 2 calls."""

    def losses(self, Z: Array, A: Array, Y: Array) -> Array:
        L = super().losses(Z, A, Y)
        return np.negative(L) if self.loses else L
