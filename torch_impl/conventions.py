"""Course ↔ torch. Every transposition of this package stands in this file.

Every factor m does, too, but for those of the cost, which are in `torch_costs`.

| | reference (course) | torch |
|---|---|---|
| m examples | X: (n_x, m), A[l]: (n[l], m) | (m, n) |
| with T positions | (n, m, T) | (m, T, n) |
| images | (n_C, m, H, W) | (m, n_C, H, W) |
| their pixels as a source has them | (n_x, m) | (m, n_x) |
| whole numbers, such as tokens | (m,), (m, T) | the same, int64 |
| labels | Y: (n_y, m), one-hot for classes | (m, n_y), or (m,) class indices |
| labels that are whole numbers | (m,), (m, T) | the same, int64 |
| weights | W[l]: (n[l], n[l−1]) | the same array: `nn.Linear.weight` |
| bias | b[l]: (n[l], 1) | (n[l],) |
| state, such as running statistics | (n, 1), beside the parameters | (n,), buffers |
| a parameter that a twin calls TRANSPOSED | E: (n, V) | (V, n) |
| cost | J = (1/m) Σ_i L(i), L a sum over outputs | criteria average over examples *and* outputs |
| labels that do not count | J = Σ L / N, where N count | reduction="sum", divided by N |
| weights of examples | w: (1, m), J = (1/m) Σ_i w(i) L(i) | (m,) |
| gradients of activations | dZ, dA: of L(i), a column an example | `grad`: of J, m times smaller |
| the same in a graph | of J | `grad`, the same |
| gradients of parameters | dW, db: of J | `grad`, the same |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from ref_numpy.data.image_layout import ImageLayout
from ref_numpy.inputs import named_inputs
from ref_numpy.layer import Array
from ref_numpy.network import NetworkSpec
from torch_impl.twin import Network


def named_parameters(network: Network) -> Iterator[tuple[str, nn.Parameter]]:
    """Yield (canonical name, torch parameter): ("W1", layers.Z1.weight), and so on.

    A parameter that several steps share comes once.
    """
    known: set[str] = set()
    for step in network.spec.steps:
        for name, parameter in network.named_parameters_of(step):
            if name not in known:
                yield name, parameter
            known.add(name)


def named_state(network: Network) -> Iterator[tuple[str, Tensor]]:
    """Yield (canonical name, torch buffer): ("norm.mean", layers.norm.running_mean), and so on."""
    for step in network.spec.steps_with_state:
        yield from network.named_state_of(step)


@contextmanager
def with_state_kept(network: Network) -> Iterator[None]:
    """Set the buffers back to what they are now, after what is computed within this context."""
    before = [(buffer, buffer.clone()) for buffer in network.buffers()]
    try:
        yield
    finally:
        with torch.no_grad():
            for buffer, value in before:
                buffer.copy_(value)


def load_params(network: Network, params: Mapping[str, Array]) -> None:
    """Copy parameters and state to the twin: exactly, unless torch's dtype is narrower."""
    with torch.no_grad():
        for name, buffer in named_state(network):
            buffer.copy_(torch.from_numpy(params[name].reshape(buffer.shape)))
        for name, parameter in named_parameters(network):
            theirs = params[name].T if name in network.transposed else params[name]
            parameter.copy_(torch.from_numpy(theirs.reshape(parameter.shape)))


def get_params(network: Network) -> dict[str, Array]:
    """Return parameters and state in the reference's form: exactly (bfloat16 becomes float32)."""
    params = {name: from_parameter(network, name, p) for name, p in named_parameters(network)}
    return params | get_state(network)


def get_state(network: Network) -> dict[str, Array]:
    """Return the twin's state in the reference's form."""
    shapes = network.spec.state_shapes
    return {name: array(buffer).reshape(shapes[name]) for name, buffer in named_state(network)}


def get_gradients(network: Network) -> dict[str, Array]:
    """Return {"dW1": (n[1], n[0]), "db1": (n[1], 1), …} after `cost(…).backward()`."""
    return {
        f"d{name}": from_parameter(network, name, p.grad)
        for name, p in named_parameters(network)
        if p.grad is not None
    }


def from_parameter(network: Network, name: str, tensor: Tensor) -> Array:
    """Return a parameter, or its gradient, in the reference's form.

    Args:
        network: the network.
        name: the parameter's canonical name.
        tensor: it, or a tensor of its shape.
    """
    theirs = array(tensor).T if name in network.transposed else array(tensor)
    return theirs.reshape(network.spec.parameter_shapes[name])


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
            from_parameter(network, name, average)
            for average in (
                optimizer.state.get(p, {}).get(kind, p.new_zeros(p.shape)) for kind in names
            )
        )
        for name, p in named_parameters(network)
    }


def to_batch(X: Array) -> Tensor:
    """(n, m) → (m, n);  (n, m, T) → (m, T, n);  (n_C, m, H, W) → (m, n_C, H, W).

    Whole numbers, such as tokens, have no axis of features: (m, T) → (m, T).
    """
    if X.dtype.kind in "iu":
        return torch.from_numpy(X.astype(np.int64))
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(X, 0, features_axis(X.ndim))))


def to_images(x: Tensor, layout: ImageLayout | None) -> Tensor:
    """(m, n_x) → (m, n_C, H, W); of a network that takes columns, whose layout is None, x itself.

    It is a view where the source has a pixel's channels apart from each other.
    """
    if layout is None:
        return x
    n_C, H, W = layout.image
    if layout.channels_last:
        return x.reshape(x.shape[0], H, W, n_C).permute(0, 3, 1, 2).contiguous()
    return x.reshape(x.shape[0], n_C, H, W)


def from_images(x: Tensor, layout: ImageLayout | None) -> Tensor:
    """(m, n_C, H, W) → (m, n_x): invert `to_images`."""
    if layout is None:
        return x
    return (x.permute(0, 2, 3, 1) if layout.channels_last else x).flatten(1)


def to_inputs(spec: NetworkSpec, X: Array | Mapping[str, Array]) -> dict[str, Tensor]:
    """Return each input of the network by name, as batches."""
    return {name: to_batch(x) for name, x in named_inputs(spec, X).items()}


def features_axis(rank: int) -> int:
    """Return torch's axis of the features: the last one, and of images the one of the channels."""
    return 1 if rank > 3 else rank - 1


def to_targets(spec: NetworkSpec, Y: Array) -> Tensor:
    """(n_y, m) → (m,) class indices of one-hot labels, (m, n_y) for the other losses.

    Whole numbers stay as they are, (m,) or (m, T).
    """
    if spec.loss.whole_labels:
        return to_batch(Y)
    batch = torch.from_numpy(np.ascontiguousarray(Y.T))
    return batch.argmax(dim=1) if spec.loss.one_class else batch


def to_weights(w: Array) -> Tensor:
    """(1, m) → (m,)."""
    return to_batch(w)[:, 0]


def from_weights(w: Tensor) -> Array:
    """(m,) → (1, m)."""
    return array(w)[np.newaxis]


def from_targets(spec: NetworkSpec, y: Tensor) -> Array:
    """Invert `to_targets`: one-hot columns again from class indices."""
    if spec.loss.whole_labels:
        return array(y)
    if spec.loss.one_class:
        y = nn.functional.one_hot(y, spec.output_shape[0])
    return array(y).T


def from_batch(x: Tensor) -> Array:
    """(m, n) → (n, m), and as `to_batch` those of other ranks."""
    if not x.is_floating_point():
        return array(x)
    return np.moveaxis(array(x), features_axis(x.ndim), 0)


def from_batch_gradient(grad: Tensor, per_example: bool = True) -> Array:
    """Convert torch's ∂J/∂a, (m, n) to the reference's dA, (n, m).

    Args:
        grad: torch's.
        per_example: whether the reference's is of m J, m times as large, as in the course's
            networks; in a graph it is of J.
    """
    m = grad.shape[0] if per_example else 1
    return m * from_batch(grad)  # after bfloat16 is widened, which rounds less


def array(tensor: Tensor) -> Array:
    """Return a NumPy copy; bfloat16, which NumPy lacks, widens exactly to float32."""
    tensor = whole(tensor.detach()).cpu()
    return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy().copy()


def whole(tensor: Tensor) -> Tensor:
    """Return a tensor that is sharded among processes as a whole; any other tensor itself.

    All processes must call it together.
    """
    # Of a DTensor, whose module takes half a second to import.
    together = getattr(tensor, "full_tensor", None)
    return tensor if together is None else together()
