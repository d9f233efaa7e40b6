"""HIPS autograd: NumPy's functions on a tape, examples in columns."""

# autograd makes NumPy's functions when it is imported.
# pyright: reportMissingImports=false, reportAttributeAccessIssue=false, reportCallIssue=false

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd import value_and_grad
from autograd.scipy.special import erf, logsumexp

from parity_tests.campaigns.engines.example_rows import differentiated
from ref_numpy import Array, NetworkSpec

ACTIVATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "identity": lambda z, layer: z,
    "sigmoid": lambda z, layer: 0.5 * (anp.tanh(z / 2) + 1),  # as in its own examples
    "tanh": lambda z, layer: anp.tanh(z),
    # np.maximum has the derivative 1/2 at 0, and a check expects 0; np.where makes the gradients
    # float64.
    "relu": lambda z, layer: z * (z > 0),
    "leaky_relu": lambda z, layer: z * np.where(z > 0, 1, layer.slope).astype(z.dtype),
    "softmax": lambda z, layer: anp.exp(z - logsumexp(z, axis=0, keepdims=True)),
    "silu": lambda z, layer: z * (0.5 * (anp.tanh(z / 2) + 1)),
    "softplus": lambda z, layer: anp.logaddexp(0 * z, z),
    "elu": lambda z, layer: z * (z > 0) + layer.alpha * anp.expm1(z * (z <= 0)),
    "gelu": lambda z, layer: 0.5 * z * (1 + erf(z / 2**0.5).astype(z.dtype)),
    "gelu_tanh": lambda z, layer: (
        0.5 * z * (1 + anp.tanh((2 / anp.pi) ** 0.5 * (z + 0.044715 * z**3)))
    ),
}


def positive(x: Any) -> Any:
    """Return max(x, 0), with the derivative 0 at 0."""
    return x * (x > 0)


def size(x: Any) -> Any:
    """Return |x|: autograd's derivative is x / |x|, which loses digits of the smallest numbers."""
    return positive(x) + positive(-x)


def huber(r: Any, delta: float) -> Any:
    """Return ½ r² where r ≤ δ, else δ (r − ½ δ), of r from 0 up."""
    near = r <= delta
    return near * r**2 / 2 + (1 - near) * delta * (r - delta / 2)


LOSSES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "binary_cross_entropy": lambda z, y, loss: anp.sum(anp.logaddexp(0 * z, z) - y * z),
    "cross_entropy": lambda z, y, loss: anp.sum(logsumexp(z, axis=0)) - anp.sum(y * z),
    "squared_error": lambda a, y, loss: anp.sum((a - y) ** 2) / 2,
    "absolute_error": lambda a, y, loss: anp.sum(size(a - y)),
    "huber": lambda a, y, loss: anp.sum(huber(size(a - y), loss.delta)),
    "hinge": lambda a, y, loss: anp.sum(positive(1 - (2 * y - 1) * a)),
}


@np.errstate(all="ignore")
def run(
    spec: NetworkSpec, params: Mapping[str, Array], X: Array, Y: Array, precision: str
) -> dict[str, Any]:
    """Return the trace of one step."""
    shapes, m = spec.trace_shapes(X.shape[1]), X.shape[1]
    zeros = {name: np.zeros(shapes[name], X.dtype) for name in differentiated(spec)}
    results: dict[str, Any] = {}
    J, (gradients, d_zeros) = value_and_grad(partial(cost, spec, results, X, Y))((params, zeros))
    trace = {name: getattr(x, "_value", x) for name, x in results.items()} | {"J": J}
    return (
        trace
        | {f"d{name}": x for name, x in gradients.items()}
        | {f"d{name}": m * x for name, x in d_zeros.items()}
    )


def cost(spec: NetworkSpec, results: dict[str, Any], X: Array, Y: Array, given: Any) -> Any:
    """Return J, and put A0, Z1, A1, … into the results."""
    params, zeros = given
    results["A0"] = X + zeros["A0"]
    for step in spec.steps:
        A = results[step.input]
        if step.parameters:
            A = params[f"W{step.number}"] @ A + params[f"b{step.number}"]
        else:
            A = ACTIVATIONS[step.layer.kind](A, step.layer)
        results[step.output] = A + zeros[step.output] if step.output in zeros else A
    m = X.shape[1]
    J = LOSSES[spec.loss.kind](results[spec.loss_reads], Y, spec.loss) / m
    if spec.lambd:
        J = J + spec.lambd / (2 * m) * sum(anp.sum(params[W] ** 2) for W in spec.weights)
    return J
