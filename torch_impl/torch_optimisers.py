"""The torch.optim twin of each optimiser's description."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch

from ref_numpy.errors import InputError
from ref_numpy.optimisers import Adam, GradientDescent, Momentum, Optimiser, RMSProp

TWINS: dict[type[Optimiser], Callable[..., torch.optim.Optimizer]] = {
    GradientDescent: lambda o, p, **both: torch.optim.SGD(p, **both),
    Momentum: lambda o, p, **both: torch.optim.SGD(p, momentum=o.beta, **both),
    RMSProp: lambda o, p, **both: torch.optim.RMSprop(p, alpha=o.beta, eps=o.epsilon, **both),
    Adam: lambda o, p, **both: torch.optim.Adam(p, betas=(o.beta1, o.beta2), eps=o.epsilon, **both),
}

# Under which names torch keeps the running averages, in the order of the reference's.
AVERAGES: dict[type[Optimiser], tuple[str, ...]] = {
    GradientDescent: (),
    Momentum: ("momentum_buffer",),
    RMSProp: ("square_avg",),
    Adam: ("exp_avg", "exp_avg_sq"),
}


def build(optimiser: Optimiser, parameters: Iterable[Any]) -> torch.optim.Optimizer:
    """torch's optimiser with the description's hyper-parameters, over a module's parameters.

    Raises:
        InputError: people have added the optimiser, and no twin.
    """
    name = type(optimiser).__name__
    if type(optimiser) not in TWINS:
        raise InputError(
            f"{name} has no twin in torch; write one, and add it: "
            f"torch_impl.torch_optimisers.TWINS[{name}] = lambda optimiser, parameters, lr, "
            f"weight_decay: ….",
            code="optimiser.no-twin",
        )
    both = {"lr": optimiser.learning_rate, "weight_decay": optimiser.weight_decay}
    return TWINS[type(optimiser)](optimiser, parameters, **both)


def check_same(state: dict[str, Any], configured: Any) -> None:
    """Raises InputError where the state is that of another class of optimiser: their options have
    other names."""
    if isinstance(configured, dict):
        configured = configured["optimizer"]
    while isinstance(configured, (list, tuple)):
        configured = configured[0]
    theirs, ours = ({*options["param_groups"][0]} for options in (state, configured.state_dict()))
    if theirs - {"initial_lr"} != ours - {"initial_lr"}:
        raise InputError(
            f"the checkpoint's optimiser has the options {', '.join(sorted(theirs - ours))}, which "
            f"{type(configured).__name__} has not; go on with the same optimiser."
        )
