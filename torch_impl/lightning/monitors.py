"""The figures of an epoch that callbacks look at: those that there are, or a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import lightning as L
from lightning.pytorch.callbacks import ModelCheckpoint

from torch_impl.data.source_data import SourceData
from torch_impl.data.texts.tokens import TokenData
from torch_impl.training_messages import input_error

# The packages whose callbacks log no figures of their own to look at.
KNOWN = ("lightning", "torch_impl", "parity_tests")

VAL_COST = "val_cost"  # which the choice of the epoch looks at, unless another is given
COUNTS = ("epoch", "step")  # which ModelCheckpoint may look at too


def validates(trainer: Any, data: Any) -> bool:
    """Return whether a fit on these data has a validation."""
    rows = data.part_sizes["val"] if isinstance(data, SourceData | TokenData) else 1
    return bool(trainer.limit_val_batches and rows)


def figures(parts: Sequence[str], classes: bool) -> list[str]:
    """Return the names of an epoch's figures: "train_cost"."""
    return [f"{part}_{name}" for part in parts for name in ("cost", "accuracy")[: 1 + classes]]


def check_monitors(trainer: L.Trainer, data: Any, classes: bool) -> None:
    """Refuse callbacks that look at a figure that there will not be.

    Args:
        trainer: with its callbacks, before a fit.
        data: of the fit.
        classes: whether there are accuracies.

    Raises:
        InputError: there is one.
    """
    callbacks: Any = trainer.callbacks  # pyright: ignore[reportAttributeAccessIssue]
    validating = validates(trainer, data)
    known = figures(["train", "val"] if validating else ["train"], classes)
    if any(type(callback).__module__.partition(".")[0] not in KNOWN for callback in callbacks):
        return
    for callback in callbacks:
        monitor = getattr(callback, "monitor", None)
        if monitor == VAL_COST and isinstance(callback, ModelCheckpoint):
            continue  # without a validation BestCheckpoint takes the last epoch
        if monitor is not None and monitor not in (*known, *COUNTS):
            raise input_error(
                "training.monitor",
                name=type(callback).__name__,
                monitor=monitor,
                known=", ".join(known),
                validates=validating,
            )
