"""All that this package uses of Lightning without its being public, in one place.

`tests/lightning/test_private_api.py` has a test for each part: where a new version of Lightning
changes one, that test fails, and names the feature that breaks and the lines here to change.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import lightning as L
from lightning.fabric.plugins.precision.amp import _optimizer_handles_unscaling
from lightning.pytorch.callbacks import LearningRateFinder, RichProgressBar
from lightning.pytorch.cli import LightningArgumentParser, LightningCLI
from lightning.pytorch.strategies import ModelParallelStrategy
from lightning.pytorch.strategies.launchers.subprocess_script import _SubprocessScriptLauncher
from lightning.pytorch.trainer.connectors.checkpoint_connector import _CheckpointConnector


def trainer_of(module: L.LightningModule) -> Any:
    """Return the module's Trainer, or None outside of a run, where `module.trainer` would raise."""
    return module._trainer


def count_update(module: L.LightningModule) -> None:
    """Add one to `global_step`, as Lightning's own optimiser does after an update."""
    progress = module.trainer.fit_loop.epoch_loop.manual_optimization.optim_step_progress
    progress.increment_ready()
    progress.increment_completed()


def unscales_in_step(optimizer: Any) -> bool:
    """Return whether an optimiser divides by the gradient scaler's factor in its own step."""
    return _optimizer_handles_unscaling(optimizer)


def training_steps_wanted(finder: LearningRateFinder) -> int:
    """Return how many updates a search for a learning rate makes."""
    return finder._num_training_steps


def processes_started(trainer: L.Trainer) -> list[Any] | None:
    """Return the processes that run this command beside this one, and were started by it.

    Returns:
        None where processes do not run the command, but were spawned to run a function.
    """
    launcher = trainer.strategy.launcher
    if launcher is None:  # as of a process that another one, or torchrun, has started
        return []
    return launcher.procs if isinstance(launcher, _SubprocessScriptLauncher) else None


def intercept_restoring(
    trainer: L.Trainer,
    around: Callable[[Any], AbstractContextManager[None]],
    check_first: Callable[[Any, L.Trainer], None],
    check_then: Callable[[Any, L.Trainer], None],
) -> None:
    """Let a Trainer restore a checkpoint within the context around(its path).

    Args:
        trainer: the Trainer.
        around: returns the context.
        check_first: is called with the checkpoint's contents before callbacks are restored.
        check_then: likewise, before loops and optimisers are restored for a fit.
    """

    class Connector(_CheckpointConnector):
        def _restore_modules_and_callbacks(
            self, checkpoint_path: Any = None, weights_only: bool | None = None
        ) -> None:
            self.path = checkpoint_path
            with around(checkpoint_path):
                if self._loaded_checkpoint:
                    check_first(self._loaded_checkpoint, trainer)
                super()._restore_modules_and_callbacks(checkpoint_path, weights_only)

        def restore_training_state(self) -> None:
            with around(self.path):
                # A search for a learning rate restores what it wrote itself, before any batch.
                if self._loaded_checkpoint and self.path is not None:
                    check_then(self._loaded_checkpoint, trainer)
                super().restore_training_state()

    trainer._checkpoint_connector = Connector(trainer)


def resume_after_whole_epochs(trainer: L.Trainer) -> None:
    """Let a Trainer with max_steps resume after an epoch's end as one with max_epochs does.

    By itself it would take the next epoch for done, without an update.
    """
    loop: Any = trainer.fit_loop
    loop._iteration_based_training = lambda: False


class CommandLine(LightningCLI):
    """Lightning's command line, with names for the parts that its subclasses need."""

    def _parse_ckpt_path(self) -> None:
        """Do nothing.

        Lightning's would read a file before it is known to be whole, and take the checkpoint's
        options for those that were given; here the module compares them.
        """

    @property
    def subcommand_parser(self) -> LightningArgumentParser:
        """The parser of the subcommand that was given."""
        return self._parser(self.subcommand)

    def instantiated(self, section: str) -> Any:
        """Return the values of a section, such as "trainer", of the subcommand that was given."""
        return self._get(self.config_init, section)


class InterceptedProgressBar(RichProgressBar):
    """Lightning's bar, which passes its calls to draw through `limit`."""

    def _init_progress(self, trainer: L.Trainer) -> None:
        super()._init_progress(trainer)
        if self.progress is None:
            return
        # The second makes a thread draw, which takes its time from the training.
        for name in ("refresh", "soft_refresh"):
            setattr(self.progress, name, self.limit(getattr(self.progress, name)))

    def _get_train_description(self, current_epoch: int) -> str:
        """Count epochs from 1, as the summary does."""
        most = self.trainer.max_epochs
        text = f"Epoch {current_epoch + 1}" + ("" if most in (None, -1) else f"/{most}")
        return text.ljust(len(self.validation_description))  # one width: else the bar flickers

    def limit(self, draw: Callable[[], None]) -> Callable[[], None]:
        """Return the function that is called instead of `draw`."""
        return draw


class DataParallelMesh(ModelParallelStrategy):
    """Lightning's strategy with one dimension, data.

    By itself it makes every device of a node work on the same examples.
    """

    def setup_environment(self) -> None:
        """Set the sizes of the mesh, and then let Lightning make it."""
        self._data_parallel_size = self.num_nodes * self.num_processes
        self._tensor_parallel_size = 1
        super().setup_environment()
