"""The best and the last checkpoint of a run, from which it resumes exactly."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import lightning as L
from lightning.pytorch.callbacks import Checkpoint, EarlyStopping, ModelCheckpoint
from lightning.pytorch.callbacks.early_stopping import EarlyStoppingReason

from torch_impl.lightning.checkpoint_files import read, writing_whole
from torch_impl.lightning.monitors import VAL_COST, validates
from torch_impl.lightning.runs.background_writing import wait_for_checkpoints
from torch_impl.lightning.runs.resuming import change_rate
from torch_impl.training_messages import input_error


class BestCheckpoint(ModelCheckpoint):
    """Lightning's ModelCheckpoint, in the run's folder, also where a run before was moved.

    A resumed run copies the best checkpoint of the run before into its own folder.
    """

    resumed: Path | None = None
    writes = True
    key: str | None = None  # of its state in a checkpoint, where it no longer is Lightning's

    @property
    def state_key(self) -> str:
        """The key by the figure that was given, whether a training has it or not."""
        return self.key or super().state_key

    def setup(self, trainer: L.Trainer, pl_module: L.LightningModule, stage: str) -> None:
        """Write into the run's folder, also where a logger would have another."""
        if self.dirpath is None:
            folder = Path(trainer.log_dir or trainer.default_root_dir) / "checkpoints"
            self.dirpath = os.path.abspath(folder)
        # Without a validation the last epoch is the best.
        data = trainer.datamodule  # pyright: ignore[reportAttributeAccessIssue]
        if stage == "fit" and self.monitor == VAL_COST and not validates(trainer, data):
            self.key, self.monitor = self.state_key, None
        super().setup(trainer, pl_module, stage)

    def on_load_checkpoint(
        self, trainer: L.Trainer, pl_module: L.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Note which run is resumed: its best checkpoint lies beside the one that is read."""
        fitting = trainer.state.fn == "fit" and trainer.ckpt_path is not None
        self.resumed = Path(str(trainer.ckpt_path)) if fitting else None
        self.writes = trainer.is_global_zero

    def file_exists(self, filepath: str | Path, trainer: L.Trainer) -> bool:
        """Return whether a file is there: else it is the name of the next one."""
        wait_for_checkpoints(trainer)
        return super().file_exists(filepath, trainer)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over which epoch was the best, and its checkpoint, in the folder of this run.

        After a kill best.ckpt may be of an epoch that this run repeats, and will write again; or
        last.ckpt alone was moved. The best of the epochs that follow is chosen then.
        """

        def here(path: str) -> str:
            return str(Path(str(self.dirpath)) / Path(path).name) if path else path

        paths = ("best_model_path", "kth_best_model_path", "last_model_path")
        scores = {here(path): score for path, score in state_dict["best_k_models"].items()}
        super().load_state_dict(
            state_dict
            | {name: here(state_dict[name]) for name in paths}
            | {"dirpath": self.dirpath, "best_k_models": scores}
        )
        if self.resumed is not None and self.best_model_path and not self.copy_best(self.resumed):
            self.best_model_path, self.best_model_score = "", None
            self.best_k_models, self.kth_best_model_path = {}, ""

    def copy_best(self, resumed: Path) -> bool:
        """Copy the best checkpoint beside the one that is resumed; return whether it is the one."""
        before = resumed.parent / Path(self.best_model_path).name
        states = read(before).get("callbacks", {}) if before.is_file() else {}
        if states.get(self.state_key, {}).get("best_model_score") != self.best_model_score:
            return False
        if self.writes and before.resolve() != Path(self.best_model_path).resolve():
            with writing_whole(Path(self.best_model_path)) as file:
                file.write(before.read_bytes())
        return True


class LastCheckpoint(Checkpoint):
    """last.ckpt, from which `--ckpt_path` resumes as if the run had not been interrupted.

    Written at the end of the training, of an epoch unless that was quick, and when the scheduler of
    a cluster ends a run of one process (SIGTERM); within an epoch where that is wanted, after the
    next update that no validation follows.

    Args:
        every_n_steps: the updates from one writing to the next within an epoch; 0 for none.
        every_n_minutes: the time from one to the next within an epoch; 0 for none.
        epoch_seconds: an epoch's end writes one if the last is so old; 0 for every epoch's end.
        dirpath: the folder; None takes `checkpoints` in the run's folder.

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
        self.forgets_stopping = False  # where a person asks for more epochs than early stopping

    def path(self, trainer: L.Trainer) -> Path:
        """Return the path of last.ckpt."""
        folder = self.dirpath or Path(trainer.log_dir or trainer.default_root_dir) / "checkpoints"
        return Path(folder) / "last.ckpt"

    def on_fit_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Note that nothing is trained so far."""
        self.begun = False

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Write the first one, and stop at once where the run had been stopped early."""
        self.begun = True
        self.steps, self.seconds = trainer.global_step, time.monotonic()
        # Without one, `--ckpt_path last` would be that of a run before. A search for a learning
        # rate leaves the path of a file that it has removed.
        if trainer.ckpt_path is None or not trainer.global_step:
            self.save(trainer)
        else:
            self.begin_with(read(trainer.ckpt_path), trainer, pl_module)
        wait_for_checkpoints(trainer)  # where none can be written, nothing is trained
        # A checkpoint holds what early stopping has decided, which Lightning ignores.
        stopping = [c for c in trainer.callbacks if isinstance(c, EarlyStopping)]  # pyright: ignore[reportAttributeAccessIssue]
        if self.forgets_stopping:
            for callback in stopping:
                callback.stopping_reason, callback.wait_count = EarlyStoppingReason.NOT_STOPPED, 0
        if any(c.stopping_reason != EarlyStoppingReason.NOT_STOPPED for c in stopping):
            trainer.should_stop = True

    def begin_with(self, checkpoint: dict[str, Any], trainer: L.Trainer, pl_module: Any) -> None:
        """Write the checkpoint that the run resumes from, as the run takes it."""
        path = self.path(trainer)  # all processes must ask for it
        if trainer.is_global_zero:
            change_rate(checkpoint, getattr(pl_module, "new_learning_rate", None))
            trainer.strategy.checkpoint_io.save_checkpoint(checkpoint, path)

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
        if (batch_idx + 1) % trainer.accumulate_grad_batches:
            return  # a checkpoint holds no gradients
        due = self.waiting or 0 < self.every_n_steps <= trainer.global_step - self.steps
        if self.every_n_minutes:
            due = due or self.older(trainer, 60 * self.every_n_minutes)
        if due or self.must_stop(trainer):
            self.save(trainer)

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Write one at an epoch's end, where it is due."""
        if not (self.must_stop(trainer) or self.older(trainer, self.epoch_seconds)):
            return
        # Where max_steps is given, Lightning would take the next epoch for done as well.
        if trainer.max_steps == -1:
            self.save(trainer)
        else:
            self.waiting = True

    def must_stop(self, trainer: Any) -> bool:
        """Return whether a signal has asked the run to end; all processes get the same answer."""
        alone = trainer.world_size == 1 and trainer.received_sigterm
        return alone or getattr(trainer, "stop_signal", None) is not None

    def older(self, trainer: L.Trainer, seconds: float) -> bool:
        """Return whether the last one is that old; all processes get the same answer."""
        return trainer.strategy.broadcast(time.monotonic() - self.seconds >= seconds)

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Write the last one."""
        self.save(trainer)

    def on_fit_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Write it too where the run that is resumed was done, and Lightning trains nothing.

        It may have been killed after its last epoch, which counted as done only then.
        """
        if not self.begun and trainer.ckpt_path is not None:
            done = read(trainer.ckpt_path) | {"epoch": trainer.current_epoch}
            self.begin_with(done, trainer, pl_module)

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
