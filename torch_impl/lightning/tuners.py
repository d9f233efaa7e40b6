"""Lightning's callbacks that choose an option before the training: used or refused."""

from __future__ import annotations

from typing import Any

import lightning as L
from lightning.pytorch.callbacks import BatchSizeFinder, LearningRateFinder

from torch_impl.data.datamodule import Data
from torch_impl.lightning.private_api import training_steps_wanted
from torch_impl.training_messages import input_error


def check_tuners(trainer: L.Trainer, data: Data, resumed: bool, scheduled: bool) -> None:
    """Refuse a callback that would choose nothing, or something that is lost afterwards.

    Args:
        trainer: with its callbacks, before a fit.
        data: of the fit.
        resumed: from a checkpoint, whose training state Lightning would forget.
        scheduled: by a schedule, which keeps the learning rate that it began with.

    Raises:
        InputError: there is one.
    """
    callbacks: Any = trainer.callbacks  # pyright: ignore[reportAttributeAccessIssue]
    for callback in callbacks:
        if isinstance(callback, BatchSizeFinder):
            raise input_error("tuner.batch-size")
        if isinstance(callback, LearningRateFinder):
            wanted, updates = training_steps_wanted(callback), updates_of(trainer, data)
            reasons = {
                "in a resumed training, whose learning rate is the checkpoint's": resumed,
                "beside --lr_scheduler, which keeps the rate that it began with": scheduled,
                f"with --data.batches_per_step {data.batches_per_step}, where Lightning sees no "
                "cost": data.batches_per_step > 1,
                f"in a training of {updates} updates, since it tries {wanted}": updates < wanted,
            }
            for reason in (reason for reason, holds in reasons.items() if holds):
                raise input_error("tuner.learning-rate", reason=reason)


def updates_of(trainer: L.Trainer, data: Data) -> float:
    """Return how many updates the training has at most."""
    data.setup("fit")
    epochs = trainer.max_epochs if trainer.max_epochs not in (None, -1) else float("inf")
    steps = trainer.max_steps if trainer.max_steps != -1 else float("inf")
    return min(epochs * -(-len(data.parts["train"]) // data.batch_size), steps)
