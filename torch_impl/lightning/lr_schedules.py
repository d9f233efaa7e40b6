"""Learning-rate schedules, where Lightning leaves them to the module."""

from __future__ import annotations

from collections.abc import Mapping

import lightning as L
from torch.optim.lr_scheduler import ReduceLROnPlateau

from torch_impl.lightning.monitors import figures, validates
from torch_impl.training_messages import input_error


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
