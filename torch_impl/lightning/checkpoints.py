"""Checkpoints that are whole, that are only data, and from which a run resumes exactly."""

from __future__ import annotations

import io
import os
import pickle
import time
import zipfile
from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import Checkpoint, EarlyStopping, ModelCheckpoint
from lightning.pytorch.callbacks.early_stopping import EarlyStoppingReason
from lightning.pytorch.plugins.io import TorchCheckpointIO

from torch_impl.lightning.checkpoint_contents import WrongContents, check_parts
from torch_impl.results.summary import path_from_here
from torch_impl.training_messages import input_error


class BestCheckpoint(ModelCheckpoint):
    """Lightning's ModelCheckpoint, which also resumes where its folder was moved or renamed."""

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over which epoch was the best, in the folder of this run."""

        def here(path: str) -> str:
            return str(Path(str(self.dirpath)) / Path(path).name) if path else path

        paths = ("best_model_path", "kth_best_model_path", "last_model_path")
        scores = {here(path): score for path, score in state_dict["best_k_models"].items()}
        super().load_state_dict(
            state_dict
            | {name: here(state_dict[name]) for name in paths}
            | {"dirpath": self.dirpath, "best_k_models": scores}
        )


class LastCheckpoint(Checkpoint):
    """last.ckpt, from which `--ckpt_path` resumes as if the run had not been interrupted.

    Written at the end of the training, of an epoch unless that was quick, and when the scheduler of
    a cluster ends a run of one process (SIGTERM); within an epoch where that is wanted, after the
    next update that no validation follows.

    Args:
        every_n_steps: the updates from one writing to the next within an epoch; 0 for none.
        every_n_minutes: the time from one to the next within an epoch; 0 for none.
        epoch_seconds: an epoch's end writes one if the last is so old; 0 for every epoch's end.
        dirpath: the folder; None takes the log's folder `checkpoints`, or that of the checkpoint
            from which the run resumes.

    Raises:
        InputError: a number is negative.
    """

    def __init__(
        self,
        every_n_steps: int = 0,
        every_n_minutes: float = 0.0,
        epoch_seconds: float = 5.0,
        dirpath: str | None = None,
    ) -> None:
        if min(every_n_steps, every_n_minutes, epoch_seconds) < 0:
            raise input_error(
                "option.checkpoint-times",
                every_n_steps=every_n_steps,
                every_n_minutes=every_n_minutes,
                epoch_seconds=epoch_seconds,
            )
        self.every_n_steps, self.every_n_minutes = every_n_steps, every_n_minutes
        self.epoch_seconds, self.dirpath = epoch_seconds, dirpath
        self.waiting = False

    def path(self, trainer: L.Trainer) -> Path:
        """Return the path of last.ckpt."""
        folder = self.dirpath or Path(trainer.log_dir or trainer.default_root_dir) / "checkpoints"
        return Path(folder) / "last.ckpt"

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Write the first one, and stop at once where the run had been stopped early."""
        self.steps, self.seconds = trainer.global_step, time.monotonic()
        if not trainer.global_step:
            self.save(trainer)  # or `--ckpt_path last` would be that of a run before
        # A checkpoint holds what early stopping has decided, which Lightning ignores.
        stopping = (c for c in trainer.callbacks if isinstance(c, EarlyStopping))  # pyright: ignore[reportAttributeAccessIssue]
        if any(c.stopping_reason != EarlyStoppingReason.NOT_STOPPED for c in stopping):
            trainer.should_stop = True

    def on_train_batch_end(
        self,
        trainer: L.Trainer,
        pl_module: L.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Write one within an epoch, where it is due."""
        over = trainer.is_last_batch or trainer.global_step == trainer.max_steps
        if over or validates_after(trainer, batch_idx):
            return  # Lightning would resume after the validation, the schedule, the epoch's end
        due = self.waiting or 0 < self.every_n_steps <= trainer.global_step - self.steps
        if self.every_n_minutes:
            due = due or self.older(trainer, 60 * self.every_n_minutes)
        if due or (trainer.received_sigterm and trainer.world_size == 1):
            self.save(trainer)

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Write one at an epoch's end, where it is due."""
        if not self.older(trainer, self.epoch_seconds):
            return
        # Where max_steps is given, Lightning would take the next epoch for done as well.
        if trainer.max_steps == -1:
            self.save(trainer)
        else:
            self.waiting = True

    def older(self, trainer: L.Trainer, seconds: float) -> bool:
        """Return whether the last one is that old; all processes get the same answer."""
        return trainer.strategy.broadcast(time.monotonic() - self.seconds >= seconds)

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Write the last one."""
        self.save(trainer)

    def save(self, trainer: L.Trainer) -> None:
        """Write one, and begin to count again."""
        if trainer.fast_dev_run:  # pyright: ignore[reportAttributeAccessIssue]
            return
        trainer.save_checkpoint(self.path(trainer), weights_only=False)
        self.steps, self.seconds, self.waiting = trainer.global_step, time.monotonic(), False


def validates_after(trainer: L.Trainer, batch_idx: int) -> bool:
    """Return whether a validation follows this batch within the epoch (val_check_interval)."""
    every = trainer.val_check_batch
    by_epoch = trainer.check_val_every_n_epoch is not None  # pyright: ignore[reportAttributeAccessIssue]
    number = batch_idx if by_epoch else trainer.fit_loop.total_batch_idx
    return every is not None and (number + 1) % every == 0


class WholeCheckpointIO(TorchCheckpointIO):
    """Lightning's checkpoints, written whole or not at all, and read as data, never as code."""

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None
    ) -> None:
        """Write under another name first, and to the disk before a good one is replaced."""
        if "://" in str(path):  # a remote store writes an object whole
            return super().save_checkpoint(checkpoint, path, storage_options)
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.partial")  # one, however often a run is killed
        try:
            with partial.open("wb") as file:
                torch.save(checkpoint, file)
                file.flush()
                os.fsync(file)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)

    def load_checkpoint(
        self,
        path: str | Path,
        map_location: Any = None,
        weights_only: bool | None = None,
    ) -> dict[str, Any]:
        """Read a checkpoint.

        Raises:
            InputError: the file is damaged, holds code, or is not a checkpoint.
        """
        if "://" not in str(path):
            return read(path, map_location)
        return super().load_checkpoint(path, map_location, weights_only=True)


def config_beside(path: str | Path | None) -> Path | None:
    """Return the config.yaml of the run that wrote a checkpoint; None where it is not found."""
    if path is None or "://" in str(path):
        return None
    folder = Path(path).resolve().parent
    places = (folder / "config.yaml", folder.parent / "config.yaml")
    return next((path_from_here(place) for place in places if place.is_file()), None)


def read(path: str | Path, map_location: Any = "cpu") -> dict[str, Any]:
    """Return a checkpoint's contents, every byte compared with its CRC-32, none of them executed.

    Args:
        path: of the file.
        map_location: the device of its tensors.

    Raises:
        InputError: the file is missing, damaged, holds code, or is not a checkpoint.
    """
    path = Path(path)
    if not os.path.isfile(path):
        raise input_error("checkpoint.missing", path=path)
    try:
        checkpoint = contents(path.read_bytes(), map_location)
    except pickle.UnpicklingError as error:
        raise input_error("checkpoint.code", path=path) from error
    except MemoryError:
        raise
    except Exception as error:  # zipfile, zlib, pickle and torch have their own for damaged data
        raise input_error("checkpoint.damaged", path=path) from error
    if not isinstance(checkpoint, dict) or not checkpoint.keys() >= {"state_dict", "epoch"}:
        raise input_error("checkpoint.no-training", path=path)
    try:
        check_parts(checkpoint)
    except WrongContents as error:
        raise input_error("checkpoint.unusable", path=path, error=str(error)) from error
    return checkpoint


def contents(data: bytes, map_location: Any) -> Any:
    """Return what a checkpoint's bytes hold.

    Args:
        data: the bytes.
        map_location: the device of its tensors.

    Raises:
        ValueError: they are damaged; so are other errors of the libraries.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        # What torch writes: nothing is compressed, nothing is a folder, which torch would take a
        # file with such attributes for, and no two records have the same name.
        records = archive.infolist()
        odd = any(r.compress_type or r.external_attr or r.is_dir() for r in records)
        if odd or len({r.filename for r in records}) < len(records):
            raise ValueError("these are not records as torch writes them")
        if archive.testzip() is not None:
            raise ValueError("a record has another checksum")
    return torch.load(io.BytesIO(data), map_location=map_location, weights_only=True)
