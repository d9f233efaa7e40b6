"""The trace of a torch network, with the names, shapes and conventions of the reference's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor

from ref_numpy.context import Context
from ref_numpy.graphs.step import next_name
from ref_numpy.inputs import check_inputs, check_labels, check_weights
from ref_numpy.layer import Array
from ref_numpy.network import NetworkSpec
from ref_numpy.trace import Trace
from torch_impl import conventions, torch_costs
from torch_impl.training_messages import input_error
from torch_impl.twin import Network


def run(
    spec: NetworkSpec,
    params: Mapping[str, Array],
    X: Array | Mapping[str, Array],
    Y: Array,
    w: Array | None = None,
    context: Context | None = None,
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
        X: (n_x, m), or each input by name.
        Y: (n_y, m), or whole numbers, (m,) or (m, T).
        w: the weights of the examples, (1, m); None counts each once.
        context: of the run; None is one that does not train.
        device: torch's, by name or itself.
        dtype: torch's, by name or itself; None takes X's.
        autocast: the dtype of mixed precision.
        backend: of torch.compile, such as "inductor".

    Raises:
        InputError: an array does not fit, or the device or dtype is not available.
    """
    taken, m = check_inputs(spec, params, X)
    Y, w = check_labels(spec, Y, taken, m), check_weights(w, taken, m)
    dtype = torch_dtype(taken.name if dtype is None else dtype)
    device = torch_device(device, dtype)
    network = Network(spec).double()
    conventions.load_params(network, params)
    # Rounded first: not every device has float64.
    x = {name: rounded(x, dtype).to(device) for name, x in conventions.to_inputs(spec, X).items()}
    y = rounded(conventions.to_targets(spec, Y), dtype).to(device)
    weights = None if w is None else rounded(conventions.to_weights(w), dtype).to(device)
    mixed = None if autocast is None else torch_dtype(autocast)
    with torch.autocast(device.type, mixed, enabled=mixed is not None):
        network = network.to(dtype).to(device)
        network.set_context(spec.context(m) if context is None else context, m)
        return trace(network, x, y, backend, weights)


def rounded(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    """Return floats in this dtype; whole numbers as they are."""
    return tensor.to(dtype) if is_float(tensor) else tensor


def is_float(tensor: Tensor) -> bool:
    """Return whether a tensor holds floats, which have gradients, and no whole numbers."""
    return tensor.is_floating_point()


def trace(
    network: Network,
    x: Tensor | Mapping[str, Tensor],
    y: Tensor,
    backend: str | None = None,
    w: Tensor | None = None,
) -> Trace:
    """Return the trace of a network on one batch; `grad` and the state are left as they were.

    Hooks record each layer's result and add a zero to it: the zero's gradient is the result's, the
    sum over all its uses, in a compiled graph too, which keeps no gradients of its own.

    Args:
        network: the network.
        x: (m, n_x), or each input by name.
        y: class indices for cross-entropy, (m,) or (m, T), else (m, n_y).
        backend: of torch.compile; None runs the network as it is.
        w: the weights of the examples, (m,); None counts each once.
    """
    spec = network.spec
    inputs = leaves_of({spec.input: x} if isinstance(x, Tensor) else x)
    like = next(each for each in (*inputs.values(), *network.parameters()) if is_float(each))
    with conventions.with_state_kept(network):
        zeros, results = zeros_like_results(network, inputs), {**inputs}

    def keep(name: str, output: Tensor) -> Tensor:
        results[name] = output
        return output + zeros[name]

    before = {name: p.grad for name, p in network.named_parameters()}
    network.zero_grad()
    try:
        with conventions.with_state_kept(network):
            with hooked(network, keep):
                outputs = compiled(network, backend)(*inputs.values())
                J = torch_costs.cost(network, outputs, y, w)
                J.backward()
            state = conventions.get_state(network)
        gradients = conventions.get_gradients(network)
    finally:
        for name, p in network.named_parameters():
            p.grad = before[name]
    results[spec.output] = network.output(outputs)

    tensors = {n: conventions.from_batch(widened(result, like)) for n, result in results.items()}
    tensors |= {next_name(name): x for name, x in state.items()}
    tensors |= {"J": conventions.array(J), **gradients}
    tensors |= {
        f"d{name}": conventions.from_batch_gradient(widened(leaf.grad, like), spec.per_example)
        for name, leaf in {**inputs, **zeros}.items()
        if leaf.grad is not None
    }
    return Trace((name, tensors[name]) for name in spec.trace_shapes(y.shape[0]))


def leaves_of(inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the inputs apart from their graphs; floats are leaves, which get a gradient."""
    return {name: x.detach().requires_grad_(is_float(x)) for name, x in inputs.items()}


def widened(tensor: Tensor, x: Tensor) -> Tensor:
    """Return the halves of mixed precision in the dtype of x, in which m · grad rounds less."""
    mixed = torch.is_autocast_enabled(x.device.type)
    return (
        tensor.to(x.dtype)
        if mixed and is_float(tensor) and tensor.itemsize < x.itemsize
        else tensor
    )


def zeros_like_results(network: Network, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return {"Z1": a leaf of Z1's shape and dtype, …}."""
    zeros: dict[str, Tensor] = {}

    def look(name: str, output: Tensor) -> Tensor:
        zeros[name] = torch.zeros_like(output)
        return output

    with torch.no_grad(), hooked(network, look):
        network(*inputs.values())
    # Before torch 2.7 the casts of autocast stay in its cache, made here without a graph.
    torch.clear_autocast_cache()
    return {name: zero.requires_grad_() for name, zero in zeros.items()}


@contextmanager
def hooked(network: Network, hook: Callable[[str, Tensor], Tensor]) -> Iterator[None]:
    """Pass on hook(name, result) instead of every step's result, within this context.

    The output's is left out where the loss takes it in: its module is not a part of `forward`.
    """

    def hook_for(names: tuple[str, ...]):
        if len(names) == 1:
            return lambda module, inputs, output: hook(names[0], output)
        return lambda module, inputs, outputs: tuple(map(hook, names, outputs))

    handles = [
        network.layers[name].register_forward_hook(hook_for(outputs))
        for name, _, outputs in network.steps
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def compiled(network: Network, backend: str | None) -> Callable[..., Tensor]:
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
