"""Course ↔ torch. Every transposition and every factor m of this package stands in this file.

| | reference (course) | torch |
|---|---|---|
| m examples | X: (n_x, m), A[l]: (n[l], m) | (m, n) |
| labels | Y: (n_y, m), one-hot for classes | (m, n_y), or (m,) class indices |
| weights | W[l]: (n[l], n[l−1]) | the same array: `nn.Linear.weight` |
| bias | b[l]: (n[l], 1) | (n[l],) |
| cost | J = (1/m) Σ_i L(i), L a sum over outputs | criteria average over examples *and* outputs |
| weights of examples | w: (1, m), J = (1/m) Σ_i w(i) L(i) | (m,) |
| gradients of activations | dZ, dA: of L(i), a column an example | `grad`: of J, m times smaller |
| gradients of parameters | dW, db: of J | `grad`, the same |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from ref_numpy import CrossEntropy, Loss
from ref_numpy.layer import Array
from ref_numpy.network import NetworkSpec
from torch_impl import own_twins
from torch_impl.criterion import Criterion
from torch_impl.losses import CRITERIA
from torch_impl.training_messages import input_error
from torch_impl.twin import Network


def cost(network: Network, outputs: Tensor, targets: Tensor, w: Tensor | None = None) -> Tensor:
    """J of the network's outputs: (1/m) Σ_i w(i) L(i) + (λ/2m) Σ_l ‖W[l]‖².

    Args:
        network: whose weights are regularised.
        outputs: (m, n_y), of `network(x)`.
        targets: (m,) class indices for cross-entropy, else (m, n_y).
        w: the weights of the examples, (m,); None counts each once.
    """
    J = mean_loss(network.spec, outputs, targets, w)
    return regularised(network, J, outputs.shape[0]) if network.spec.lambd else J


def regularised(network: Network, J: Tensor, m: int) -> Tensor:
    """J + (λ/2m) Σ_l ‖W[l]‖².

    Args:
        network: whose weights these are.
        J: the cost without regularisation.
        m: the examples of the update.
    """
    spec = network.spec
    if spec.lambd:
        weights = dict(named_parameters(network))
        J = J + spec.lambd / (2 * m) * sum(sum_of_squares(weights[W]) for W in spec.weights)
    return J


def mean_loss(
    spec: NetworkSpec, outputs: Tensor, targets: Tensor, w: Tensor | None = None
) -> Tensor:
    """(1/m) Σ_i w(i) L(i), the cost without regularisation, by which data sets are compared.

    Args:
        spec: the network's description.
        outputs: (m, n_y).
        targets: (m,) class indices for cross-entropy, else (m, n_y).
        w: the weights of the examples, (m,); None counts each once.
    """
    found = criterion_of(spec.loss)
    criterion, factor, options = found.function, found.factor, found.options(spec.loss)
    if w is None:
        mean, n_y = criterion(outputs, targets, **options), outputs.shape[1]
    else:
        each = criterion(outputs, targets, reduction="none", **options)  # (m,) or (m, n_y)
        mean, n_y = (w * (each if each.ndim == 1 else each.sum(dim=1))).mean(), 1
    n = factor(n_y) if factor else 1
    return mean if n == 1 else n * mean


def criterion_of(loss: Loss) -> Criterion:
    """Return the loss's criterion in torch.

    Raises:
        InputError: a user's own loss without a criterion.
    """
    if loss.built_in:
        return CRITERIA[loss.kind]
    if loss.kind in own_twins.LOSSES:
        return own_twins.LOSSES[loss.kind]
    raise input_error("loss.no-twin", name=type(loss).__name__)


def output_losses(loss: Loss, outputs: Tensor, targets: Tensor, w: Tensor | None = None) -> Tensor:
    """(1/m) Σ_i w(i) L_k(i) of each output k, (n_y,), whose sum is J without regularisation.

    Args:
        loss: of values.
        outputs: (m, n_y).
        targets: (m, n_y).
        w: the weights of the examples, (m,); None counts each once.
    """
    criterion = criterion_of(loss)
    each = criterion.function(outputs, targets, reduction="none", **criterion.options(loss))
    mean = (each if w is None else w[:, None] * each).mean(dim=0)
    return mean if criterion.factor is None else criterion.factor(1) * mean


def named_parameters(network: Network) -> Iterator[tuple[str, nn.Parameter]]:
    """Yield (canonical name, torch parameter): ("W1", layers.Z1.weight), and so on."""
    for step in network.spec.steps:
        if step.parameters:
            module = network.layers.get_submodule(step.output)
            yield from zip(step.parameters.values(), module.parameters(), strict=True)


def load_params(network: Network, params: Mapping[str, Array]) -> None:
    """Copy the reference's parameters to the twin: exactly, unless torch's dtype is narrower."""
    with torch.no_grad():
        for name, parameter in named_parameters(network):
            parameter.copy_(torch.from_numpy(params[name].reshape(parameter.shape)))


def get_params(network: Network) -> dict[str, Array]:
    """Return the twin's parameters in the reference's form: exactly (bfloat16 becomes float32)."""
    shapes = network.spec.parameter_shapes
    return {name: array(p).reshape(shapes[name]) for name, p in named_parameters(network)}


def get_gradients(network: Network) -> dict[str, Array]:
    """Return {"dW1": (n[1], n[0]), "db1": (n[1], 1), …} after `cost(…).backward()`."""
    shapes = network.spec.parameter_shapes
    return {
        f"d{name}": array(p.grad).reshape(shapes[name])
        for name, p in named_parameters(network)
        if p.grad is not None
    }


def get_averages(
    network: Network, optimizer: torch.optim.Optimizer, names: Sequence[str]
) -> dict[str, tuple[Array, ...]]:
    """Return each parameter's running averages, in the parameter's shape.

    Args:
        network: the network.
        optimizer: torch's.
        names: of the averages, in torch's state.

    Returns:
        Zeros where there are none, as before the first update.
    """
    return {
        name: tuple(
            array(average).reshape(network.spec.parameter_shapes[name])
            for average in (
                optimizer.state.get(p, {}).get(kind, p.new_zeros(p.shape)) for kind in names
            )
        )
        for name, p in named_parameters(network)
    }


def to_batch(X: Array) -> Tensor:
    """(n_x, m) → (m, n_x)."""
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(X, -1, 0)))


def to_targets(spec: NetworkSpec, Y: Array) -> Tensor:
    """(n_y, m) → (m,) class indices for cross-entropy, (m, n_y) for the other losses."""
    batch = to_batch(Y)
    return batch.argmax(dim=1) if isinstance(spec.loss, CrossEntropy) else batch


def to_weights(w: Array) -> Tensor:
    """(1, m) → (m,)."""
    return to_batch(w)[:, 0]


def from_weights(w: Tensor) -> Array:
    """(m,) → (1, m)."""
    return array(w)[np.newaxis]


def from_targets(spec: NetworkSpec, y: Tensor) -> Array:
    """Invert `to_targets`: one-hot columns again for cross-entropy."""
    if isinstance(spec.loss, CrossEntropy):
        y = nn.functional.one_hot(y, spec.output_shape[0])
    return from_batch(y)


def from_batch(x: Tensor) -> Array:
    """(m, n) → (n, m)."""
    return np.moveaxis(array(x), 0, -1)


def from_batch_gradient(grad: Tensor) -> Array:
    """Convert torch's ∂J/∂a, (m, n) to the reference's dA, (n, m): m times as large."""
    m = grad.shape[0]
    return m * from_batch(grad)  # after bfloat16 is widened, which rounds less


def array(tensor: Tensor) -> Array:
    """Return a NumPy copy; bfloat16, which NumPy lacks, widens exactly to float32."""
    tensor = whole(tensor.detach()).cpu()
    return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy().copy()


def sum_of_squares(W: Tensor) -> Tensor:
    """‖W‖²; of a weight that is sharded, each process differentiates its own share."""
    local = getattr(W, "to_local", None)
    if local is None:
        return W.square().sum()
    own = local().square().sum()
    others = whole(W.detach().square().sum()) - own.detach()
    return own + others


def whole(tensor: Tensor) -> Tensor:
    """Return a tensor that is sharded among processes as a whole; any other tensor itself.

    All processes must call it together.
    """
    # Of a DTensor, whose module takes half a second to import.
    together = getattr(tensor, "full_tensor", None)
    return tensor if together is None else together()
