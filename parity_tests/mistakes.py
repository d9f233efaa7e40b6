"""The mistakes that people make in backprop, each a formula beside the right one.

A mistake is what it says and what it computes from the tensors that the candidate itself took;
diagnosis.py reports it only where it gives every element of the wrong tensor to within rounding.
A formula that does not fit a place (W^T of a W that is not square) raises, or has another shape.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from parity_tests.sites import Site, Value
from ref_numpy.activations import (
    Elementwise,
    Identity,
    LeakyReLU,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)
from ref_numpy.losses import BinaryCrossEntropy, CrossEntropy

Mistake = tuple[str, Callable[[Site], Value]]  # what is said of it, and what it gives


# The line that is right, for each kind of tensor, as ref_numpy has it.
LINES = {
    "A0": "A0 = X",
    "Z": "Z = W @ A_prev + b",
    "A": "A = g(Z)",
    "J": "J = L.sum() / m",
    "dZL": "dZ = A - Y",
    "dAL": "dA = A - Y",
    "dZ": "dZ = dA * g_prime(Z, A)",
    "dW": "dW = dZ @ A_prev.T / m",
    "db": "db = dZ.sum(axis=1, keepdims=True) / m",
    "dA": "dA_prev = W.T @ dZ",
}

MEAN = ("dW", "db", "J")  # these carry the 1/m


def factors(s: Site) -> Iterator[tuple[float, str]]:
    """Constants by which people multiply what is right, and what each of them means."""
    yield -1, "its sign is flipped"
    yield 2, "it is twice as large" + (": the ½ is missing" if s.kind == "J" else "")
    yield 1 / 2, "it is half as large"
    yield 0, "it is all zeros"
    if s.m > 1:
        mean = s.kind in MEAN
        yield s.m, "it is m times too large" + (": the 1/m is missing" if mean else "")
        belongs = "m twice" if mean else "m, which belongs to dW and db"
        yield 1 / s.m, f"it was divided by {belongs}"
        yield -s.m, "its sign is flipped, and it is m times too large"
        yield -1 / s.m, "its sign is flipped, and it was divided by m"
        yield 2 / s.m, "it is 2/m times as large"
    if s.n_y > 1:
        yield 1 / s.n_y, "it was divided by n_y: the mean over outputs, for their sum"
    if s.n > 1:
        yield s.m / s.n, "it was divided by the number of units in the place of m"
        yield 1 / s.n, "it was divided by the number of units"
    if s.kind == "J":
        yield 1 / math.log(2), "the logarithm is that of base 2"
        yield 1 / math.log(10), "the logarithm is that of base 10"


NAMED: tuple[tuple[str, Elementwise], ...] = (
    ("the identity", Identity()), ("sigmoid", Sigmoid()), ("tanh", Tanh()), ("ReLU", ReLU()),
    *((f"a leaky ReLU of slope {slope}", LeakyReLU(slope)) for slope in (0.01, 0.1, 0.2, 0.3)),
)  # fmt: skip


def mistakes(s: Site) -> Iterator[Mistake]:
    """Those of this kind of tensor, the common ones first."""
    yield from FORMULAS[s.kind]
    if s.kind in ("Z", "dA"):
        for name, W in s.same:
            if s.kind == "Z":
                yield f"{name} stands for W{{l}}", lambda s, W=W: W @ s.A_prev + s.b
            else:
                yield f"{name} stands for W{{l}}", lambda s, W=W: W.T @ s.dZ
    if s.kind in ("A", "dZ"):
        for name, g in NAMED:
            if g != s.g:
                what = f"{name} stands for {s.g.kind}"
                if s.kind == "A":
                    yield what, lambda s, g=g: g.g(s.Z)
                else:
                    yield (
                        f"{what}: its derivative is another",
                        lambda s, g=g: s.dA * g.g_prime(s.Z, s.A),
                    )
    if s.kind in ("J", "dW") and s.lambd:
        yield "the L2 term is missing", lambda s: l2(s, 0)
        yield "the L2 term is not divided by m", lambda s: l2(s, s.m)
        yield "the L2 term is twice as large", lambda s: l2(s, 2)
        yield "the L2 term is half as large", lambda s: l2(s, 1 / 2)
    if s.kind == "J":
        for k in range(3, 17):
            yield (
                f"ε = 1e-{k} was added inside the logarithm",
                lambda s, k=k: mean(s, inside(s, 10.0**-k)),
            )


def with_a_constant(s: Site) -> Iterator[tuple[str, Callable[[Site], tuple[Value, Value]]]]:
    """Mistakes that hold a constant {c} which only the candidate knows: (base, direction)."""
    yield "it is {c} times what it should be", lambda s: (0 * s.right, s.right)
    if isinstance(s.g, ReLU | LeakyReLU):
        what = "a leaky ReLU of slope {c} stands for " + s.g.kind
        if s.kind == "A":
            yield what, lambda s: (s.Z * (s.Z > 0), s.Z * (-s.Z >= 0))
        if s.kind == "dZ":
            yield (
                f"{what}: its derivative is another",
                lambda s: (
                    s.dA * (s.Z > 0),
                    s.dA * (-s.Z >= 0),
                ),
            )
    if s.kind == "dA":
        yield (
            "W{l} was updated, with α = {c}, before dA{p} was computed from it",
            lambda s: (s.right, -(s.dW.T @ s.dZ)),
        )
    if s.kind == "dW":
        yield "{c} · W{l} was added", lambda s: (s.right, s.W)
    if s.kind == "db":
        yield "{c} · b{l} was added", lambda s: (s.right, s.b)


def softmax(Z: Value, axis: int | None) -> Value:
    t = np.exp(Z - Z.max(axis=axis, keepdims=True))
    return t / t.sum(axis=axis, keepdims=True)


def mean(s: Site, L: Value) -> Value:
    """J from the examples' losses, with the L2 term."""
    J = L.sum() / s.m
    return J + s.lambd / (2 * s.m) * sum((W**2).sum() for W in s.weights) if s.lambd else J


def inside(s: Site, epsilon: float) -> Value:
    """The cross-entropies from A[L], with ε inside the logarithm."""
    if isinstance(s.loss, BinaryCrossEntropy):
        return -(s.Y * np.log(s.A + epsilon) + (1 - s.Y) * np.log(1 - s.A + epsilon))
    return -(only(s, CrossEntropy).Y * np.log(s.A + epsilon))


def l2(s: Site, factor: float) -> Value:
    """What is right with `factor` times the L2 term."""
    if s.kind == "dW":
        return s.dZ @ s.A_prev.T / s.m + factor * (s.lambd / s.m) * s.W
    return s.right + (factor - 1) * (s.lambd / (2 * s.m)) * sum((W**2).sum() for W in s.weights)


def only(s: Site, *kinds: type) -> Site:
    """s, where its activation or loss is of these kinds; elsewhere the formula does not fit."""
    if isinstance(s.g, kinds) or isinstance(s.loss, kinds):
        return s
    raise TypeError


def deep(s: Site) -> Site:
    """s, where there is a layer before it."""
    if s.l > 1:
        return s
    raise TypeError


def d_log(s: Site) -> Value:
    """dA[L] of the cross-entropies."""
    if isinstance(s.loss, BinaryCrossEntropy):
        return -(s.Y / s.A - (1 - s.Y) / (1 - s.A))
    return -only(s, CrossEntropy).Y / s.A


FORMULAS: dict[str, tuple[Mistake, ...]] = {
    "A0": (),
    "Z": (
        ("b{l} is missing", lambda s: s.W @ s.A_prev),
        ("b{l} was subtracted", lambda s: s.W @ s.A_prev - s.b),
        ("b{l} was added twice", lambda s: s.W @ s.A_prev + 2 * s.b),
        ("W{l}^T stands for W{l}", lambda s: s.W.T @ s.A_prev + s.b),
        ("Z{p} stands for A{p}: the activation is left out", lambda s: s.W @ s.Z_prev + s.b),
        ("A0 stands for A{p}", lambda s: s.W @ deep(s).A0 + s.b),
        ("the product is element by element, W{l} ∗ A{p}", lambda s: s.W * s.A_prev + s.b),
    ),
    "A": (
        ("the activation was applied twice", lambda s: s.g.g(s.g.g(s.Z))),
        ("the softmax is taken over examples, axis 1", lambda s: softmax(only(s, Softmax).Z, 1)),
        ("the softmax is taken over all numbers", lambda s: softmax(only(s, Softmax).Z, None)),
        ("e^z is not divided by its sum", lambda s: np.exp(only(s, Softmax).Z)),
    ),
    "J": (
        ("the term (1 − Y) log(1 − A) is missing",
         lambda s: mean(only(s, BinaryCrossEntropy), -(s.Y * np.log(s.A)))),
        ("the term Y log A is missing",
         lambda s: mean(only(s, BinaryCrossEntropy), -((1 - s.Y) * np.log(1 - s.A)))),
        ("A and 1 − A have changed places",
         lambda s: mean(
             only(s, BinaryCrossEntropy), -(s.Y * np.log(1 - s.A) + (1 - s.Y) * np.log(s.A))
         )),
        ("the logarithm is missing", lambda s: mean(only(s, CrossEntropy), -(s.Y * s.A))),
    ),
    "dZL": (
        ("Y is not subtracted", lambda s: s.A),
        ("dA{l} stands for dZ{l}: the activation's derivative is missing", d_log),
        ("the sigmoid's derivative was applied once more",
         lambda s: (s.A - s.Y) * (s.A * (1 - only(s, Sigmoid).A))),
        ("the softmax's derivative is taken as if it were element by element",
         lambda s: d_log(only(s, Softmax)) * (s.A * (1 - s.A))),
        ("Z{l} stands for A{l}", lambda s: s.Z - s.Y),
    ),
    "dAL": (("Y is not subtracted", lambda s: s.A),),
    "dZ": (
        ("dA{l} stands for dZ{l}: the activation's derivative is missing", lambda s: s.dA),
        ("the derivative was applied twice",
         lambda s: s.dA * s.g.g_prime(s.Z, s.A) * s.g.g_prime(s.Z, s.A)),
        ("the activation stands for its derivative", lambda s: s.dA * s.A),
        ("the derivative was evaluated at A{l}, not at Z{l}",
         lambda s: s.dA * s.g.g_prime(s.A, s.g.g(s.A))),
        ("Z{l} stands for A{l} in the derivative", lambda s: s.dA * s.g.g_prime(s.Z, s.Z)),
        ("1 − A stands for 1 − A²", lambda s: s.dA * (1 - only(s, Tanh).A)),
        ("A² stands for 1 − A²", lambda s: s.dA * (only(s, Tanh).A * s.A)),
        ("1 + A² stands for 1 − A²", lambda s: s.dA * (1 + only(s, Tanh).A * s.A)),
        ("1 − A stands for A (1 − A)", lambda s: s.dA * (1 - only(s, Sigmoid).A)),
        ("the mask is z ≥ 0: the derivative at 0 is 0", lambda s: s.dA * (only(s, ReLU).Z >= 0)),
        ("the mask is inverted", lambda s: s.dA * (-only(s, ReLU).Z >= 0)),
        ("the mask is dA{l} > 0, and not Z{l} > 0", lambda s: s.dA * (only(s, ReLU).dA > 0)),
        ("the mask stands without dA{l}", lambda s: 1 * (only(s, ReLU).Z > 0)),
        ("the softmax's derivative is taken as if it were element by element",
         lambda s: s.dA * (s.A * (1 - only(s, Softmax).A))),
    ),
    "dW": (
        ("A{l} stands for A{p}", lambda s: s.dZ @ s.A.T / s.m),
        ("Z{p} stands for A{p}", lambda s: s.dZ @ s.Z_prev.T / s.m),
        ("A0 stands for A{p}", lambda s: s.dZ @ deep(s).A0.T / s.m),
        ("dA{l} stands for dZ{l}", lambda s: s.dA @ s.A_prev.T / s.m),
        ("it is transposed: A{p} dZ{l}^T", lambda s: s.A_prev @ s.dZ.T / s.m),
        ("the product is element by element, dZ{l} ∗ A{p}", lambda s: s.dZ * s.A_prev / s.m),
    ),
    "db": (
        ("dA{l} stands for dZ{l}", lambda s: s.dA.sum(axis=1, keepdims=True) / s.m),
        ("the sum runs over the units as well", lambda s: 0 * s.right + s.dZ.sum() / s.m),
        ("the sum runs over the units, axis 0",
         lambda s: s.dZ.sum(axis=0, keepdims=True).T / s.m),
        ("(λ/m) b{l} was added", lambda s: s.right + (s.lambd / s.m) * s.b if s.lambd else None),
    ),
    "dA": (
        ("W{l} stands for W{l}^T", lambda s: s.W @ s.dZ),
        ("dA{l} stands for dZ{l}", lambda s: s.W.T @ s.dA),
        ("the product is element by element, W{l}^T ∗ dZ{l}", lambda s: s.W.T * s.dZ),
    ),
}  # fmt: skip
