"""Make one full training step of the reference, and of the libraries a user would choose instead.

Each is made from the same description, parameters, examples and learning rate, and computes the
same: forward, the cost J, backward, and θ ← θ − α dθ for every parameter. A test compares the
updates, so that no contender does less work. All hidden layers are ReLU; the output is softmax, or
a single sigmoid. Those of torch are in `torch_contenders`.
"""

# A library that is not installed takes no part.
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
    """A contender at work.

    Attributes:
        step: Makes one update.
        params: Returns {"W1": (n[1], n[0]), "b1": (n[1], 1), …} after it.
    """

    step: Callable[[], object]
    params: Callable[[], dict[str, Array]]


def reference(spec: NetworkSpec, params: Params, X: Array, Y: Array, alpha: float) -> Running:
    """Make the step of `ref_numpy.fit`, an update at a time."""
    now = dict(params)
    updates = descend(spec, params, repeat((X, Y)), GradientDescent(alpha))
    return Running(lambda: now.update(next(updates).params), lambda: now)


def scikit_learn(spec: NetworkSpec, params: Params, X: Array, Y: Array, alpha: float) -> Running:
    """Make the step `MLPClassifier.partial_fit` of the whole batch, without momentum and L2."""
    from sklearn.neural_network import MLPClassifier

    x, y = np.ascontiguousarray(X.T), labels(spec, Y)
    *hidden, n_y = sizes(spec)[1:]
    model: Any = MLPClassifier(
        hidden, solver="sgd", learning_rate_init=alpha, momentum=0, nesterovs_momentum=False,
        alpha=0, shuffle=False, batch_size=len(x),  # pyright: ignore[reportArgumentType]
    )  # fmt: skip
    model.partial_fit(x, y, classes=np.arange(max(n_y, 2)))  # this call makes its arrays
    for (W, b), own_W, own_b in zip(
        weights_by_layer(params), model.coefs_, model.intercepts_, strict=True
    ):
        own_W[:], own_b[:] = W.T, b[:, 0]
    return Running(
        lambda: model.partial_fit(x, y),
        lambda: params_from_rows(zip(model.coefs_, model.intercepts_, strict=True)),
    )


def jax_jit(spec: NetworkSpec, params: Params, X: Array, Y: Array, alpha: float) -> Running:
    """Make the step compiled by XLA, which may write over the parameters that it gets."""
    import jax

    jax.config.update("jax_enable_x64", True)  # else float64 becomes float32
    cost = cost_in(jax.numpy, jax.scipy.special.logsumexp, isinstance(spec.loss, CrossEntropy))

    def step(theta: Any, x: Any, y: Any) -> Any:
        J, gradients = jax.value_and_grad(cost)(theta, x, y)
        return J, jax.tree.map(lambda t, dt: t - alpha * dt, theta, gradients)

    compiled = jax.jit(step, donate_argnums=0)
    x, y = jax.numpy.asarray(X.T), jax.numpy.asarray(Y.T)
    now = {"theta": jax.tree.map(jax.numpy.asarray, params_in_rows(params))}

    def run() -> None:
        J, now["theta"] = compiled(now["theta"], x, y)
        jax.block_until_ready((J, now["theta"]))

    return Running(
        run, lambda: params_from_rows((np.asarray(W), np.asarray(b)) for W, b in now["theta"])
    )


def hips_autograd(spec: NetworkSpec, params: Params, X: Array, Y: Array, alpha: float) -> Running:
    """Make the step of NumPy's functions, differentiated by the tape of HIPS autograd."""
    import autograd
    import autograd.numpy
    from autograd.scipy.special import logsumexp

    cost = cost_in(autograd.numpy, logsumexp, isinstance(spec.loss, CrossEntropy))
    differentiated = autograd.value_and_grad(cost)
    x, y = np.ascontiguousarray(X.T), np.ascontiguousarray(Y.T)
    now = {"theta": params_in_rows(params)}

    def run() -> None:
        _, gradients = differentiated(now["theta"], x, y)
        now["theta"] = [
            (W - alpha * dW, b - alpha * db)
            for (W, b), (dW, db) in zip(now["theta"], gradients, strict=True)
        ]

    return Running(run, lambda: params_from_rows(now["theta"]))


def numpy_ml(spec: NetworkSpec, params: Params, X: Array, Y: Array, alpha: float) -> Running:
    """Make the step of its dense layers and its SGD. Its losses are sums over the examples: α/m."""
    # Its last release, of 2020, imports Hashable from a module that lost it in Python 3.10, and
    # warns of packages that its other parts use.
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
    for W, b in params_in_rows(params):
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
        else:  # numpy-ml has no loss for it
            A = output(A)
            np.sum(y * np.log(A) + (1 - y) * np.log(1 - A))
            d = A - y
        for layer in reversed(layers):
            d = layer.backward(d)
            layer.update()

    return Running(
        run, lambda: params_from_rows((la.parameters["W"], la.parameters["b"]) for la in layers)
    )


def cost_in(xp: Any, logsumexp: Any, is_softmax: bool) -> Callable[..., Any]:
    """Return J(theta, x, y) of a batch in rows, x (m, n_x), y (m, n_y); xp: a module like NumPy."""

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


def weights_by_layer(params: Params) -> Iterator[tuple[Array, Array]]:
    """Yield (W[l], b[l]) of layer 1, 2 and so on."""
    for l in range(1, len(params) // 2 + 1):
        yield params[f"W{l}"], params[f"b{l}"]


def params_in_rows(params: Params) -> list[tuple[Array, Array]]:
    """Return copies W (n_prev, n), b (1, n) of each layer, for examples in rows: Z = A W + b."""
    return [(W.T.copy(), b.T.copy()) for W, b in weights_by_layer(params)]


def params_from_rows(layers: Iterable[tuple[Array, Array]]) -> dict[str, Array]:
    """Return the parameters by name: the inverse of `params_in_rows`; b may be (n,) as well."""
    params: dict[str, Array] = {}
    for l, (W, b) in enumerate(layers, start=1):
        params |= {f"W{l}": W.T, f"b{l}": b.reshape(-1, 1)}
    return params


def sizes(spec: NetworkSpec) -> list[int]:
    """Return n_x, n[1], …, n[L]."""
    return [*spec.input_shape, *(spec.parameter_shapes[W][0] for W in spec.weights)]


def labels(spec: NetworkSpec, Y: Array) -> Array:
    """Return the class of each example, (m,), of Y (n_y, m)."""
    return spec.loss.decode(Y)[0].astype(int)
