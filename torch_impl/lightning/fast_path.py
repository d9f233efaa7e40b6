"""Updates that Lightning may be left out of: only the network and its optimiser take part."""

from __future__ import annotations

import lightning as L
from lightning.pytorch.core.hooks import ModelHooks
from lightning.pytorch.strategies import SingleDeviceStrategy

HOOKS = ("on_before_backward", "on_after_backward", "on_before_optimizer_step")


def can_bypass_hooks(module: L.LightningModule) -> bool:
    """Return whether Lightning's update is `loss.backward()` and `optimiser.step()` alone.

    It is on one device, without a scale for losses, and where no callback's hook nor the module's
    own would be called.
    """
    trainer = module.trainer
    callbacks = trainer.callbacks  # pyright: ignore[reportAttributeAccessIssue]
    one_device = isinstance(trainer.strategy, SingleDeviceStrategy)
    scaled = getattr(trainer.precision_plugin, "scaler", None) is not None
    hooked = any(
        getattr(type(owner), hook) is not getattr(base, hook)
        for hook in HOOKS
        for base, owners in ((L.Callback, callbacks), (ModelHooks, [module]))
        for owner in owners
    )
    return one_device and not scaled and not hooked
