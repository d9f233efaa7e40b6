"""Learning-rate schedules, where Lightning leaves them to the module."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import lightning as L
from torch.optim.lr_scheduler import ReduceLROnPlateau

from ref_numpy.optimisers import Cosine
from torch_impl.data.batches import Batches
from torch_impl.data.datamodule import Data
from torch_impl.lightning.monitors import figures, validates
from torch_impl.training_messages import input_error


def schedule_before_updates(name: str | None, warmup: int, final: float) -> Cosine | None:
    """Return the schedule of the model's options, until the number of updates is known.

    Args:
        name: cosine, or None.
        warmup: the updates before the rate is α.
        final: the fraction of α at the end.

    Raises:
        InputError: the name is unknown, or a number is outside of its range.
    """
    if name is None:
        if warmup:
            raise input_error(
                "option.no-effect",
                option=f"--model.warmup {warmup}",
                where="without a schedule",
                instead="add --model.schedule cosine, or leave it out",
            )
        return None
    if name != "cosine":
        raise input_error("schedule.unknown", given=name)
    return Cosine(1, warmup, final)


def number_of_updates(trainer: Any, data: Data | None) -> int:
    """Return how many updates a fit makes.

    It is computed from the sizes of this package's data: Lightning's own figure would make the
    batches before their order is restored from a checkpoint, and counts steps of several updates.

    Args:
        trainer: the Trainer.
        data: its data set; None where it has batches of another kind.

    Raises:
        InputError: the fit has no end.
    """
    if data is None:
        updates = trainer.estimated_stepping_batches
    elif trainer.max_epochs == -1:
        updates = trainer.max_steps if trainer.max_steps != -1 else math.inf
    else:
        examples, processes = data.parts["train"], trainer.world_size
        loader = Batches(examples, data.batch_size, processes=processes, equal=True)
        batches, limit = len(loader), trainer.limit_train_batches
        batches = min(batches, limit) if isinstance(limit, int) else int(batches * limit)
        of_epoch = math.ceil(batches / trainer.accumulate_grad_batches)
        updates = of_epoch * trainer.max_epochs
        updates = updates if trainer.max_steps == -1 else min(updates, trainer.max_steps)
    if updates == math.inf:
        raise input_error("schedule.endless", schedule="cosine")
    return max(1, int(updates))


def update_schedules(module: L.LightningModule, interval: str, number: int) -> None:
    """Update the schedules as under automatic optimisation.

    Args:
        module: the module.
        interval: "step" after the `number`-th update of an epoch, "epoch" after the last update of
            the `number`-th epoch.
        number: see interval.
    """
    for config in module.trainer.lr_scheduler_configs:
        plateau = isinstance(config.scheduler, ReduceLROnPlateau)
        if not plateau and config.interval == interval and number % config.frequency == 0:
            module.lr_scheduler_step(config.scheduler, None)


def update_plateaus(module: L.LightningModule, epoch: int, metrics: Mapping[str, float]) -> None:
    """Update the schedules that look at a metric, after the `epoch`-th epoch.

    Lightning does this after a checkpoint of the epoch's end was written, and not at all in the
    epoch in which a run resumes, so that a resumed run would have another learning rate.

    Args:
        module: the module.
        epoch: its number, from 1.
        metrics: those of this epoch.

    Raises:
        InputError: the metric is never logged.
    """
    for config in module.trainer.lr_scheduler_configs:
        if not isinstance(config.scheduler, ReduceLROnPlateau) or epoch % config.frequency:
            continue
        # Lightning's own class of this name knows its metric, also under manual optimisation.
        monitor = config.monitor or getattr(config.scheduler, "monitor", None)
        logged = figures(parts(module), classes=True)
        if monitor not in logged:
            raise input_error("schedule.metric", monitor=monitor, logged=", ".join(logged))
        if monitor in metrics:  # where there was a validation in this epoch
            config.scheduler.step(metrics[monitor])


def take_over_plateaus(module: L.LightningModule) -> None:
    """Prevent Lightning's own update, which would need a metric in every epoch.

    Raises:
        InputError: a schedule is to look at every update.
    """
    for config in module.trainer.lr_scheduler_configs:
        if isinstance(config.scheduler, ReduceLROnPlateau):
            config.strict = False
            if config.interval != "epoch":
                raise input_error("schedule.interval", interval=config.interval)


def parts(module: L.LightningModule) -> list[str]:
    """Return the parts of the data that a fit uses."""
    trainer = module.trainer
    data = getattr(trainer, "datamodule", None)
    return ["train", "val"] if trainer.enable_validation and validates(trainer, data) else ["train"]
