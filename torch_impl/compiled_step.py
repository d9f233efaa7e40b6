"""Outputs and cost of a training step: as one function, which torch.compile takes as one graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from torch_impl import torch_costs
from torch_impl.tracing import check_backend
from torch_impl.twin import Network

Costs = Callable[..., tuple[Tensor, Tensor, Tensor]]  # of network, x, y, m and perhaps w, N
CUDA_GRAPHS = "reduce-overhead"  # a mode of inductor's, which --model.compile takes for a backend


def outputs_and_costs(
    network: Network,
    x: Tensor,
    y: Tensor,
    m: float | None,
    w: Tensor | None = None,
    N: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the network's outputs, the cost without regularisation, and J.

    Args:
        network: the network.
        x: (m, n_x).
        y: the targets.
        m: the examples of the update, of which λ/m has one part; None leaves λ out.
        w: the weights of the examples, (m,); None counts each once.
        N: the divisor of a loss that does not count examples; None takes this batch's.
    """
    outputs = network(x)
    cost = torch_costs.mean_loss(network.spec, outputs, y, w, N)
    J = cost if m is None else torch_costs.regularised(network, cost, m)
    return outputs, cost, J


def compiled(backend: str) -> Costs:
    """Return `outputs_and_costs` by a backend of torch.compile: one graph with its gradients.

    Regularisation and the loss are passes over memory that a compiler joins with others. Every size
    of a batch has a graph of its own: one for any size rounds otherwise, and a resumed run, which
    may see the sizes in another order, would end with other weights.

    Raises:
        InputError: the backend is unknown.
    """
    graphs = backend == CUDA_GRAPHS
    if not graphs:
        check_backend(backend)
    torch.compiler.reset()  # torch stops compiling, silently, after eight networks
    chosen: dict[str, Any] = {"mode": backend} if graphs else {"backend": backend}
    made = torch.compile(outputs_and_costs, fullgraph=True, dynamic=False, **chosen)
    return copied(made) if graphs else made


def copied(made: Costs) -> Costs:
    """Return a function whose results stay: a CUDA graph writes into the same memory every time."""

    def costs(*batch: Any, **divisor: Any) -> tuple[Tensor, Tensor, Tensor]:
        torch.compiler.cudagraph_mark_step_begin()
        outputs, cost, J = made(*batch, **divisor)
        return outputs.detach().clone(), cost.detach().clone(), J

    return costs
