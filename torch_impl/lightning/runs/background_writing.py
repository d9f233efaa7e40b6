"""Checkpoints that are written while the training continues: copied at the call, then written.

The files are those that a training with WholeCheckpointIO writes, in the same order: what a kill
leaves on the disk is what it would leave there a moment earlier.
"""

from __future__ import annotations

import io
import pickle
from collections import deque
from concurrent import futures
from pathlib import Path
from typing import Any

import lightning as L
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
from torch import Tensor

from torch_impl.lightning.checkpoint_files import WholeCheckpointIO
from torch_impl.lightning.private_api import processes_started


class BackgroundCheckpointIO(WholeCheckpointIO):
    """Writes whole checkpoints in a thread, one after the other, while the training continues.

    `save_checkpoint` takes as long as a copy of the checkpoint in the CPU's memory. There are at
    most two copies, since an epoch's end may write best.ckpt and last.ckpt: a third call waits. An
    error of writing is raised by the first method that waits for it; what was to be written after
    it is not written, as it would not be without a thread.
    """

    def __init__(self) -> None:
        self.writings: deque[futures.Future[None]] = deque()  # the first is being written
        self.thread: futures.ThreadPoolExecutor | None = None

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None
    ) -> None:
        """Copy a checkpoint, and let the thread write it.

        Raises:
            OSError: an earlier one could not be written; so are other errors of writing.
        """
        self.wait(until_left=1)
        before = self.writings[-1] if self.writings else None
        write, copied = super().save_checkpoint, copy_to_cpu(checkpoint)

        def write_after() -> None:
            if before is None or before.exception() is None:
                write(copied, path, storage_options)

        self.thread = self.thread or futures.ThreadPoolExecutor(1, "checkpoints")
        self.writings.append(self.thread.submit(write_after))

    def wait(self, until_left: int = 0) -> None:
        """Wait until at most so many checkpoints are yet to be written, and forget the others.

        Raises:
            OSError: one could not be written; so are other errors of writing.
        """
        while len(self.writings) > until_left or (self.writings and self.writings[0].done()):
            futures.wait([self.writings[0]])  # a second Ctrl-C may end this: it stays the first
            self.writings.popleft().result()

    def load_checkpoint(self, *args: Any, **options: Any) -> dict[str, Any]:
        """Read a checkpoint when all are written."""
        self.wait()
        return super().load_checkpoint(*args, **options)

    def remove_checkpoint(self, path: str | Path) -> None:
        """Remove a checkpoint when all are written."""
        self.wait()
        super().remove_checkpoint(path)

    def teardown(self) -> None:
        """End the thread when all are written."""
        if self.thread is not None:
            self.thread.shutdown()
            self.thread = None
        self.wait()


def writes_in_background(trainer: L.Trainer) -> bool:
    """Return whether a Trainer's checkpoints may be written while the training continues.

    Not on a CPU, whose cores the training needs; nor where something looks at a file as soon as the
    Trainer has saved it: a logger that uploads it, a link to it, or the process that has spawned
    this one.
    """
    loggers = all(isinstance(one, CSVLogger | TensorBoardLogger) for one in trainer.loggers)
    links = any(getattr(c, "save_last", None) == "link" for c in trainer.checkpoint_callbacks)
    spawned = processes_started(trainer) is None
    return trainer.strategy.root_device.type != "cpu" and loggers and not links and not spawned


def wait_for_checkpoints(trainer: L.Trainer) -> None:
    """Wait, in all processes, until the checkpoints that the first one writes are on the disk.

    Raises:
        OSError: one could not be written; so are other errors of writing.
    """
    if isinstance(writer := trainer.strategy.checkpoint_io, BackgroundCheckpointIO):
        writer.wait()
        trainer.strategy.barrier("checkpoints are written")


def copy_to_cpu(checkpoint: dict[str, Any]) -> dict[str, Any]:
    """Return a checkpoint as `torch.save` would write it now, in the CPU's memory.

    It shares nothing with the training: tensors are copied, and all else is pickled.
    """
    pickler = PicklerOfTheRest(rest := io.BytesIO(), pickle.HIGHEST_PROTOCOL)
    pickler.dump(checkpoint)
    rest.seek(0)
    unpickler = pickle.Unpickler(rest)
    unpickler.persistent_load = pickler.tensors.__getitem__
    return unpickler.load()


class PicklerOfTheRest(pickle.Pickler):
    """Pickles all but tensors, of which it keeps copies in the CPU's memory.

    Attributes:
        tensors: the copies; a pickled tensor is its position.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.tensors: list[Tensor] = []

    def persistent_id(self, obj: Any) -> int | None:
        """Copy a tensor, and return its position; None of anything else."""
        if type(obj) is not Tensor:  # a Parameter is pickled, and its tensor copied
            return None
        self.tensors.append(obj.detach().to("cpu", copy=True))
        return len(self.tensors) - 1
