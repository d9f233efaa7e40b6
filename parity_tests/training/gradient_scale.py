"""The factor of float16's mixed precision by which gradients are too large, for a while."""

from __future__ import annotations

from typing import Any

import lightning as L

from torch_impl.lightning.private_api import unscales_in_step


def scaler_of(trainer: L.Trainer) -> Any:
    """Return the gradient scaler of float16's mixed precision, if there is one."""
    return getattr(trainer.precision_plugin, "scaler", None)


def scale_of(trainer: L.Trainer) -> float:
    """Return the factor that J has before its gradient is taken."""
    scaler = scaler_of(trainer)
    return scaler.get_scale() if scaler else 1.0


def scale_before_update(trainer: L.Trainer, optimizer: Any) -> float:
    """Return the factor that the gradients still have when the update is about to be made.

    1, unless the optimiser divides by it in its own kernel, as those of `fused=True` do.
    """
    return scale_of(trainer) if unscales_in_step(optimizer) else 1.0
