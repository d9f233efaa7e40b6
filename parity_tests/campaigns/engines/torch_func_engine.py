"""torch.func: `torch.func.grad_and_value` of a function of the parameters, examples in rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from parity_tests.adapters.torch_twin import arithmetic, mode_of
from parity_tests.campaigns.engines.example_rows import to_rows, trace_from_rows, zeros_for
from ref_numpy import Array, NetworkSpec

Tensors = dict[str, Tensor]

ACTIVATIONS: dict[str, Callable[[Any, Any], Tensor]] = {
    "identity": lambda z, layer: z,
    "sigmoid": lambda z, layer: torch.sigmoid(z),
    "tanh": lambda z, layer: torch.tanh(z),
    "relu": lambda z, layer: F.relu(z),
    "leaky_relu": lambda z, layer: F.leaky_relu(z, layer.slope),
    "softmax": lambda z, layer: F.softmax(z, dim=1),
    "silu": lambda z, layer: F.silu(z),
    "softplus": lambda z, layer: F.softplus(z),
    "elu": lambda z, layer: F.elu(z, layer.alpha),
    "gelu": lambda z, layer: F.gelu(z),
    "gelu_tanh": lambda z, layer: F.gelu(z, approximate="tanh"),
}

LOSSES: dict[str, Callable[[Any, Any, Any], Tensor]] = {
    "binary_cross_entropy": lambda z, y, loss: (
        y.shape[1] * F.binary_cross_entropy_with_logits(z, y.to(z.dtype))
    ),
    "cross_entropy": lambda z, y, loss: F.cross_entropy(z, y.argmax(dim=1)),
    "squared_error": lambda a, y, loss: y.shape[1] / 2 * F.mse_loss(a, y.to(a.dtype)),
    "absolute_error": lambda a, y, loss: y.shape[1] * F.l1_loss(a, y.to(a.dtype)),
    "huber": lambda a, y, loss: y.shape[1] * F.huber_loss(a, y.to(a.dtype), delta=loss.delta),
    "hinge": lambda a, y, loss: F.relu(1 - torch.where(y > 0, a, -a)).sum(dim=1).mean(),
}


def run(
    spec: NetworkSpec, params: Mapping[str, Array], X: Array, Y: Array, precision: str,
    device: str = "cpu",
) -> dict[str, Array]:  # fmt: skip
    """Return the trace of one step."""
    return run_step(partial(train_step, spec), spec, params, X, Y, precision, device)


def run_step(
    step: Callable[..., Any], spec: NetworkSpec, params: Mapping[str, Array], X: Array, Y: Array,
    precision: str, device: str,
) -> dict[str, Array]:  # fmt: skip
    """Return the trace of a step, (theta, zeros, x, y) → results, J, gradients, d_results."""
    mode = mode_of(precision)
    dtype, mixed = getattr(torch, mode["dtype"]), mode.get("autocast")

    def tensor(array: Array) -> Tensor:
        return torch.tensor(array, dtype=dtype, device=device)

    theta, x, y = to_rows(params, X, Y)
    arrays = theta, zeros_for(spec, len(x), X.dtype)
    given = ({name: tensor(a) for name, a in each.items()} for each in arrays)
    autocast = torch.autocast(
        torch.device(device).type, getattr(torch, mixed) if mixed else None, enabled=bool(mixed)
    )
    with arithmetic(tf32=precision == "tf32"), autocast:
        return trace_from_rows(
            *step(*given, tensor(x), tensor(y)), to_numpy=partial(to_numpy, dtype=dtype)
        )


def train_step(
    spec: NetworkSpec, theta: Tensors, zeros: Tensors, x: Tensor, y: Tensor
) -> tuple[Tensors, Tensor, Tensors, Tensors]:
    """Return A0, Z1, …; J; the gradients of the parameters; those of each result."""
    differentiate = torch.func.grad_and_value(partial(cost, spec), argnums=(0, 1), has_aux=True)
    (gradients, d_zeros), (J, results) = differentiate(theta, zeros, x, y)
    return results, J, gradients, {name: len(x) * d for name, d in d_zeros.items()}


def cost(
    spec: NetworkSpec, theta: Tensors, zeros: Tensors, x: Tensor, y: Tensor
) -> tuple[Tensor, Tensors]:
    """Return J, and A0, Z1, A1, …."""
    results = {"A0": x + zeros["A0"]}
    for step in spec.steps:
        a = results[step.input]
        if step.parameters:
            a = F.linear(a, theta[f"W{step.number}"], theta[f"b{step.number}"])
        else:
            a = ACTIVATIONS[step.layer.kind](a, step.layer)
        if step.output in zeros:
            a = a + zeros[step.output].to(a.dtype)  # which is narrower under autocast
        results[step.output] = a
    J = LOSSES[spec.loss.kind](results[spec.loss_reads], y, spec.loss)
    if spec.lambd:
        squares = sum(theta[W].square().sum() for W in spec.weights)
        J = J + spec.lambd / (2 * len(x)) * squares
    return J, results


def to_numpy(x: Tensor, dtype: torch.dtype) -> Array:
    """Return a NumPy array of this dtype; bfloat16, which NumPy lacks, widens to float32.

    So do the halves of autocast, where the network's dtype is float32; all of this is exact.
    """
    return x.detach().cpu().to(torch.float32 if dtype == torch.bfloat16 else dtype).numpy()
