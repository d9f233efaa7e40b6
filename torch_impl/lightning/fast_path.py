"""Updates of which nothing takes notice but the network and its optimiser."""

from __future__ import annotations

import lightning as L
from lightning.pytorch.core.hooks import ModelHooks
from lightning.pytorch.strategies import SingleDeviceStrategy

HOOKS = ("on_before_backward", "on_after_backward", "on_before_optimizer_step")


def unobserved(module: L.LightningModule) -> bool:
    """On one device, without a scale for losses, and where no callback's hook nor the module's own
    would be called: then Lightning's way to update is `loss.backward()` and `optimiser.step()`."""
    trainer = module.trainer
    callbacks = trainer.callbacks  # pyright: ignore[reportAttributeAccessIssue]
    alone = isinstance(trainer.strategy, SingleDeviceStrategy)
    scaled = getattr(trainer.precision_plugin, "scaler", None) is not None
    hooked = any(
        getattr(type(looks), hook) is not getattr(base, hook)
        for hook in HOOKS
        for base, all_of_it in ((L.Callback, callbacks), (ModelHooks, [module]))
        for looks in all_of_it
    )
    return alone and not scaled and not hooked


def count_update(module: L.LightningModule) -> None:
    """What Lightning's optimiser does after an update: `global_step` is one more."""
    progress = module.trainer.fit_loop.epoch_loop.manual_optimization.optim_step_progress
    progress.increment_ready()
    progress.increment_completed()
