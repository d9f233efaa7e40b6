"""The counterpart in torch.optim of each optimiser's description."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.optim.lr_scheduler import LambdaLR

from ref_numpy.optimisers import Adam, Cosine, GradientDescent, Momentum, Optimiser, RMSProp
from torch_impl.training_messages import input_error

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


# Those with a kernel that makes the whole update: 7 passes over memory instead of Adam's 18.
FUSED = (GradientDescent, Momentum, Adam)


def build(
    optimiser: Optimiser, parameters: Iterable[Any], fused: bool = False
) -> torch.optim.Optimizer:
    """Return torch's optimiser with the description's hyper-parameters.

    Args:
        optimiser: the description.
        parameters: of a module.
        fused: make an update in one kernel, where there is such a one.

    Raises:
        InputError: a user's own optimiser without a twin.
    """
    name = type(optimiser).__name__
    if type(optimiser) not in TWINS:
        raise input_error("optimiser.no-twin", name=name)
    both: dict[str, Any] = {"lr": optimiser.learning_rate, "weight_decay": optimiser.weight_decay}
    if fused and type(optimiser) in FUSED:
        both["fused"] = True
    return TWINS[type(optimiser)](optimiser, parameters, **both)


class CosineRate:
    """The factor of the rate for LambdaLR, whose state has its numbers.

    Args:
        schedule: the description.
    """

    def __init__(self, schedule: Cosine) -> None:
        self.n, self.w, self.r = schedule.updates, schedule.warmup, schedule.final

    def __call__(self, t: int) -> float:
        """Return the factor after t updates."""
        if t < self.w:
            return (t + 1) / (self.w + 1)
        if t >= self.n:
            return self.r
        angle = math.pi * ((t - self.w) / (self.n - self.w))
        return self.r + (1 - self.r) * (1 + math.cos(angle)) / 2


def rate_schedule(schedule: Cosine, optimiser: torch.optim.Optimizer) -> LambdaLR:
    """Return torch's schedule of the description, which is stepped after each update."""
    return LambdaLR(optimiser, CosineRate(schedule))


def check_same(state: dict[str, Any], configured: Any) -> None:
    """Compare a saved state's optimiser with the one that is configured.

    Args:
        state: of a checkpoint.
        configured: the result of `configure_optimizers`.

    Raises:
        InputError: their options have other names: they are of different classes.
    """
    configured = first_of(configured)
    theirs, ours = ({*options["param_groups"][0]} for options in (state, configured.state_dict()))
    if theirs - {"initial_lr"} != ours - {"initial_lr"}:
        others = ", ".join(sorted(theirs - ours))
        name = type(configured).__name__
        raise input_error("checkpoint.other-optimiser", options=others, ours=name)


def take_kernels(state: dict[str, Any], configured: Any) -> None:
    """Let a saved state be continued in the kernels of the optimiser that is configured.

    They are no part of a training: a GPU's is continued on a CPU, and the other way round.

    Args:
        state: of a checkpoint.
        configured: the result of `configure_optimizers`.
    """
    ours = first_of(configured).param_groups[0]
    for group in state["param_groups"]:
        if "fused" in group:
            group["fused"] = ours["fused"]


def first_of(configured: Any) -> torch.optim.Optimizer:
    """Return the first optimiser of what `configure_optimizers` returns."""
    if isinstance(configured, dict):
        configured = configured["optimizer"]
    while isinstance(configured, (list, tuple)):
        configured = configured[0]
    return configured
