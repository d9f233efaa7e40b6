"""Restoring a training from a checkpoint that is whole, and may hold what Lightning cannot use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import lightning as L
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.plugins.io import TorchCheckpointIO

from ref_numpy.errors import InputError, cause_of
from torch_impl.lightning.checkpoint_contents import (
    WrongContents,
    check_callbacks,
    check_progress,
)
from torch_impl.lightning.checkpoint_files import WholeCheckpointIO
from torch_impl.lightning.private_api import intercept_restoring, resume_after_whole_epochs
from torch_impl.lightning.runs.background_writing import (
    BackgroundCheckpointIO,
    wait_for_checkpoints,
    writes_in_background,
)
from torch_impl.training_messages import input_error


def use_whole_checkpoints(trainer: L.Trainer) -> None:
    """Let a Trainer write checkpoints whole, and refuse in one sentence those it cannot use."""
    if type(trainer.strategy.checkpoint_io) is TorchCheckpointIO:
        kind = BackgroundCheckpointIO if writes_in_background(trainer) else WholeCheckpointIO
        trainer.strategy.checkpoint_io = kind()

    @contextmanager
    def restoring(path: str | Path | None) -> Iterator[None]:
        wait_for_checkpoints(trainer)  # a search for a learning rate reads what it has written
        with refusing_damaged(path):
            yield

    intercept_restoring(trainer, restoring, check_callbacks, check_progress)
    resume_after_whole_epochs(trainer)


@contextmanager
def refusing_damaged(path: str | Path | None) -> Iterator[None]:
    """Turn any other error, within the context, into one sentence about the checkpoint.

    Args:
        path: of the checkpoint.
    """
    try:
        yield
    except (InputError, MisconfigurationException, MemoryError):
        raise
    except WrongContents as error:
        raise input_error("checkpoint.unusable", path=path, error=str(error)) from error
    except Exception as error:  # a part of the checkpoint is missing, or is something else
        raise input_error("checkpoint.unusable", path=path, error=cause_of(error)) from error
