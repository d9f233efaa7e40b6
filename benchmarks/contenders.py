"""One full training step of the reference, and of what a user would pick instead of it.

Each is made from the same description, parameters, examples and learning rate, and does the same:
forward, the cost J, backward, and θ ← θ − α dθ for every parameter. That they do is tested, so that
nobody is compared with something that does less. All hidden layers are ReLU; the output is softmax,
or a single sigmoid. Those of torch are in `torch_contenders`.
"""

# Whatever is not installed takes no part.
# pyright: reportMissingImports=false

from __future__ import annotations

import collections
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Hashable as AbstractHashable
from itertools import repeat
from typing import Any, NamedTuple
from unittest import mock

import numpy as np

from ref_numpy import Array, CrossEntropy, GradientDescent, NetworkSpec, descend

Params = Mapping[str, Array]


class Running(NamedTuple):
    """step: makes one update.   params: {"W1": (n[1], n[0]), "b1": (n[1], 1), …} after it."""

    step: Callable[[], object]
    params: Callable[[], dict[str, Array]]


Rival = Callable[[NetworkSpec, Params, Array, Array, float], Running]


def reference(spec: NetworkSpec, params: Params, X: Array, Y: Array, alpha: float) -> Running:
    """The loop of `ref_numpy.fit`, an update at a time."""
    now = dict(params)
    updates = descend(spec, params, repeat((X, Y)), GradientDescent(alpha))
    return Running(lambda: now.update(next(updates).params), lambda: now)


def scikit_learn(spec: NetworkSpec, params: Params, X: Array, Y: Array, alpha: float) -> Running:
    """`MLPClassifier.partial_fit` of the whole batch, without momentum and L2."""
    from sklearn.neural_network import MLPClassifier

    x, y = np.ascontiguousarray(X.T), labels(spec, Y)
    *hidden, n_y = sizes(spec)[1:]
    model: Any = MLPClassifier(
        hidden, solver="sgd", learning_rate_init=alpha, momentum=0, nesterovs_momentum=False,
        alpha=0, shuffle=False, batch_size=len(x),  # pyright: ignore[reportArgumentType]
    )  # fmt: skip
    model.partial_fit(x, y, classes=np.arange(max(n_y, 2)))  # which makes its arrays
    for (W, b), own_W, own_b in zip(by_layer(params), model.coefs_, model.intercepts_, strict=True):
        own_W[:], own_b[:] = W.T, b[:, 0]
    return Running(
        lambda: model.partial_fit(x, y),
        lambda: named(zip(model.coefs_, model.intercepts_, strict=True)),
    )


def jax_jit(spec: NetworkSpec, params: Params, X: Array, Y: Array, alpha: float) -> Running:
    """The whole step compiled by XLA, which may write over the parameters that it is given."""
    import jax

    jax.config.update("jax_enable_x64", True)  # else float64 becomes float32
    cost = cost_in(jax.numpy, jax.scipy.special.logsumexp, isinstance(spec.loss, CrossEntropy))

    def step(theta: Any, x: Any, y: Any) -> Any:
        J, gradients = jax.value_and_grad(cost)(theta, x, y)
        return J, jax.tree.map(lambda t, dt: t - alpha * dt, theta, gradients)

    compiled = jax.jit(step, donate_argnums=0)
    x, y = jax.numpy.asarray(X.T), jax.numpy.asarray(Y.T)
    now = {"theta": jax.tree.map(jax.numpy.asarray, in_rows(params))}

    def run() -> None:
        J, now["theta"] = compiled(now["theta"], x, y)
        jax.block_until_ready((J, now["theta"]))

    return Running(run, lambda: named((np.asarray(W), np.asarray(b)) for W, b in now["theta"]))


def hips_autograd(spec: NetworkSpec, params: Params, X: Array, Y: Array, alpha: float) -> Running:
    """NumPy's own functions, differentiated by the tape that HIPS autograd records."""
    import autograd
    import autograd.numpy
    from autograd.scipy.special import logsumexp

    cost = cost_in(autograd.numpy, logsumexp, isinstance(spec.loss, CrossEntropy))
    differentiated = autograd.value_and_grad(cost)
    x, y = np.ascontiguousarray(X.T), np.ascontiguousarray(Y.T)
    now = {"theta": in_rows(params)}

    def run() -> None:
        _, gradients = differentiated(now["theta"], x, y)
        now["theta"] = [
            (W - alpha * dW, b - alpha * db)
            for (W, b), (dW, db) in zip(now["theta"], gradients, strict=True)
        ]

    return Running(run, lambda: named(now["theta"]))


def numpy_ml(spec: NetworkSpec, params: Params, X: Array, Y: Array, alpha: float) -> Running:
    """Its fully connected layers and its SGD. Its losses are sums over the examples: α/m."""
    # Its last release, of 2020, imports Hashable from where Python 3.10 no longer has it, and warns
    # of packages that its other parts use.
    with_hashable = mock.patch.object(collections, "Hashable", AbstractHashable, create=True)
    with with_hashable, warnings.catch_warnings(action="ignore"):
        from numpy_ml.neural_nets.activations import Sigmoid
        from numpy_ml.neural_nets.layers import FullyConnected, Softmax
        from numpy_ml.neural_nets.losses import CrossEntropy as TheirCrossEntropy
        from numpy_ml.neural_nets.optimizers import SGD

    m, is_softmax = X.shape[1], isinstance(spec.loss, CrossEntropy)
    x, y = np.ascontiguousarray(X.T), np.ascontiguousarray(Y.T)
    output, loss = Softmax() if is_softmax else Sigmoid(), TheirCrossEntropy()
    layers = []
    for W, b in in_rows(params):
        hidden = len(layers) < len(spec.weights) - 1
        layer = FullyConnected(W.shape[1], "relu" if hidden else None, optimizer=SGD(alpha / m))
        layer.n_in = len(W)
        layer._init_params()
        layer.parameters |= {"W": W, "b": b}
        layers.append(layer)

    def run() -> None:
        A = x
        for layer in layers:
            A = layer.forward(A)
        if is_softmax:
            A = output.forward(A, retain_derived=False)
            loss(y, A)
            d = loss.grad(y, A)
        else:  # for which it has no loss
            A = output(A)
            np.sum(y * np.log(A) + (1 - y) * np.log(1 - A))
            d = A - y
        for layer in reversed(layers):
            d = layer.backward(d)
            layer.update()

    return Running(run, lambda: named((la.parameters["W"], la.parameters["b"]) for la in layers))


def cost_in(xp: Any, logsumexp: Any, is_softmax: bool) -> Callable[..., Any]:
    """J of a batch in rows, x (m, n_x) and y (m, n_y), in the functions of a module like NumPy."""

    def cost(theta: Any, x: Any, y: Any) -> Any:
        A = x
        for W, b in theta[:-1]:
            A = xp.maximum(A @ W + b, 0)
        W, b = theta[-1]
        Z = A @ W + b
        if is_softmax:
            return xp.mean(logsumexp(Z, axis=1) - xp.sum(y * Z, axis=1))
        return xp.mean(xp.logaddexp(0, Z) - y * Z)

    return cost


def by_layer(params: Params) -> Iterator[tuple[Array, Array]]:
    """(W[l], b[l]) of layer 1, 2, …"""
    for l in range(1, len(params) // 2 + 1):
        yield params[f"W{l}"], params[f"b{l}"]


def in_rows(params: Params) -> list[tuple[Array, Array]]:
    """A copy for examples in rows, Z = A W + b:   W: (n_prev, n)   b: (1, n)"""
    return [(W.T.copy(), b.T.copy()) for W, b in by_layer(params)]


def named(layers: Iterable[tuple[Array, Array]]) -> dict[str, Array]:
    """The inverse of `in_rows`; b may be (n,) as well."""
    params: dict[str, Array] = {}
    for l, (W, b) in enumerate(layers, start=1):
        params |= {f"W{l}": W.T, f"b{l}": b.reshape(-1, 1)}
    return params


def sizes(spec: NetworkSpec) -> list[int]:
    """n_x, n[1], …, n[L]"""
    return [*spec.input_shape, *(spec.parameter_shapes[W][0] for W in spec.weights)]


def labels(spec: NetworkSpec, Y: Array) -> Array:
    """(n_y, m) → the class of each example, (m,)."""
    return spec.loss.decode(Y)[0].astype(int)
