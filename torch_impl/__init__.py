"""The twin: the same network in torch, with the reference's weights.

    network = Network(spec)                     # an ordinary nn.Module, batch first
    load_params(network, params)                # the reference's parameters, exactly
    trace = run(spec, params, X, Y, device="cuda", dtype="bfloat16")

Training with Lightning is in `torch_impl.lightning` and `torch_impl.data`. Torch is imported when
one of these names is first used: `train.py` prints its first line before that.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ref_numpy.old_names import answer_old_names
from torch_impl.old_names import RENAMED

if TYPE_CHECKING:
    from torch_impl.conventions import get_gradients as get_gradients
    from torch_impl.conventions import get_params as get_params
    from torch_impl.conventions import load_params as load_params
    from torch_impl.own_twins import register as register
    from torch_impl.torch_costs import cost as cost
    from torch_impl.tracing import run as run
    from torch_impl.tracing import trace as trace
    from torch_impl.twin import Network as Network

answer_old_names(RENAMED)

PUBLIC = {
    "Network": "torch_impl.twin",
    "cost": "torch_impl.torch_costs",
    "get_gradients": "torch_impl.conventions",
    "get_params": "torch_impl.conventions",
    "load_params": "torch_impl.conventions",
    "register": "torch_impl.own_twins",
    "run": "torch_impl.tracing",
    "trace": "torch_impl.tracing",
}
__all__ = list(PUBLIC)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    """Import a public name, or a module of one, when it is first used."""
    if name in PUBLIC:
        return getattr(import_module(PUBLIC[name]), name)
    module = f"{__name__}.{name}"
    if module in PUBLIC.values():
        return import_module(module)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
