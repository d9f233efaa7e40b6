"""A module with an optimiser, and a schedule of its learning rate by the number of updates."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from ref_numpy.optimisers import Cosine, Optimiser
from torch_impl import torch_optimisers
from torch_impl.lightning.lr_schedules import number_of_updates
from torch_impl.lightning.module_epochs import EpochModule
from torch_impl.lightning.private_api import trainer_of


class ScheduledModule(EpochModule):
    """A module that configures torch's optimiser of a description.

    Attributes:
        optimiser: the description, without a schedule.
        schedule: over one update, until the number of updates is known; None where there is none.
    """

    optimiser: Optimiser
    schedule: Cosine | None

    def optimiser_over(self, updates: int) -> Optimiser:
        """Return the optimiser's description, with its schedule over so many updates."""
        if self.schedule is None:
            return self.optimiser
        return replace(self.optimiser, schedule=replace(self.schedule, updates=updates))

    def configure_optimizers(self) -> Any:
        """Return torch's optimiser, and its schedule, if there is one, after each update."""
        optimiser, trainer = self.torch_optimiser(), trainer_of(self)
        if self.schedule is None or trainer is None:
            return optimiser
        over = replace(self.schedule, updates=number_of_updates(trainer, self.data))
        schedule = torch_optimisers.rate_schedule(over, optimiser)
        return {
            "optimizer": optimiser,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    def torch_optimiser(self) -> torch.optim.Optimizer:
        """Return torch's optimiser of the description, on CUDA with one kernel for an update.

        Not where gradients are clipped: at mixed precision Lightning takes it that such a kernel
        has yet to unscale them.
        """
        trainer = trainer_of(self)
        device = self.device if trainer is None else trainer.strategy.root_device
        fused = device.type == "cuda" and not getattr(trainer, "gradient_clip_val", None)
        return torch_optimisers.build(self.optimiser, self.parameters(), fused)

    def configured(self) -> Any:
        """Return the optimisers, before there are batches for a schedule to be counted in."""
        return self.configure_optimizers() if self.schedule is None else self.torch_optimiser()
