"""Lightning's command line for this package's networks and data: `train.py`."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import Any

from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.fabric.utilities.rank_zero import rank_zero_only
from lightning.pytorch.callbacks import ProgressBar
from lightning.pytorch.cli import LightningArgumentParser, LightningCLI
from lightning.pytorch.loggers import CSVLogger, Logger, TensorBoardLogger
from torch import distributed

import torch_impl.data  # noqa: F401  (--data finds its classes by name)
from torch_impl.data.datamodule import Data
from torch_impl.data.source_data import SourceData
from torch_impl.data.trained_on import TrainedOn, no_record
from torch_impl.lightning.checkpoints import BestCheckpoint, LastCheckpoint
from torch_impl.lightning.command_line import (
    EXPECTED_WARNINGS,
    OneSentenceParser,
    fail,
    leave_out_expected_notes,
    resumed_from,
    sentence,
)
from torch_impl.lightning.configs import with_shipped_configs
from torch_impl.lightning.data_option import with_known_data
from torch_impl.lightning.given_options import GivenOptions
from torch_impl.lightning.header import header, resumed_line
from torch_impl.lightning.module import NetworkModule
from torch_impl.lightning.private_api import CommandLine
from torch_impl.lightning.progress_bar import EpochProgressBar
from torch_impl.lightning.restoring import refusing_damaged, use_whole_checkpoints
from torch_impl.lightning.stopped import TrainingStopped
from torch_impl.lightning.trainer import Trainer
from torch_impl.results.summary import show_line
from torch_impl.training_messages import input_error

LINKED = {"model", "datamodule"}  # parameters that the command line's --model and --data give


class TrainCLI(CommandLine):
    """Lightning's own CLI. After a fit the best epoch is tested and the results are written."""

    trained: TrainedOn | None = None  # the data of a network that is only tested
    resumed: str = ""  # the checkpoint from which a fit resumes, in words

    def __init__(self, words: list[str], trainer: type[Trainer]) -> None:
        self.words = words
        super().__init__(
            NetworkModule,
            Data,
            trainer_class=trainer,
            subclass_mode_data=True,
            seed_everything_default=0,
            trainer_defaults={
                "max_epochs": 40, "log_every_n_steps": 50, "enable_model_summary": False
            },
            args=words,
            parser_class=OneSentenceParser,
            parser_kwargs={"description": "Train a network with Lightning."},
        )  # fmt: skip

    def subcommands(self) -> dict[str, set[str]]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The one that was given, and the parameters of its method that are not options."""
        known = LightningCLI.subcommands()
        # Lightning's predictions in memory would be lost here: they are written to a file.
        known["predict"] = known["predict"] | {"return_predictions"}
        return {self.words[0]: known.get(self.words[0], LINKED)}

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        """Add the two checkpoints, this package's defaults, and the sizes that the data give."""
        assert isinstance(parser, OneSentenceParser)
        parser.words = self.words
        parser.add_lightning_class_args(BestCheckpoint, "checkpoint")
        parser.add_lightning_class_args(LastCheckpoint, "last")
        parser.set_defaults(
            {
                "data": "Digits",
                "model.hidden_units": [512, 256],
                "model.lambd": 0.1,
                "checkpoint.monitor": "val_cost",
                "checkpoint.filename": "best",
                "checkpoint.enable_version_counter": False,
            }
        )
        for size in ("n_x", "n_y", "output", "batches_per_step"):
            parser.link_arguments(
                "data", f"model.{size}", partial(self.size_of, size), apply_on="instantiate"
            )

    def size_of(self, size: str, data: Data) -> Any:
        """A size of the data, which a trained network takes as it took those of its training."""
        if self.trained is not None:
            data.follow(self.trained)
        return getattr(data, size)

    def before_instantiate_classes(self) -> None:
        """Write checkpoints where a run that is resumed wrote them, or none if none are wanted."""
        options = self.config[str(self.subcommand)]
        trainer, path = options.trainer, options.get("ckpt_path")
        if path is None and self.subcommand in ("validate", "test", "predict"):
            raise input_error("training.no-checkpoint", subcommand=self.subcommand)
        parser = self.subcommand_parser
        self.given = GivenOptions(self.words, options, parser.get_defaults())
        self.given.check_optimiser()
        found = resumed_from(path, trainer.default_root_dir, options.last.dirpath)
        resumed, checkpoint = found or (None, {})
        if resumed is not None:
            options.ckpt_path = str(resumed)
            with refusing_damaged(resumed):
                self.resumed = resumed_line(resumed, checkpoint)
                if self.subcommand != "fit":
                    self.use_data_as_in_training(TrainedOn.of_checkpoint(checkpoint))
        keys = parser.callback_keys
        for key in ("checkpoint", "last"):
            if trainer.enable_checkpointing is False or trainer.fast_dev_run:
                keys.remove(key)
            elif resumed is not None and options[key].dirpath is None:
                options[key].dirpath = str(resumed.parent.resolve())

    def use_data_as_in_training(self, trained: TrainedOn | None) -> None:
        """Give the data of a test as those of the network's training were given."""
        if trained is None:
            raise no_record(str(self.subcommand))
        self.given.check_trained(trained)
        self.trained = trained

    def instantiate_trainer(self, **kwargs: Any) -> Any:
        """Make the Trainer, with this package's log, progress bar and checkpoint files."""
        options = self.instantiated("trainer")
        if options["logger"] in (None, True):
            kwargs["logger"] = loggers(options["default_root_dir"] or ".")
        bar = options["enable_progress_bar"] is not False
        if bar and not any(isinstance(c, ProgressBar) for c in options["callbacks"] or []):
            self.trainer_defaults["callbacks"] = [EpochProgressBar()]
        try:
            trainer = super().instantiate_trainer(**kwargs)
        except (ValueError, TypeError) as error:  # an option that no machine has
            raise MisconfigurationException(str(error)) from error
        use_whole_checkpoints(trainer)
        return trainer

    def show_header(self, *parts: str, library: str = "") -> None:
        """Print the data, the sizes of these parts, the task, the network and the device."""
        data = self.datamodule
        if isinstance(data, SourceData) and self.trained is None:
            data.describe()
            self.given.check_fractions(data.own_parts)
        for name, value in header(data, self.model, self.trainer, parts, library).items():  # pyright: ignore[reportArgumentType]
            rank_zero_only(show_line)(name, value)
        if self.resumed and self.subcommand == "fit":
            rank_zero_only(show_line)("resumed from", self.resumed)

    def before_fit(self) -> None:
        """Print the header of a fit."""
        self.show_header("train", "val", "test")

    def before_numpy(self) -> None:
        """Print the header of a training by NumPy."""
        self.show_header("train", "val", "test", library="cpu, NumPy alone")

    def before_compare(self) -> None:
        """Print the header of a training by torch and by NumPy."""
        self.show_header("train", "val", "test", library="cpu, torch and NumPy")

    def before_validate(self) -> None:
        """Print the header of a validation."""
        self.show_header("val")

    def before_test(self) -> None:
        """Print the header of a test."""
        self.show_header("test")

    def before_predict(self) -> None:
        """Print the header of predictions."""
        self.show_header("predict")

    def after_fit(self) -> None:
        """Report on the best epoch, unless nothing was trained.

        Raises:
            InputError: the last update left weights that are not finite.
        """
        done = self.trainer.global_step > 0
        if not done or getattr(self.trainer, "fast_dev_run", 0) or self.trainer.interrupted:
            return
        if not all(p.isfinite().all() for p in self.model.parameters()):
            raise input_error("training.weights-not-finite")
        best = getattr(self.trainer.checkpoint_callback, "best_model_path", "")
        self.trainer.report(self.model, self.datamodule, best)  # pyright: ignore[reportAttributeAccessIssue]


def loggers(root: str) -> list[Logger]:
    """Return metrics.csv's, and TensorBoard's beside it where that is installed."""
    csv = CSVLogger(root, name="lightning_logs")
    if find_spec("tensorboard") is None:
        return [csv]
    return [csv, TensorBoardLogger(root, name="lightning_logs", version=csv.version)]


def end_process_group() -> None:
    """End the threads of torch's process group, of which Lightning ends NCCL's alone.

    An interpreter that ends before gloo's threads do may abort, and with it a finished training.
    """
    if distributed.is_available() and distributed.is_initialized():
        distributed.destroy_process_group()


def run_subcommand(
    words: list[str], trainer_for: Callable[[str], type[Trainer] | None] = lambda subcommand: None
) -> None:
    """Run a subcommand; an error of the person who gave it ends with one sentence, and exit code 2.

    Args:
        words: the subcommand and its options.
        trainer_for: returns the Trainer that has a subcommand; None means this package's.
    """
    for message in EXPECTED_WARNINGS:
        warnings.filterwarnings("ignore", message=message)
    leave_out_expected_notes()
    try:
        words = with_known_data(with_shipped_configs(words))
        TrainCLI(words, trainer_for(words[0]) or Trainer)
        end_process_group()
    except SystemExit as end:
        if isinstance(end.__context__, KeyboardInterrupt):  # after which Lightning exits with 1
            raise KeyboardInterrupt from None
        raise
    except TrainingStopped as stopped:
        print(f"train.py: {stopped}", file=sys.stderr)
        sys.exit(1)
    except Exception as error:
        text = sentence(error)
        if text is None:
            raise
        fail(text)
