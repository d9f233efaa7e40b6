"""The torch.optim twin of each optimiser's description."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch

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
    """torch's optimiser with the description's hyper-parameters, over a module's parameters."""
    both = {"lr": optimiser.learning_rate, "weight_decay": optimiser.weight_decay}
    return TWINS[type(optimiser)](optimiser, parameters, **both)
