"""NumPy by hand, as the course writes it: examples in columns; sums in one order or another."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from ref_numpy import Array, NetworkSpec

Sum = Callable[[Array, int], Array]  # (x, axis), which keeps the axis

# g(z), and its derivative times dA.
ACTIVATIONS: dict[str, tuple[Callable[..., Array], Callable[..., Array]]] = {
    "identity": (lambda z, layer, total: z, lambda d, z, a, layer, total: d),
    "sigmoid": (
        lambda z, layer, total: 1 / (1 + np.exp(-z)),
        lambda d, z, a, layer, total: d * a * (1 - a),
    ),
    "tanh": (
        lambda z, layer, total: np.tanh(z),
        lambda d, z, a, layer, total: d * (1 - a**2),
    ),
    "relu": (
        lambda z, layer, total: np.maximum(0, z),
        lambda d, z, a, layer, total: np.where(z > 0, d, 0),
    ),
    "leaky_relu": (
        lambda z, layer, total: np.maximum(layer.slope * z, z),
        lambda d, z, a, layer, total: np.where(z > 0, d, layer.slope * d),
    ),
    "silu": (
        lambda z, layer, total: z / (1 + np.exp(-z)),
        lambda d, z, a, layer, total: d * (a + (1 - a) / (1 + np.exp(-z))),
    ),
    "softplus": (
        lambda z, layer, total: np.logaddexp(0, z),
        lambda d, z, a, layer, total: d * (1 - np.exp(-a)),
    ),
    "elu": (
        lambda z, layer, total: np.where(z > 0, z, layer.alpha * np.expm1(z)),
        lambda d, z, a, layer, total: np.where(z > 0, d, d * (a + layer.alpha)),
    ),
    "gelu": (
        lambda z, layer, total: z * half_erfc(-z),
        lambda d, z, a, layer, total: (
            d * (half_erfc(-z) + z * np.exp(-z * z / 2) / math.sqrt(2 * math.pi))
        ),
    ),
    "gelu_tanh": (
        lambda z, layer, total: z * (1 + tanh_of(z)) / 2,
        lambda d, z, a, layer, total: d * ((1 + tanh_of(z)) / 2 + slope_of_tanh(z)),
    ),
    "softmax": (
        lambda z, layer, total: normalised(np.exp(z - z.max(axis=0)), total),
        lambda d, z, a, layer, total: a * (d - total(d * a, 0)),
    ),
}


def half_erfc(z: Array) -> Array:
    """Return ½ erfc(z/√2), one number after the other."""
    each = [math.erfc(float(x) / math.sqrt(2)) / 2 for x in z.ravel()]
    return np.array(each, z.dtype).reshape(z.shape)


def tanh_of(z: Array) -> Array:
    """Return tanh(√(2/π) (z + 0.044715 z³))."""
    return np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))


def slope_of_tanh(z: Array) -> Array:
    """Return ½ z times the derivative of `tanh_of`, which is 0 beyond 10."""
    z = z.clip(-10, 10)
    return z / 2 * (1 - tanh_of(z) ** 2) * math.sqrt(2 / math.pi) * (1 + 0.134145 * z**2)


def normalised(t: Array, total: Sum) -> Array:
    """Return t / Σ t of each example."""
    return t / total(t, 0)


def logsumexp(Z: Array, total: Sum) -> Array:
    """Return log Σ_k e^{z_k} of each example, (1, m)."""
    largest = Z.max(axis=0, keepdims=True)
    return largest + np.log(total(np.exp(Z - largest), 0))


def huber(r: Array, delta: float) -> Array:
    """Return c (r − ½ c), c = min(r, δ)."""
    c = np.minimum(r, delta)
    return c * (r - c / 2)


# L of each example, (1, m), and the gradient by Z[L] or A[L].
LOSSES: dict[str, tuple[Callable[..., Array], Callable[..., Array]]] = {
    "binary_cross_entropy": (
        lambda Z, A, Y, loss, total: total(np.logaddexp(0, Z) - Y * Z, 0),
        lambda A, Y, loss: A - Y,
    ),
    "cross_entropy": (
        lambda Z, A, Y, loss, total: logsumexp(Z, total) - total(Y * Z, 0),
        lambda A, Y, loss: A - Y,
    ),
    "squared_error": (
        lambda Z, A, Y, loss, total: total((A - Y) ** 2 / 2, 0),
        lambda A, Y, loss: A - Y,
    ),
    "absolute_error": (
        lambda Z, A, Y, loss, total: total(np.abs(Y - A), 0),
        lambda A, Y, loss: np.sign(A - Y),
    ),
    "huber": (
        lambda Z, A, Y, loss, total: total(huber(np.abs(Y - A), loss.delta), 0),
        lambda A, Y, loss: np.clip(A - Y, -loss.delta, loss.delta),
    ),
    "hinge": (
        lambda Z, A, Y, loss, total: total(np.maximum(0, 1 - (2 * Y - 1) * A), 0),
        lambda A, Y, loss: np.where((2 * Y - 1) * A < 1, 1 - 2 * Y, 0),
    ),
}


@np.errstate(all="ignore")
def train_step(
    spec: NetworkSpec, params: Mapping[str, Array], X: Array, Y: Array, precision: str,
    total: Sum, product: Callable[[Array, Array], Array],
) -> dict[str, Any]:  # fmt: skip
    """Return the trace of forward and backward, with this sum and this matrix product."""
    m, A, results = X.shape[1], X, {"A0": X}
    for step in spec.steps:
        if step.parameters:
            l = step.number
            A = product(params[f"W{l}"], A) + params[f"b{l}"]
        else:
            A = ACTIVATIONS[step.layer.kind][0](A, step.layer, total)
        results[step.output] = A

    last = spec.steps[-1]
    loss, gradient = LOSSES[spec.loss.kind]
    J = total(loss(results[last.input], A, Y, spec.loss, total), 1)[0, 0] / m
    if spec.lambd:
        squares = sum(total(total(params[W] ** 2, 1), 0)[0, 0] for W in spec.weights)
        J = J + spec.lambd / (2 * m) * squares

    d, trace = gradient(A, Y, spec.loss), {**results, "J": J}
    trace[f"d{spec.loss_reads}"] = d
    for step in spec.backward_steps:
        if step.parameters:
            l = step.number
            dW = product(d, results[step.input].T) / m
            trace[f"dW{l}"] = dW + spec.lambd / m * params[f"W{l}"] if spec.lambd else dW
            trace[f"db{l}"] = total(d, 1) / m
            d = product(params[f"W{l}"].T, d)
        else:
            Z, A = results[step.input], results[step.output]
            d = ACTIVATIONS[step.layer.kind][1](d, Z, A, step.layer, total)
        trace[f"d{step.input}"] = d
    return trace


def add_in_order(x: Array, axis: int) -> Array:
    """Return ((x₁ + x₂) + x₃) + …, each addition rounded."""
    return np.take(np.add.accumulate(x, axis=axis), [-1], axis=axis)


def add_reversed(x: Array, axis: int) -> Array:
    """Return the sum from the last term to the first."""
    return add_in_order(np.flip(x, axis), axis)


def add_pairwise(x: Array, axis: int) -> Array:
    """Return (x₁ + x₂) + (x₃ + x₄) + …: the sums of neighbours, and of those, and so on."""
    x = np.moveaxis(x, axis, 0)
    while len(x) > 1:
        even = len(x) // 2 * 2
        x = np.concatenate([x[:even:2] + x[1:even:2], x[even:]])
    return np.moveaxis(x, 0, axis)


def with_sum(total: Sum) -> Callable[..., dict[str, Any]]:
    """Return the function that adds everything in this order, in matrix products as well."""

    def product(A: Array, B: Array) -> Array:
        return total(A[:, :, np.newaxis] * B, 1)[:, 0]

    return partial(train_step, total=total, product=product)


run = partial(train_step, total=partial(np.sum, keepdims=True), product=np.matmul)
run_in_order = with_sum(add_in_order)
run_reversed = with_sum(add_reversed)
run_pairwise = with_sum(add_pairwise)
