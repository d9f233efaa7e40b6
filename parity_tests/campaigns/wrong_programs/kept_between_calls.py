"""Programs that keep something between calls which they should not."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_tests.campaigns.wrong_programs.right_program import Params, RightProgram, Trace
from parity_tests.error_model.precisions import Precision
from ref_numpy import Array, NetworkSpec


class KeepsSomething(RightProgram):
    """It has a dictionary for what it keeps."""

    in_table = False

    def __init__(self, p: Precision) -> None:
        super().__init__(p)
        self.kept: dict[Any, Any] = {}


class KeptByShape(KeepsSomething):
    """Results are kept by the shape of X."""

    def key(self, params: Params, X: Array, Y: Array) -> Any:
        return X.shape

    def run(self, spec: NetworkSpec, params: Params, X: Array, Y: Array) -> Trace:
        key = self.key(params, X, Y)
        if key not in self.kept:
            self.kept[key] = super().run(spec, params, X, Y)
        return self.kept[key]


class KeptByFirstElements(KeptByShape):
    """Results are kept by the first elements of X and W1."""

    def key(self, params: Params, X: Array, Y: Array) -> Any:
        return X.shape, X[0, 0], params["W1"][0, 0]


class KeptBySums(KeptByShape):
    """Results are kept by the sums of X and of the parameters."""

    def key(self, params: Params, X: Array, Y: Array) -> Any:
        return X.shape, *(float(np.sort(a, axis=None).sum()) for a in (X, *params.values()))


class KeptByX(KeptByShape):
    """Results are kept by X, whatever the parameters."""

    def key(self, params: Params, X: Array, Y: Array) -> Any:
        return X.tobytes()


class KeptByParameters(KeptByShape):
    """Results are kept by the parameters and m, whatever X is."""

    def key(self, params: Params, X: Array, Y: Array) -> Any:
        return X.shape, *(a.tobytes() for a in params.values())


class FirstWeights(KeepsSomething):
    """The parameters are those of the first call."""

    names: tuple[str, ...] = ("W1", "b1", "W2", "b2", "W3", "b3")

    def run(self, spec: NetworkSpec, params: Params, X: Array, Y: Array) -> Trace:
        for name in self.names:
            self.kept.setdefault(name, params[name])
        return super().run(spec, params | self.kept, X, Y)


class FirstLayerOfFirstCall(FirstWeights):
    """W1 is that of the first call."""

    names = ("W1",)


class FirstBiases(FirstWeights):
    """The biases are those of the first call."""

    names = ("b1", "b2", "b3")


class FirstTransposedW(KeepsSomething):
    """A transposed copy of W2 is that of the first call."""

    def dA(self, l: int, W: Array, dZ: Array) -> Array:
        WT = self.kept.setdefault(l, W.T.copy()) if l == 2 else W.T
        return WT @ dZ


class FirstMask(KeepsSomething):
    """ReLU's mask is that of the first call with this m."""

    def dZ(self, l: int, dA: Array, g: str, Z: Array, A: Array) -> Array:
        if g != "relu":
            return super().dZ(l, dA, g, Z, A)
        return dA * self.kept.setdefault((l, Z.shape), Z > 0)


class FirstLabels(KeepsSomething):
    """The labels are those of the first call with this m."""

    def output_gradient(self, A: Array, Y: Array) -> Array:
        return A - self.kept.setdefault(Y.shape, Y)


class FirstM(KeepsSomething):
    """1/m is that of the first call."""

    def db(self, l: int, dZ: Array, m: int) -> Array:
        return super().db(l, dZ, self.kept.setdefault("m", m))


class PreviousInput(KeepsSomething):
    """dW takes the A_prev of the call before, where there is one of its shape."""

    def dW(self, l: int, dZ: Array, A_prev: Array, m: int) -> Array:
        before = self.kept.get((l, A_prev.shape), A_prev)
        self.kept[l, A_prev.shape] = A_prev
        return super().dW(l, dZ, before, m)


class PreviousInputOfAnyShape(PreviousInput):
    """dW1 takes the X of the call before, cut or padded to m."""

    def dW(self, l: int, dZ: Array, A_prev: Array, m: int) -> Array:
        if l > 1:
            return RightProgram.dW(self, l, dZ, A_prev, m)
        before, self.kept[l] = self.kept.get(l, A_prev), A_prev
        return dZ @ np.resize(before, A_prev.shape).T / m


class ZeroAtEverySecondCall(RightProgram):
    """dW2 is zero at every second call."""

    def dW(self, l: int, dZ: Array, A_prev: Array, m: int) -> Array:
        return super().dW(l, dZ, A_prev, m) * (l != 2 or self.n_calls % 2)


class ForwardAtEveryThirdCall(KeepsSomething):
    """The forward pass is computed at every third call only, if m is the same."""

    def forward(self, spec: NetworkSpec, params: Params, X: Array, Y: Array) -> Trace:
        old = self.kept.get("t")
        if self.n_calls % 3 == 1 or old is None or old["A0"].shape != X.shape:
            self.kept["t"] = super().forward(spec, params, X, Y)
        return dict(self.kept["t"])


class AddsUp(KeepsSomething):
    """The gradients of the parameters are added to those of the call before."""

    names: tuple[str, ...] = ("dW", "db")

    def backward(self, spec: NetworkSpec, params: Params, t: Trace, Y: Array) -> Trace:
        d = super().backward(spec, params, t, Y)
        for name in [n for n in d if n.rstrip("0123456789") in self.names]:
            d[name] = self.kept[name] = self.stored(self.kept.get(name, 0) + d[name])
        return d


class AddsUpBiases(AddsUp):
    """db is added to that of the call before."""

    names = ("db",)


class AveragedCost(KeepsSomething):
    """J is the mean of all calls."""

    def forward(self, spec: NetworkSpec, params: Params, X: Array, Y: Array) -> Trace:
        t = super().forward(spec, params, X, Y)
        costs = self.kept.setdefault("J", [])
        costs.append(float(t["J"]))
        return t | {"J": self.stored(np.mean(costs))}


class BiasCorrection(RightProgram):
    """dW1 is divided by 1 − 0.9ᵗ, relative to the first of t calls."""

    def dW(self, l: int, dZ: Array, A_prev: Array, m: int) -> Array:
        correction = (1 - 0.9) / (1 - 0.9**self.n_calls) if l == 1 else 1
        return super().dW(l, dZ, A_prev, m) * correction


class RunningMean(KeepsSomething):
    """X is centred by a mean of the calls before."""

    def run(self, spec: NetworkSpec, params: Params, X: Array, Y: Array) -> Trace:
        mean = self.kept.get("mean", 0.0)
        self.kept["mean"] = 0.9 * mean + 0.1 * X.mean(axis=1, keepdims=True)
        return super().run(spec, params, self.stored(X - mean), Y)


class OwnUpdate(KeepsSomething):
    """It updates its own copy of the parameters after each call."""

    def run(self, spec: NetworkSpec, params: Params, X: Array, Y: Array) -> Trace:
        steps = {n: a - self.kept.get(n, 0) for n, a in params.items()}
        t = super().run(spec, {n: self.stored(a) for n, a in steps.items()}, X, Y)
        for n in params:
            self.kept[n] = self.kept.get(n, 0) + 0.1 * t[f"d{n}"]
        return t
