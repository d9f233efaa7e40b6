"""A right program, line by line: a wrong one overrides one of the lines."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.cases import Problem
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, NetworkSpec

Trace = dict[str, Any]
Params = dict[str, Array]

# Sizes that are pairwise distinct, and no multiples of 8 but for the inputs'.
NETWORK = NetworkSpec.dense([24, 17, 9, 5], ["relu", "tanh"], "softmax", lambd=0.3)
BINARY = NetworkSpec.dense([24, 17, 9, 1], ["relu", "tanh"], "sigmoid", lambd=0.3)
SQUARE = NetworkSpec.dense([9, 9, 9, 9], ["tanh", "sigmoid"], "softmax", lambd=0.3)
UNREGULARISED = NetworkSpec.dense([24, 17, 9, 5], ["relu", "tanh"], "softmax")
FULL = ("float64", "float32", "bfloat16", "float16")
M = 11


def rounded(x: Any, q: Precision) -> Array:
    """Return numbers of q, at float64."""
    return q.round(np.asarray(x)).astype(np.float64)


class RightProgram:
    """Nothing is wrong.

    It computes at float64, and stores each result at its precision.

    Attributes:
        network: on which it is checked.
        m: the number of examples.
        precisions: at which it is checked.
        calls: how often it is called with the same numbers.
        in_trace: whether its fault is in the tensors that it returns.
        one_in: it is wrong at one of so many calls.
        in_table: False, in a class of its own, for one that others are made from.
    """

    network = NETWORK
    m = M
    precisions: tuple[str, ...] = FULL
    calls = 2
    in_trace = True
    one_in = 1
    in_table = True

    def __init__(self, p: Precision) -> None:
        self.p = p
        self.n_calls = 0
        self.rng = np.random.default_rng(0)

    @classmethod
    def title(cls) -> str:
        """Return its name: the first line of its docstring."""
        return (cls.__doc__ or "").partition("\n")[0].rstrip(".")

    @classmethod
    def problem(cls) -> Problem:
        """Return the problem on which it is checked."""
        return random_problem(cls.network, cls.m)

    def stored(self, x: Any) -> Array:
        """Round to numbers of the precision."""
        return self.p.round(np.asarray(x)).astype(np.float64)

    def __call__(self, spec: NetworkSpec, params: Params, X: Array, Y: Array) -> Trace:
        """Run the network, forward and backward."""
        self.n_calls += 1
        wide = {n: a.astype(np.float64) for n, a in params.items()}
        trace = self.run(spec, wide, X.astype(np.float64), Y.astype(np.float64))
        return {n: a if a is None else np.asarray(a).astype(self.p.dtype) for n, a in trace.items()}

    def run(self, spec: NetworkSpec, params: Params, X: Array, Y: Array) -> Trace:
        """Return every tensor, from numbers of float64."""
        t = self.forward(spec, params, X, Y)
        return t | self.backward(spec, params, t, Y)

    def forward(self, spec: NetworkSpec, params: Params, X: Array, Y: Array) -> Trace:
        """Return A0 Z1 A1 … J."""
        t, L = {"A0": X}, len(spec.weights)
        for l in range(1, L + 1):
            W, b = params[f"W{l}"], params[f"b{l}"]
            t[f"Z{l}"] = Z = self.stored(self.linear(W, t[f"A{l - 1}"], b))
            t[f"A{l}"] = self.stored(self.activation(kind(spec, l), Z))
        Z, A = t[f"Z{L}"], t[f"A{L}"]
        L2 = self.penalty(spec, params, X.shape[1])
        return t | {"J": self.stored(self.losses(Z, A, Y).sum() / X.shape[1] + L2)}

    def backward(self, spec: NetworkSpec, params: Params, t: Trace, Y: Array) -> Trace:
        """Return dZ[L] dW[L] db[L] dA[L−1] …."""
        L, m = len(spec.weights), Y.shape[1]
        d = {f"dZ{L}": self.stored(self.output_gradient(t[f"A{L}"], Y))}
        for l in range(L, 0, -1):
            dZ, A_prev, W = d[f"dZ{l}"], t[f"A{l - 1}"], params[f"W{l}"]
            d[f"dW{l}"] = self.stored(self.dW(l, dZ, A_prev, m) + self.dL2(spec, l, W, m))
            d[f"db{l}"] = self.stored(self.db(l, dZ, m))
            d[f"dA{l - 1}"] = dA = self.stored(self.dA(l, W, dZ))
            if l > 1:
                g, Z = kind(spec, l - 1), t[f"Z{l - 1}"]
                d[f"dZ{l - 1}"] = self.stored(self.dZ(l - 1, dA, g, Z, t[f"A{l - 1}"]))
        return d

    # The lines.

    def product(self, A: Array, B: Array) -> Array:
        """A B."""
        return A @ B

    def linear(self, W: Array, A_prev: Array, b: Array) -> Array:
        """Z = W A_prev + b."""
        return self.product(W, A_prev) + b

    def activation(self, g: str, Z: Array) -> Array:
        """A = g(Z)."""
        if g == "relu":
            return np.maximum(Z, 0)
        if g == "softmax":
            return softmax(Z)
        return np.tanh(Z) if g == "tanh" else sigmoid(Z)

    def losses(self, Z: Array, A: Array, Y: Array) -> Array:
        """L = −log Â of the right class, or binary cross-entropy, from the logits."""
        if len(Y) == 1:
            return np.logaddexp(0, Z) - Y * Z
        return (Y * (np.logaddexp.reduce(Z, axis=0) - Z)).sum(axis=0)

    def penalty(self, spec: NetworkSpec, params: Params, m: int) -> float:
        """(λ/2m) Σ ‖W‖²."""
        return spec.lambd / (2 * m) * sum(float((params[n] ** 2).sum()) for n in spec.weights)

    def output_gradient(self, A: Array, Y: Array) -> Array:
        """dZ = A − Y."""
        return A - Y

    def dW(self, l: int, dZ: Array, A_prev: Array, m: int) -> Array:
        """dW = (1/m) dZ A_prevᵀ."""
        return self.product(dZ, A_prev.T) / m

    def dL2(self, spec: NetworkSpec, l: int, W: Array, m: int) -> Array:
        """(λ/m) W."""
        return spec.lambd / m * W

    def db(self, l: int, dZ: Array, m: int) -> Array:
        """db = (1/m) Σ dZ."""
        return dZ.sum(axis=1, keepdims=True) / m

    def dA(self, l: int, W: Array, dZ: Array) -> Array:
        """dA_prev = Wᵀ dZ."""
        return self.product(W.T, dZ)

    def dZ(self, l: int, dA: Array, g: str, Z: Array, A: Array) -> Array:
        """dZ = dA ∗ g′(Z)."""
        if g == "relu":
            return dA * (Z > 0)
        return dA * (1 - A**2) if g == "tanh" else dA * A * (1 - A)


def kind(spec: NetworkSpec, l: int) -> str:
    """Return the kind of layer l's activation."""
    return next(s.layer.kind for s in spec.steps if s.output == f"A{l}")


def softmax(Z: Array) -> Array:
    """Return the softmax of each column."""
    exps = np.exp(Z - Z.max(axis=0))
    return exps / exps.sum(axis=0)


def sigmoid(Z: Array) -> Array:
    """Return σ of each element."""
    return np.exp(-np.logaddexp(0, -Z))
