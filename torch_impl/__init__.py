"""The twin: the same network in torch, with the reference's weights.

    network = Network(spec)                     # an ordinary nn.Module, batch first
    load_params(network, params)                # the reference's parameters, exactly
    trace = run(spec, params, X, Y, device="cuda", dtype="bfloat16")

Training with Lightning is in `torch_impl.lightning.module` and `torch_impl.data`.
"""

from torch_impl.conventions import cost, get_gradients, get_params, load_params
from torch_impl.tracing import run, trace
from torch_impl.twin import Network

__all__ = ["Network", "cost", "get_gradients", "get_params", "load_params", "run", "trace"]
