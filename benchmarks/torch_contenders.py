"""Make the training steps of torch: written by hand, of the twin, and of the compiled twin."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn

from benchmarks.contenders import Params, Running, params_from_rows, sizes, weights_by_layer
from ref_numpy import Array, CrossEntropy, GradientDescent, NetworkSpec
from torch_impl import Network, conventions, torch_costs, torch_optimisers


def plain(
    spec: NetworkSpec, params: Params, X: Array, Y: Array, alpha: float, device: str = "cpu"
) -> Running:
    """Make the step of torch.nn and torch.optim, written by hand."""
    modules: list[nn.Module] = []
    for n_prev, n in pairwise(sizes(spec)):
        modules += [nn.Linear(n_prev, n), nn.ReLU()]
    network = nn.Sequential(*modules[:-1])
    criterion = (
        nn.CrossEntropyLoss() if isinstance(spec.loss, CrossEntropy) else nn.BCEWithLogitsLoss()
    )
    x, y = batch(spec, X, Y, device)
    network = network.to(device, x.dtype)
    linear = [module for module in network if isinstance(module, nn.Linear)]
    with torch.no_grad():
        for module, (W, b) in zip(linear, weights_by_layer(params), strict=True):
            module.weight.copy_(torch.from_numpy(W))
            module.bias.copy_(torch.from_numpy(b[:, 0]))
    optimizer = torch.optim.SGD(network.parameters(), lr=alpha)

    def step() -> None:
        optimizer.zero_grad()
        criterion(network(x), y).backward()
        optimizer.step()

    return Running(
        finished(step, device),
        lambda: params_from_rows((array(la.weight.T), array(la.bias)) for la in linear),
    )


def eager(
    spec: NetworkSpec, params: Params, X: Array, Y: Array, alpha: float, device: str = "cpu"
) -> Running:
    """Make the step of the twin as `train.py` trains it, without Lightning."""
    return twin(spec, params, X, Y, alpha, device, compiled=False)


def compiled(
    spec: NetworkSpec, params: Params, X: Array, Y: Array, alpha: float, device: str = "cpu"
) -> Running:
    """Make the same step with `--model.compile inductor`."""
    return twin(spec, params, X, Y, alpha, device, compiled=True)


def twin(
    spec: NetworkSpec,
    params: Params,
    X: Array,
    Y: Array,
    alpha: float,
    device: str,
    compiled: bool,
) -> Running:
    """Make a step of the twin, eager or compiled."""
    x, y = batch(spec, X, Y, device)
    network = Network(spec).to(device, x.dtype)
    conventions.load_params(network, params)
    optimizer = torch_optimisers.build(GradientDescent(alpha), network.parameters())
    if compiled:
        torch.compiler.reset()  # torch stops compiling, silently, after eight networks
        network.compile(backend="inductor", fullgraph=True)

    def step() -> None:
        optimizer.zero_grad()
        torch_costs.cost(network, network(x), y).backward()
        optimizer.step()

    return Running(finished(step, device), lambda: conventions.get_params(network))


def batch(spec: NetworkSpec, X: Array, Y: Array, device: str) -> tuple[Tensor, Tensor]:
    """Return the examples and labels as torch takes them."""
    return conventions.to_batch(X).to(device), conventions.to_targets(spec, Y).to(device)


def finished(step: Callable[[], None], device: str) -> Callable[[], None]:
    """Return a step that ends when the device has finished it."""
    if torch.device(device).type != "cuda":
        return step

    def waiting() -> None:
        step()
        torch.cuda.synchronize()

    return waiting


def array(tensor: Tensor) -> Array:
    """Return the tensor as a NumPy array."""
    return tensor.detach().cpu().numpy()
