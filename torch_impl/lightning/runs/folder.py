"""A run is a folder, whatever its logger: made for it alone, and gone where the run is refused."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import lightning as L
from lightning.fabric.utilities.rank_zero import rank_zero_only
from lightning.pytorch.cli import SaveConfigCallback
from lightning.pytorch.loggers import CSVLogger, Logger, TensorBoardLogger

LOGS = "lightning_logs"  # in the Trainer's default_root_dir, as Lightning's loggers call it
CONFIG = "config.yaml"


class RunFolder:
    """The folder of one run.

    Args:
        given: that of an earlier run, of which a test, predictions or a report are; None reserves a
            new one when it is needed.

    Attributes:
        path: of the folder; None until it is reserved.
        made: the folders that this run made, the deepest first.
        used: something is there that a person would miss: a whole epoch, or a checkpoint of it.
    """

    def __init__(self, given: Path | None = None) -> None:
        self.path, self.given = given, given is not None
        self.made: list[Path] = []
        self.used = False

    def reserve(self, root: str | Path, log_dir: str | Path | None = None) -> Path:
        """Make the folder, once.

        Args:
            root: of the runs, the Trainer's default_root_dir.
            log_dir: the logger's own folder, which is taken unless a run before left files there.

        Returns:
            The folder: `log_dir`, or root/lightning_logs/version_N with the next free N.

        Raises:
            OSError: it cannot be made.
        """
        if self.path is None and log_dir is not None:
            own = Path(log_dir)
            if self.make(own) or (own.is_dir() and not any(own.iterdir())):
                self.path = own
        while self.path is None:  # another run may take the same number at the same moment
            folder = next_version(Path(root) / LOGS)
            if self.make(folder):
                self.path = folder
        return self.path

    def make(self, folder: Path) -> bool:
        """Make a folder, and those above it; return whether it was missing."""
        missing = [f for f in (folder, *folder.parents) if not f.exists()]
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            folder.mkdir()
        except FileExistsError:
            return False
        self.made = missing
        return True

    def discard(self) -> None:
        """Remove the folder of a run that was refused, unless something in it is of use."""
        if self.used or not self.made:
            return
        shutil.rmtree(self.made[0], ignore_errors=True)
        for folder in self.made[1:]:
            with suppress(OSError):  # another run has files there by now
                folder.rmdir()
        self.path, self.made = None, []


def next_version(logs: Path) -> Path:
    """Return the first version_N that comes after all in a folder, as Lightning numbers them."""
    ends = (path.name.removeprefix("version_") for path in logs.glob("version_*"))
    return logs / f"version_{max((int(end) for end in ends if end.isdecimal()), default=-1) + 1}"


def loggers(root: str, run_folder: RunFolder) -> list[Logger]:
    """Return metrics.csv's, and TensorBoard's beside it where that is installed.

    Args:
        root: the Trainer's default_root_dir.
        run_folder: the run's, where they write.
    """
    folder = rank_zero_only(run_folder.reserve)(root)  # None in the other processes
    version = None
    if folder is not None and not run_folder.given:
        version = int(folder.name.removeprefix("version_"))
    csv = CSVLogger(root, name=LOGS, version=version)
    if find_spec("tensorboard") is None:
        return [csv]
    return [csv, TensorBoardLogger(root, name=LOGS, version=csv.version)]


def logs_elsewhere(loggers: Sequence[Logger]) -> str:
    """Return in words where loggers write that have no folder of a run; "" where there are none.

    Weights & Biases and MLflow keep their own files, in folders of their own making.
    """
    folders = {type(one).__name__: one.save_dir for one in loggers if one.log_dir is None}
    return ", ".join(f"{name} in {folder}" if folder else name for name, folder in folders.items())


class RunConfig(SaveConfigCallback):
    """Writes the options of a run into its folder, and notes when the folder is of use.

    Lightning's own writes them into the current folder where a logger has none of its own, and
    fails where a run before has done so.
    """

    def setup(self, trainer: L.Trainer, pl_module: L.LightningModule, stage: str) -> None:
        """Write the options before anything else is done."""
        self.write(trainer)

    def write(self, trainer: Any) -> None:
        """Write the options, once, unless the folder is that of an earlier run."""
        folder = trainer.log_dir  # all processes must ask for it
        if self.already_saved or trainer.run_folder.given or not trainer.is_global_zero:
            return
        self.parser.save(
            self.config, Path(folder) / CONFIG, skip_none=False, overwrite=True, multifile=False
        )
        self.already_saved = True

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Note where the run begins."""
        self.begins_at = trainer.current_epoch, trainer.global_step

    def on_train_epoch_start(self, trainer: Any, pl_module: L.LightningModule) -> None:
        """Note that a whole epoch is done."""
        trainer.run_folder.used |= trainer.current_epoch > self.begins_at[0]

    def on_save_checkpoint(
        self, trainer: Any, pl_module: L.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Note that there is a checkpoint of what was done."""
        begins = getattr(self, "begins_at", None)
        trainer.run_folder.used |= begins is not None and trainer.global_step > begins[1]
