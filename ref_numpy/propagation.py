"""Forward and backward propagation: the four equations, a step at a time.

Z[l] = W[l] A[l−1] + b[l]                    A[l] = g[l](Z[l])
dZ[l] = dA[l] ∗ g[l]'(Z[l])                  dA[l−1] = W[l]^T dZ[l]
dW[l] = (1/m) dZ[l] A[l−1]^T + (λ/m) W[l]    db[l] = (1/m) Σ_i dZ[l](i)

In a general graph a tensor may be used several times: its gradient is the sum of its shares, one
from each use. Gradients of activations are there of J, and in the course's networks of m J.

Examples may have weights w(i), by which their losses count: J = (1/m) Σ_i w(i) L(i) + …. The first
gradient is then w ∗ that of L, such as dZ[L] = w ∗ (A[L] − Y), and nothing else changes.

A loss may leave labels out: J = Σ L / N, where N labels count. Weights multiply L and not N; λ is
divided by m, the number of examples, all the same.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ref_numpy.arrays.axes import number_of_examples
from ref_numpy.context import Cache, Context
from ref_numpy.graphs.step import next_name
from ref_numpy.inputs import check_inputs, check_labels, check_weights, named_inputs
from ref_numpy.layer import Array
from ref_numpy.loss import Counts, count_labels, example_losses, loss_gradient
from ref_numpy.network import NetworkSpec
from ref_numpy.trace import Trace

Params = Mapping[str, Array]
Inputs = Array | Mapping[str, Array]  # X, or each input by name


def run(
    spec: NetworkSpec,
    params: Params,
    X: Inputs,
    Y: Array,
    w: Array | None = None,
    context: Context | None = None,
) -> Trace:
    """Compute forward, cost and backward: every activation, J, and every gradient.

    Args:
        spec: the network.
        params: {"W1": …, "b1": …, …}, and the state if the network has one. That after the run is
            in the trace, "norm.mean.next" of "norm.mean".
        X: (n_x, m) in any float dtype, which is the dtype of the whole computation; or each input
            by name.
        Y: (n_y, m), or whole numbers, (m,) or (m, T), where the loss takes such.
        w: the weights of the examples, (1, m); None counts each once.
        context: of the run; None is one that does not train.

    Raises:
        InputError: an array does not fit the description, or a user-defined layer or loss
            returns something else than it should.
    """
    dtype, m = check_inputs(spec, params, X)
    Y, w = check_labels(spec, Y, dtype, m), check_weights(w, dtype, m)
    activations, caches = forward(spec, params, X, context)
    J = cost(spec, params, activations, Y, w)
    gradients = backward(spec, params, activations, caches, Y, w=w)
    state = {next_name(n): x for n, x in next_state(spec, params, caches).items()}
    return Trace(**activations, **state, J=J, **gradients)


def forward(
    spec: NetworkSpec, params: Params, X: Inputs, context: Context | None = None
) -> tuple[dict[str, Array], dict[str, Cache]]:
    """Compute every activation.

    Args:
        spec: the network.
        params: {"W1": …, "b1": …, …}.
        X: (n_x, m), or each input by name.
        context: of the run; None is one that does not train.

    Returns:
        {"A0": X, "Z1": …, "A1": …, …}, and the caches for backward by the same names.
    """
    A, caches = named_inputs(spec, X), {}
    context = context or spec.context(number_of_examples(A[spec.input]))
    for step in spec.steps:
        own, output = step.select(params), step.output
        if step.is_unary:  # in full, as a small network spends a third of its time between layers
            A_prev = A[step.input]
            result, kept = step.layer.forward(own, context, A_prev)
            A[output] = result
            caches[output] = Cache((A_prev,), (result,), kept, context)
        else:
            cache = step.forward(own, context, *[A[name] for name in step.inputs])
            A.update(zip(step.outputs, cache.outputs, strict=True))
            caches[output] = cache
    return A, caches


def next_state(spec: NetworkSpec, params: Params, caches: Mapping[str, Cache]) -> dict[str, Array]:
    """Return the state after a forward pass, by its names; as it was where it did not train.

    Args:
        spec: the network.
        params: of the pass, with the state before it.
        caches: the second result of `forward`.
    """
    state: dict[str, Array] = {}
    for step in spec.steps_with_state:
        new = step.next_state(step.select(params), caches[step.output])
        state |= {full: new[own] for own, full in step.state.items()}
    return state


def cost(
    spec: NetworkSpec,
    params: Params,
    activations: Mapping[str, Array],
    Y: Array,
    w: Array | None = None,
    *,
    counts: Counts | None = None,
) -> Array:
    """J = (1/N) Σ_i w(i) L(i) + (λ/2m) Σ_l ‖W[l]‖², N = m where all labels count.

    Args:
        spec: the network.
        params: {"W1": …, "b1": …, …}.
        activations: the first result of `forward`.
        Y: the labels.
        w: the weights of the examples, (1, m); None counts each once.
        counts: N and m; None takes those of this batch.
    """
    Z = activations[spec.loss_reads]
    L = example_losses(spec.loss, Z, Y)
    if counts is None and not spec.loss.counts_examples:
        counts = count_labels(spec.loss, Z, Y)
    return mean_cost(spec, params, weighted(L, w), counts)


def mean_cost(spec: NetworkSpec, params: Params, L: Array, counts: Counts | None = None) -> Array:
    """Return J, from L(i) of each example, (1, m, …), or w(i) L(i) where there are weights.

    Without counts every example has one label, which counts: N = m.
    """
    m = L.shape[1]
    N, m = counts or (m, m)
    J = L.sum() / N  # N = m, where each example has one label
    if spec.lambd:
        J = J + spec.lambd / (2 * m) * sum((params[W] ** 2).sum() for W in spec.weights)
    return J


def backward(
    spec: NetworkSpec,
    params: Params,
    activations: Mapping[str, Array],
    caches: Mapping[str, Cache],
    Y: Array,
    to_input: bool = True,
    w: Array | None = None,
    *,
    counts: Counts | None = None,
) -> dict[str, Array]:
    """Compute every gradient, from the last step to the first.

    Args:
        spec: the network.
        params: {"W1": …, "b1": …, …}.
        activations: the first result of `forward`.
        caches: the second.
        Y: the labels.
        to_input: False leaves out dA0, which training does not use.
        w: the weights of the examples, (1, m); None counts each once.
        counts: N and m; None takes those of this batch.

    Returns:
        {"dZ2": …, "dW2": …, "db2": …, "dA1": …, …}.
    """
    d = {spec.loss_reads: first_gradient(spec, activations, Y, w, counts)}
    for step in spec.backward_steps:
        output = step.output
        cache = caches[output]
        if not to_input and output in spec.first_steps:
            cache = cache._replace(to_inputs=False)
        own = step.select(params)
        if step.is_unary:
            d_input, gradients = step.layer.backward(own, cache, d[output])
            shares = ((step.input, d_input),)
        else:
            d_outputs = (
                gradient_of(name, d, cache.outputs[k]) for k, name in enumerate(step.outputs)
            )
            d_inputs, gradients = step.backward(own, cache, *d_outputs)
            shares = zip(step.inputs, d_inputs, strict=True)
        for name, gradient in gradients.items():
            full = step.parameters[name]
            d[full] = d[full] + gradient if full in d else gradient
        for name, share in shares:
            if share is not None:
                d[name] = d[name] + share if name in d else share
    for name in spec.weights if spec.lambd else ():
        m = counts.m if counts else activations[spec.output].shape[1]
        d[name] = with_L2(spec, name, params, d[name], m)
    return {f"d{name}": d[name] for name in spec.differentiated if name in d}


def first_gradient(
    spec: NetworkSpec,
    activations: Mapping[str, Array],
    Y: Array,
    w: Array | None = None,
    counts: Counts | None = None,
) -> Array:
    """Return dZ[L] or dA[L], whichever the loss reads: of m J in the course's networks, or of J.

    J = Σ L / N; so d is ∂L/∂z in the course's networks, where N = m, and (1/N) ∂L/∂z in others.
    """
    A = activations[spec.output]
    d = weighted(loss_gradient(spec.loss, A, Y), w)
    if counts is None and not spec.loss.counts_examples:
        counts = count_labels(spec.loss, A, Y)
    if counts is None:
        return d if spec.per_example else d / A.shape[1]
    return d * (A.shape[1] / counts.N) if spec.per_example else d / counts.N


def gradient_of(name: str, d: Mapping[str, Array], A: Array) -> Array:
    """Return the gradient of a step's result A: zero where no step uses it."""
    return d[name] if name in d else np.zeros_like(A)


def with_L2(spec: NetworkSpec, name: str, params: Params, gradient: Array, m: int) -> Array:
    """Compute dW + (λ/m) W."""
    return gradient + spec.lambd / m * params[name]


def weighted(L: Array, w: Array | None) -> Array:
    """Return w ∗ L of each example, or of its gradient; L itself where there are no weights."""
    if w is None:
        return L
    return w * L if L.ndim == 2 else w.reshape(1, -1, *(1,) * (L.ndim - 2)) * L
