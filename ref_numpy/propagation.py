"""Forward and backward propagation: the four equations, a layer at a time.

Z[l] = W[l] A[l−1] + b[l]                    A[l] = g[l](Z[l])
dZ[l] = dA[l] ∗ g[l]'(Z[l])                  dA[l−1] = W[l]^T dZ[l]
dW[l] = (1/m) dZ[l] A[l−1]^T + (λ/m) W[l]    db[l] = (1/m) Σ_i dZ[l](i)

Examples may have weights w(i), by which their losses count: J = (1/m) Σ_i w(i) L(i) + …. The first
gradient is then w ∗ that of L, such as dZ[L] = w ∗ (A[L] − Y), and nothing else changes.
"""

from __future__ import annotations

from collections.abc import Mapping

from ref_numpy.inputs import check_inputs, check_labels, check_weights
from ref_numpy.layer import Array, Cache
from ref_numpy.loss import example_losses, loss_gradient
from ref_numpy.network import NetworkSpec, Step
from ref_numpy.trace import Trace

Params = Mapping[str, Array]


def run(spec: NetworkSpec, params: Params, X: Array, Y: Array, w: Array | None = None) -> Trace:
    """Compute forward, cost and backward: every activation, J, and every gradient.

    Args:
        spec: the network.
        params: {"W1": …, "b1": …, …}.
        X: (n_x, m) in any float dtype, which is the dtype of the whole computation.
        Y: (n_y, m).
        w: the weights of the examples, (1, m); None counts each once.

    Raises:
        InputError: an array does not fit the description, or a user-defined layer or loss
            returns something else than it should.
    """
    check_inputs(spec, params, X)
    Y, w = check_labels(spec, Y, X), check_weights(w, X)
    activations, caches = forward(spec, params, X)
    J = cost(spec, params, activations, Y, w)
    gradients = backward(spec, params, activations, caches, Y, w=w)
    return Trace(**activations, J=J, **gradients)


def forward(
    spec: NetworkSpec, params: Params, X: Array
) -> tuple[dict[str, Array], dict[str, Cache]]:
    """Compute every activation.

    Returns:
        {"A0": X, "Z1": …, "A1": …, …}, and the caches for backward by the same names.
    """
    A, caches = {"A0": X}, {}
    for step in spec.steps:
        A[step.output], caches[step.output] = step.forward(step.select(params), A[step.input])
    return A, caches


def cost(
    spec: NetworkSpec,
    params: Params,
    activations: Mapping[str, Array],
    Y: Array,
    w: Array | None = None,
) -> Array:
    """J = (1/m) Σ_i w(i) L(i) + (λ/2m) Σ_l ‖W[l]‖²; w(i) = 1 where there is no w, (1, m)."""
    L = example_losses(spec.loss, activations[spec.loss_reads], Y)
    return mean_cost(spec, params, weighted(L, w))


def mean_cost(spec: NetworkSpec, params: Params, L: Array) -> Array:
    """Return J, from L(i) of each example, (1, m), or w(i) L(i) where there are weights."""
    m = L.shape[-1]
    J = L.sum() / m
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
) -> dict[str, Array]:
    """Compute every gradient, from the last layer to the first.

    Args:
        spec: the network.
        params: {"W1": …, "b1": …, …}.
        activations: the first result of `forward`.
        caches: the second.
        Y: (n_y, m).
        to_input: False leaves out dA0, which training does not use.
        w: the weights of the examples, (1, m); None counts each once.

    Returns:
        {"dZ2": …, "dW2": …, "db2": …, "dA1": …, …}.
    """
    dL = loss_gradient(spec.loss, activations[spec.output], Y)
    d = {f"d{spec.loss_reads}": weighted(dL, w)}
    for step in spec.backward_steps:
        d_output, cache = d[f"d{step.output}"], caches[step.output]
        d |= parameter_gradients(spec, step, params, cache, d_output)
        if to_input or step.input != "A0":
            d[f"d{step.input}"] = step.backward(step.select(params), cache, d_output)
    return d


def parameter_gradients(
    spec: NetworkSpec, step: Step, params: Params, cache: Cache, d_output: Array
) -> dict[str, Array]:
    """Return {"dW2": ∂J/∂W2, "db2": …} of one layer; with λ, (λ/m) W is part of dW."""
    m = d_output.shape[-1]
    gradients = {}
    for name, gradient in step.gradients(cache, d_output).items():
        if spec.lambd and name in step.layer.weights:
            gradient = gradient + spec.lambd / m * params[step.parameters[name]]
        gradients[f"d{step.parameters[name]}"] = gradient
    return gradients


def weighted(L: Array, w: Array | None) -> Array:
    """Return w ∗ L of each example, or of its gradient; L itself where there are no weights."""
    return L if w is None else w * L
