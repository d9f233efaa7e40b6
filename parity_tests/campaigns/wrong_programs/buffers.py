"""Programs whose arrays are used for two things at once."""

from __future__ import annotations

import numpy as np

from parity_tests.campaigns.wrong_programs.right_program import (
    SQUARE,
    Params,
    RightProgram,
    Trace,
)
from parity_tests.error_model.precisions import Precision
from ref_numpy import Array, NetworkSpec


class InPlaceActivation(RightProgram):
    """A1 is computed in Z1's array, which is returned as Z1."""

    def forward(self, spec: NetworkSpec, params: Params, X: Array, Y: Array) -> Trace:
        t = super().forward(spec, params, X, Y)
        return t | {"Z1": t["A1"]}


class InPlaceGradient(RightProgram):
    """dZ1 is computed in dA1's array."""

    def backward(self, spec: NetworkSpec, params: Params, t: Trace, Y: Array) -> Trace:
        d = super().backward(spec, params, t, Y)
        return d | {"dA1": d["dZ1"]}


class OneBufferForEveryLayer(RightProgram):
    """Layers of one width have one buffer for dA."""

    network = SQUARE

    def backward(self, spec: NetworkSpec, params: Params, t: Trace, Y: Array) -> Trace:
        d = super().backward(spec, params, t, Y)
        return {n: d["dA0"] if n.startswith("dA") else a for n, a in d.items()}


class OneBufferForActivations(RightProgram):
    """Layers of one width have one buffer for A, so that backward sees the last."""

    network = SQUARE

    def backward(self, spec: NetworkSpec, params: Params, t: Trace, Y: Array) -> Trace:
        return super().backward(spec, params, t | {"A1": t["A2"]}, Y)


class OldRest(RightProgram):
    """db sums a buffer with the end of a larger batch in it."""

    def __init__(self, p: Precision) -> None:
        super().__init__(p)
        self.buffers: dict[int, Array] = {}

    def whole(self, l: int, dZ: Array) -> Array:
        m = dZ.shape[1]
        if l not in self.buffers or self.buffers[l].shape[1] < m:
            self.buffers[l] = np.zeros(dZ.shape)
        self.buffers[l][:, :m] = dZ
        return self.buffers[l]

    def db(self, l: int, dZ: Array, m: int) -> Array:
        return self.whole(l, dZ).sum(axis=1, keepdims=True) / m


class MeanOverBuffer(OldRest):
    """db is a mean over the buffer, whose m is the largest until now."""

    def db(self, l: int, dZ: Array, m: int) -> Array:
        self.whole(l, dZ)[:, m:] = 0
        return self.whole(l, dZ).mean(axis=1, keepdims=True)


class NotCleared(RightProgram):
    """db's buffer is not cleared at the second call."""

    def __init__(self, p: Precision) -> None:
        super().__init__(p)
        self.before: dict[int, Array] = {}

    def db(self, l: int, dZ: Array, m: int) -> Array:
        right = super().db(l, dZ, m)
        old, self.before[l] = self.before.get(l, 0 * right), right
        return right + old * (self.n_calls == 2)


class ChangesItsArguments(RightProgram):
    """W1 is multiplied by 0.99 in place, after everything was computed."""

    in_trace = False

    def __call__(self, spec: NetworkSpec, params: Params, X: Array, Y: Array) -> Trace:
        t = super().__call__(spec, params, X, Y)
        self.spoil(params, X, Y)
        return t

    def spoil(self, params: Params, X: Array, Y: Array) -> None:
        params["W1"] *= params["W1"].dtype.type(0.99)


class ChangesX(ChangesItsArguments):
    """X is centred in place."""

    def spoil(self, params: Params, X: Array, Y: Array) -> None:
        X -= X.mean(axis=1, keepdims=True)


class ChangesWeightsLater(ChangesItsArguments):
    """W2 is updated in place, from the second call on."""

    def spoil(self, params: Params, X: Array, Y: Array) -> None:
        if self.n_calls > 1:
            params["W2"] -= params["W2"].dtype.type(0.5)


class ChangesLabels(ChangesItsArguments):
    """Y is smoothed in place."""

    def spoil(self, params: Params, X: Array, Y: Array) -> None:
        Y *= Y.dtype.type(0.5)
