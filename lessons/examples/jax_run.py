"""JAX as a candidate: python -m parity_tests check lessons/examples/jax_run.py:run"""

import jax
import numpy as np

jax.config.update("jax_enable_x64", True)  # otherwise float64 becomes float32
jax.config.update("jax_default_matmul_precision", "highest")  # on a GPU: no TF32
ACTIVATIONS = {"relu": jax.nn.relu, "tanh": jax.numpy.tanh, "sigmoid": jax.nn.sigmoid}


def cost(params, zeros, X, Y, spec):
    """J = −(1/m) Σ Y ∗ log softmax(Z[L]), and A0 Z1 A1 …; the zeros' gradients are theirs."""
    A = {"A0": X + zeros["A0"]}
    for step in spec.steps[:-1]:
        x, own = A[step.input], step.select(params)
        x = own["W"] @ x + own["b"] if own else ACTIVATIONS[step.layer.kind](x)
        A[step.output] = x = x + zeros[step.output]
    return -(Y * jax.nn.log_softmax(x, axis=0)).sum() / X.shape[1], A


def run(spec, params, X, Y):
    m = X.shape[1]
    shapes = {name: shape for name, shape in spec.trace_shapes(m).items() if name[0] in "ZA"}
    zeros = {name: np.zeros(shape, X.dtype) for name, shape in shapes.items()}
    both = jax.value_and_grad(cost, argnums=(0, 1), has_aux=True)
    (J, A), (d, d_zeros) = both(params, zeros, X, Y, spec)
    d |= {name: m * d_zeros[name] for name in A}  # of L(i), a column an example
    trace = {**A, "J": J, **{f"d{name}": x for name, x in d.items()}}
    return {name: np.asarray(x) for name, x in trace.items()}
