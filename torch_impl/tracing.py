"""The trace of a torch network, with the names, shapes and conventions of the reference's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor

from ref_numpy.inputs import check_inputs, check_labels, check_weights
from ref_numpy.layer import Array
from ref_numpy.network import NetworkSpec
from ref_numpy.trace import Trace
from torch_impl import conventions
from torch_impl.training_messages import input_error
from torch_impl.twin import Network


def run(
    spec: NetworkSpec,
    params: Mapping[str, Array],
    X: Array,
    Y: Array,
    w: Array | None = None,
    *,
    device: str | torch.device = "cpu",
    dtype: str | torch.dtype | None = None,
    autocast: str | torch.dtype | None = None,
    backend: str | None = None,
) -> Trace:
    """Compute forward, cost and backward by torch: every tensor that `ref_numpy.run` returns.

    Args:
        spec: the network's description.
        params: its parameters, by name.
        X: (n_x, m).
        Y: (n_y, m).
        w: the weights of the examples, (1, m); None counts each once.
        device: torch's, by name or itself.
        dtype: torch's, by name or itself; None takes X's.
        autocast: the dtype of mixed precision.
        backend: of torch.compile, such as "inductor".

    Raises:
        InputError: an array does not fit, or the device or dtype is not available.
    """
    taken, m = check_inputs(spec, params, X)
    Y, w = check_labels(spec, Y, taken, m), check_weights(w, taken, m)
    dtype = torch_dtype(X.dtype.name if dtype is None else dtype)
    device = torch_device(device, dtype)
    network = Network(spec).double()
    conventions.load_params(network, params)
    # Rounded first: not every device has float64.
    x, y = conventions.to_batch(X).to(dtype), conventions.to_targets(spec, Y)
    y = y.to(dtype) if y.is_floating_point() else y
    weights = None if w is None else conventions.to_weights(w).to(dtype).to(device)
    mixed = None if autocast is None else torch_dtype(autocast)
    with torch.autocast(device.type, mixed, enabled=mixed is not None):
        network = network.to(dtype).to(device)
        return trace(network, x.to(device), y.to(device), backend, weights)


def trace(
    network: Network, x: Tensor, y: Tensor, backend: str | None = None, w: Tensor | None = None
) -> Trace:
    """Return the trace of a network on one batch; `grad` is left as it was.

    Hooks record each layer's result and add a zero to it: the zero's gradient is the result's, in a
    compiled graph too, which keeps no gradients of its own.

    Args:
        network: the network.
        x: (m, n_x).
        y: (m,) class indices for cross-entropy, else (m, n_y).
        backend: of torch.compile; None runs the network as it is.
        w: the weights of the examples, (m,); None counts each once.
    """
    A0 = x.detach().requires_grad_()
    zeros, results = zeros_like_results(network, x), {"A0": A0}

    def keep(name: str, output: Tensor) -> Tensor:
        results[name] = output
        return output + zeros[name]

    before = {name: p.grad for name, p in network.named_parameters()}
    network.zero_grad()
    try:
        with hooked(network, keep):
            outputs = compiled(network, backend)(A0)
            J = conventions.cost(network, outputs, y, w)
            J.backward()
        gradients = conventions.get_gradients(network)
    finally:
        for name, p in network.named_parameters():
            p.grad = before[name]
    results[network.spec.output] = network.output(outputs)

    tensors = {n: conventions.from_batch(widened(result, x)) for n, result in results.items()}
    tensors |= {"J": conventions.array(J), **gradients}
    tensors |= {
        f"d{name}": conventions.from_batch_gradient(widened(leaf.grad, x))
        for name, leaf in {"A0": A0, **zeros}.items()
        if leaf.grad is not None
    }
    return Trace((name, tensors[name]) for name in network.spec.trace_shapes(x.shape[0]))


def widened(tensor: Tensor, x: Tensor) -> Tensor:
    """Return the halves of mixed precision in the dtype of x, in which m · grad rounds less."""
    mixed = torch.is_autocast_enabled(x.device.type)
    return tensor.to(x.dtype) if mixed and tensor.itemsize < x.itemsize else tensor


def zeros_like_results(network: Network, x: Tensor) -> dict[str, Tensor]:
    """Return {"Z1": a leaf of Z1's shape and dtype, …}."""
    zeros: dict[str, Tensor] = {}

    def look(name: str, output: Tensor) -> None:
        zeros[name] = torch.zeros_like(output)

    with torch.no_grad(), hooked(network, look):
        network(x)
    # Before torch 2.7 the casts of autocast stay in its cache, made here without a graph.
    torch.clear_autocast_cache()
    return {name: zero.requires_grad_() for name, zero in zeros.items()}


@contextmanager
def hooked(network: Network, hook: Callable[[str, Tensor], Tensor | None]) -> Iterator[None]:
    """Call hook(name, result) for every layer's result, within this context."""

    def hook_for(name: str):
        return lambda module, inputs, output: hook(name, output)

    handles = [
        layer.register_forward_hook(hook_for(name))
        for name, layer in network.layers.named_children()
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def compiled(network: Network, backend: str | None) -> Callable[[Tensor], Tensor]:
    """Return the network itself, or torch.compile of the whole of it.

    Raises:
        InputError: the backend is unknown.
    """
    if backend is None:
        return network
    check_backend(backend)
    torch.compiler.reset()  # torch stops compiling, silently, after eight networks
    return torch.compile(network, backend=backend, fullgraph=True)


def check_backend(backend: str) -> None:
    """Raise InputError for a backend that torch.compile does not know."""
    if backend not in (known := torch.compiler.list_backends(())):
        raise input_error("option.backend", backend=backend, known=", ".join(known))


def torch_dtype(name: str | torch.dtype) -> torch.dtype:
    """Return a float dtype of torch by its name.

    Raises:
        InputError: there is none.
    """
    dtype = name if isinstance(name, torch.dtype) else getattr(torch, name, None)
    if not isinstance(dtype, torch.dtype) or not dtype.is_floating_point:
        raise input_error("option.dtype", dtype=name)
    return dtype


def torch_device(name: str | torch.device, dtype: torch.dtype | None = None) -> torch.device:
    """Return a device of this machine by its name, that has a dtype.

    Raises:
        InputError: it cannot be used.
    """
    try:
        device = torch.device(name)
        torch.empty(0, device=device, dtype=dtype)
    except (RuntimeError, AssertionError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise input_error("option.device", device=str(name), error=reason) from error
    return device
