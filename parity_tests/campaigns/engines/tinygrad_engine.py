"""tinygrad: `Tensor.gradient` under `TinyJit`, examples in rows."""

# pyright: reportMissingImports=false, reportPrivateImportUsage=false

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from tinygrad import Tensor, TinyJit, dtypes

from parity_tests.campaigns.engines.example_rows import differentiated, to_rows, trace_from_rows
from ref_numpy import Array, NetworkSpec

ACTIVATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "identity": lambda z, layer: z,
    "sigmoid": lambda z, layer: z.sigmoid(),
    "tanh": lambda z, layer: z.tanh(),
    "relu": lambda z, layer: z.relu(),
    # Tensor.leaky_relu has the derivative 1 at 0, and a check expects the slope.
    "leaky_relu": lambda z, layer: (z > 0).where(z, layer.slope * z),
    "softmax": lambda z, layer: z.softmax(axis=1),
    "silu": lambda z, layer: z.silu(),
    "softplus": lambda z, layer: z.softplus(),
    # Tensor.elu has the derivative 0 at 0, and a check expects α.
    "elu": lambda z, layer: (z > 0).where(z, layer.alpha * (z.minimum(0).exp() - 1)),
    # Tensor.erf is formula 7.1.26 of Abramowitz and Stegun, off by 1.5e-7: a finding at float64.
    "gelu": lambda z, layer: z * (1 + (z / 2**0.5).erf()) / 2,
    "gelu_tanh": lambda z, layer: z.gelu(),
}


def huber(r: Any, delta: float) -> Any:
    """Return ½ r² where r ≤ δ, else δ (r − ½ δ), of r from 0 up."""
    return (r <= delta).where(r.square() / 2, delta * (r - delta / 2))


LOSSES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "binary_cross_entropy": lambda z, y, loss: y.shape[1] * z.binary_crossentropy_logits(y),
    "cross_entropy": lambda z, y, loss: z.cross_entropy(y),
    "squared_error": lambda a, y, loss: 0.5 * (a - y).square().sum(axis=1).mean(),
    "absolute_error": lambda a, y, loss: (a - y).abs().sum(axis=1).mean(),
    "huber": lambda a, y, loss: huber((a - y).abs(), loss.delta).sum(axis=1).mean(),
    "hinge": lambda a, y, loss: (1 - (2 * y - 1) * a).relu().sum(axis=1).mean(),
}


def run(
    spec: NetworkSpec, params: Mapping[str, Array], X: Array, Y: Array, precision: str
) -> dict[str, Array]:
    """Return the trace of one compiled step."""
    theta, x, y = to_rows(params, X, Y)
    step, names = compiled_step(spec, X.shape[1], precision), differentiated(spec)
    tensors = [to_tensor(a, precision) for a in (*theta.values(), x, y)]
    outputs = iter([to_numpy(t) for t in step(*tensors)])
    results = {step.output: next(outputs) for step in spec.steps}
    J = next(outputs)
    gradients = {name: next(outputs) for name in theta}
    return trace_from_rows(
        {"A0": x, **results}, J, gradients, {name: next(outputs) for name in names}
    )


@lru_cache(maxsize=1)
def compiled_step(spec: NetworkSpec, m: int, precision: str) -> Callable[..., Any]:
    """Return the step of this network, whose kernels are compiled at its first call."""

    @TinyJit
    def step(*given: Any) -> list[Any]:
        *parameters, x, y = given
        theta = dict(zip(spec.parameter_shapes, parameters, strict=True))
        results = {"A0": x}
        for one in spec.steps:
            a = results[one.input]
            if one.parameters:
                a = a.linear(theta[f"W{one.number}"].T, theta[f"b{one.number}"])
            else:
                a = ACTIVATIONS[one.layer.kind](a, one.layer)
            results[one.output] = a
        J = LOSSES[spec.loss.kind](results[spec.loss_reads], y, spec.loss)
        if spec.lambd:
            squares = sum(theta[W].square().sum() for W in spec.weights)
            J = J + spec.lambd / (2 * m) * squares
        names = differentiated(spec)
        d = J.gradient(*parameters, *(results[name] for name in names))
        n = len(parameters)
        outputs = [*(results[s.output] for s in spec.steps), J, *d[:n], *(m * x for x in d[n:])]
        Tensor.realize(*outputs)
        return outputs

    return step


def to_tensor(array: Array, precision: str) -> Any:
    """Return the array as a tensor of this precision."""
    return Tensor(np.ascontiguousarray(array)).cast(getattr(dtypes, precision)).realize()


def to_numpy(x: Any) -> Array:
    """Return a NumPy array; bfloat16, which NumPy lacks, widens exactly to float32."""
    return (x.float() if x.dtype == dtypes.bfloat16 else x).numpy()
