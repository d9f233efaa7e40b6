"""JAX: `jax.value_and_grad` under `jax.jit`, examples in rows."""

# pyright: reportMissingImports=false

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from parity_tests.campaigns.engines.example_rows import to_rows, trace_from_rows, zeros_for
from ref_numpy import Array, NetworkSpec

jax.config.update("jax_enable_x64", True)  # otherwise float64 becomes float32

ACTIVATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "identity": lambda z, layer: z,
    "sigmoid": lambda z, layer: jax.nn.sigmoid(z),
    "tanh": lambda z, layer: jnp.tanh(z),
    "relu": lambda z, layer: jax.nn.relu(z),
    # jax.nn.leaky_relu has the derivative 1 at 0, and a check expects the slope.
    "leaky_relu": lambda z, layer: jnp.where(z > 0, z, layer.slope * z),
    "softmax": lambda z, layer: jax.nn.softmax(z, axis=1),
    "silu": lambda z, layer: jax.nn.silu(z),
    "softplus": lambda z, layer: jax.nn.softplus(z),
    "elu": lambda z, layer: jax.nn.elu(z, layer.alpha),
    "gelu": lambda z, layer: jax.nn.gelu(z, approximate=False),
    "gelu_tanh": lambda z, layer: jax.nn.gelu(z, approximate=True),
}


def huber(r: Any, delta: float) -> Any:
    """Return ½ c² + δ (|r| − c), c = min(|r|, δ), as Optax has it."""
    size = jnp.abs(r)
    c = jnp.minimum(size, delta)
    return 0.5 * c**2 + delta * (size - c)


def size(r: Any) -> Any:
    """Return |r| with the derivative sign(r), 0 at 0, where that of jnp.abs is 1."""
    return r * jax.lax.stop_gradient(jnp.sign(r))


LOSSES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "binary_cross_entropy": lambda z, y, loss: (jnp.logaddexp(0, z) - y * z).sum(axis=1).mean(),
    "cross_entropy": lambda z, y, loss: -(y * jax.nn.log_softmax(z, axis=1)).sum(axis=1).mean(),
    "squared_error": lambda a, y, loss: 0.5 * jnp.square(a - y).sum(axis=1).mean(),
    "absolute_error": lambda a, y, loss: size(a - y).sum(axis=1).mean(),
    "huber": lambda a, y, loss: huber(a - y, loss.delta).sum(axis=1).mean(),
    "hinge": lambda a, y, loss: jax.nn.relu(1 - (2 * y - 1) * a).sum(axis=1).mean(),
}


def run(
    spec: NetworkSpec, params: Mapping[str, Array], X: Array, Y: Array, precision: str
) -> dict[str, Array]:
    """Return the trace of one compiled step."""
    theta, x, y = to_rows(params, X, Y)
    given = theta, zeros_for(spec, len(x), X.dtype), x, y
    in_jax = jax.tree.map(lambda array: jnp.asarray(array, precision), given)
    return trace_from_rows(*compiled_step(spec)(*in_jax), to_numpy=to_numpy)


@lru_cache(maxsize=1)
def compiled_step(spec: NetworkSpec) -> Callable[..., Any]:
    """Return the step of this network, compiled at its first call."""
    differentiate = jax.value_and_grad(partial(cost, spec), argnums=(0, 1), has_aux=True)

    def step(theta: Any, zeros: Any, x: Any, y: Any) -> Any:
        (J, results), (gradients, d_zeros) = differentiate(theta, zeros, x, y)
        m = x.shape[0]
        return results, J, gradients, {name: m * d for name, d in d_zeros.items()}

    return jax.jit(step)


def cost(spec: NetworkSpec, theta: Any, zeros: Any, x: Any, y: Any) -> tuple[Any, dict[str, Any]]:
    """Return J, and A0, Z1, A1, …."""
    results = {"A0": x + zeros["A0"]}
    for step in spec.steps:
        a = results[step.input]
        if step.parameters:
            a = a @ theta[f"W{step.number}"].T + theta[f"b{step.number}"]
        else:
            a = ACTIVATIONS[step.layer.kind](a, step.layer)
        results[step.output] = a + zeros[step.output] if step.output in zeros else a
    J = LOSSES[spec.loss.kind](results[spec.loss_reads], y, spec.loss)
    if spec.lambd:
        squares = sum(jnp.square(theta[W]).sum() for W in spec.weights)
        J = J + spec.lambd / (2 * x.shape[0]) * squares
    return J, results


def to_numpy(x: Any) -> Array:
    """Return a NumPy array; bfloat16, which NumPy lacks, widens exactly to float32."""
    return np.asarray(x.astype(np.float32) if x.dtype == jnp.bfloat16 else x)
