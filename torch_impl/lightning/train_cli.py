"""Lightning's command line for this package's networks and data: `train.py`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.callbacks import ProgressBar
from lightning.pytorch.cli import LightningArgumentParser, LightningCLI

import torch_impl.data  # noqa: F401  (--data finds its classes by name)
from torch_impl.data.datamodule import Data
from torch_impl.data.texts.text_file import Text, text_state
from torch_impl.data.texts.tokens import is_of_tokens
from torch_impl.data.texts.vocabularies import vocabulary_from
from torch_impl.data.trained_on import TrainedOn, no_record
from torch_impl.lightning.checkpoints import BestCheckpoint, LastCheckpoint
from torch_impl.lightning.command_line import OneSentenceParser, places_of_last, resumed_from
from torch_impl.lightning.header import resumed_line
from torch_impl.lightning.module import NetworkModule
from torch_impl.lightning.monitors import VAL_COST, check_monitors
from torch_impl.lightning.options.described_network import network_text
from torch_impl.lightning.options.given_options import GivenOptions
from torch_impl.lightning.progress_bar import EpochProgressBar
from torch_impl.lightning.reports import ReportingCommandLine
from torch_impl.lightning.restoring import refusing_damaged, use_whole_checkpoints
from torch_impl.lightning.runs.background_writing import wait_for_checkpoints
from torch_impl.lightning.runs.folder import RunConfig, RunFolder, loggers, logs_elsewhere
from torch_impl.lightning.runs.initial_weights import take_weights
from torch_impl.lightning.runs.interrupts import Interrupted, StopOnSignal, end_of
from torch_impl.lightning.runs.resuming import (
    add_epochs,
    begun_anew,
    learning_rate,
    split_epochs,
)
from torch_impl.lightning.runs.weights_checkpoint import WEIGHTS
from torch_impl.lightning.strategies import check_compile
from torch_impl.lightning.trainer import Trainer
from torch_impl.lightning.tuners import check_tuners
from torch_impl.results.summary import path_from_here
from torch_impl.training_messages import input_error

LINKED = {"model", "datamodule"}  # parameters that the command line's --model and --data give

# What a subcommand takes beside options.
USAGES = {
    "predict": "predict RUN [FILE] [--out FILE]",
    "test": "test RUN [FILE]",
    "validate": "validate RUN [FILE]",
    "report": "report RUN",
}


class TrainCLI(ReportingCommandLine):
    """Lightning's own CLI. After a fit the best epoch is tested and the results are written."""

    resumed: dict[str, Any] | None = None  # the checkpoint of a fit, until it begins
    text: Mapping[str, Any] | None = None  # what the checkpoint of a text's network has of it
    is_of_weights: bool = False  # a network of tokens, whose training data are not known
    new_rate: float | None = None  # with which a fit resumes
    interrupted: Interrupted | None = None  # what ended a fit before its time
    exit_code = 0

    def __init__(
        self,
        words: list[str],
        trainer: type[Trainer],
        run_folder: RunFolder | None = None,
    ) -> None:
        self.words, self.more_epochs = split_epochs(words)
        self.run_folder = run_folder or RunFolder()
        self.begins: dict[str, str] = {}
        super().__init__(
            NetworkModule,
            Data,
            trainer_class=trainer,
            subclass_mode_data=True,
            seed_everything_default=0,
            trainer_defaults={
                "max_epochs": 40, "log_every_n_steps": 50, "enable_model_summary": False,
                "devices": 1,  # by itself Lightning takes every GPU, and with them a larger batch
            },
            args=self.words,
            save_config_callback=RunConfig,
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
        parser.usage = f"train.py {USAGES.get(self.words[0], self.words[0])} [options]"
        parser.add_lightning_class_args(BestCheckpoint, "checkpoint")
        parser.add_lightning_class_args(LastCheckpoint, "last")
        parser.add_argument(
            "--init_from",
            type=str | None,
            default=None,
            help="a run, whose weights a new training begins with: in layers as large, or wider",
        )
        parser.set_defaults(
            {
                "data": "Digits",
                "model.hidden_units": [512, 256],
                "model.lambd": 0.1,
                "checkpoint.monitor": VAL_COST,
                "checkpoint.filename": "best",
                "checkpoint.enable_version_counter": False,
            }
        )
        for size in ("n_x", "n_y", "output", "batches_per_step", "image", "vocabulary"):
            of_data = partial(self.size_of, size)
            of_data.__name__ = size  # pyright: ignore[reportAttributeAccessIssue]  (--help has it)
            parser.link_arguments("data", f"model.{size}", of_data, apply_on="instantiate")

    def size_of(self, size: str, data: Data) -> Any:
        """A size of the data, which a trained network takes as it took those of its training."""
        if self.trained is not None:
            data.follow(self.trained)
        if self.text is not None and isinstance(data, Text):
            data.use_vocabulary(self.text, resumes=self.subcommand == "fit")
        return getattr(data, size)

    def before_instantiate_classes(self) -> None:
        """Write checkpoints where a run that is resumed wrote them, or none if none are wanted."""
        options = self.config[str(self.subcommand)]
        trainer, path = options.trainer, options.get("ckpt_path")
        if path is None and self.subcommand in ("validate", "test", "predict", "report"):
            raise input_error("training.no-checkpoint", subcommand=self.subcommand)
        self.given = GivenOptions(self.words, options, self.subcommand_parser.get_defaults())
        self.given.check_optimiser()
        self.given.check_network()
        if (network := options.model.get("network")) is not None:
            options.model.network = network_text(network)
        self.given.check_init_from(str(self.subcommand))
        self.given.check_resuming(str(self.subcommand))
        found = resumed_from(path, places_of_last(self.words, options))
        resumed, checkpoint = found or (None, {})
        if resumed is not None:
            options.ckpt_path, options.init_from = str(resumed), None
            with refusing_damaged(resumed):
                self.begin_with(resumed, checkpoint)
        if self.more_epochs is not None:
            add_epochs(trainer, checkpoint if self.subcommand == "fit" else {}, self.more_epochs)
        if trainer.enable_checkpointing is False or trainer.fast_dev_run:
            for key in ("checkpoint", "last"):
                self.subcommand_parser.callback_keys.remove(key)

    def begin_with(self, path: Path, checkpoint: dict[str, Any]) -> None:
        """Note what a checkpoint determines, and say it in the header."""
        self.text = text_state(checkpoint)
        if self.text is not None:
            vocabulary_from(self.text["vocabulary"])  # or the checkpoint is damaged
        if self.subcommand != "fit":
            self.begins["checkpoint"] = str(path_from_here(path))
            trained = TrainedOn.of_checkpoint(checkpoint)
            if trained is None and is_of_tokens(checkpoint):
                # Nothing is derived from such data, which compare themselves with a training's.
                self.is_of_weights = path.suffix == WEIGHTS
                return None
            return self.use_data_as_in_training(trained)
        if path.suffix == WEIGHTS:
            raise input_error("run.only-weights", path=path)
        self.resumed = checkpoint
        self.begins["resumed from"] = resumed_line(path, checkpoint)
        self.new_rate, line = learning_rate(self.given, checkpoint)
        if line is not None:
            self.begins["learning rate"] = line
        return None

    def use_data_as_in_training(self, trained: TrainedOn | None) -> None:
        """Give the data of a test as those of the network's training were given."""
        if trained is None:
            raise no_record(str(self.subcommand))
        self.given.check_trained(trained)
        self.trained = trained

    def instantiate_trainer(self, **kwargs: Any) -> Any:
        """Make the Trainer, with this package's log, progress bar and checkpoint files."""
        options = self.instantiated("trainer")
        if options["logger"] in (None, True) and not options["fast_dev_run"]:
            kwargs["logger"] = loggers(options["default_root_dir"] or ".", self.run_folder)
        bar = options["enable_progress_bar"] is not False
        if bar and not any(isinstance(c, ProgressBar) for c in options["callbacks"] or []):
            self.trainer_defaults["callbacks"] = [EpochProgressBar()]
        try:
            trainer: Any = super().instantiate_trainer(**kwargs)
        except (ValueError, TypeError) as error:  # an option that no machine has
            raise MisconfigurationException(str(error)) from error
        self.given.check_matmul(trainer.strategy.root_device.type, str(trainer.precision))
        use_whole_checkpoints(trainer)
        trainer.run_folder = self.run_folder
        trainer.log_dir  # noqa: B018  (it is reserved here, before processes begin)
        if elsewhere := logs_elsewhere(trainer.loggers):
            self.begins["log"] = elsewhere
        last = next((c for c in trainer.callbacks if isinstance(c, LastCheckpoint)), None)
        if last is not None:
            last.forgets_stopping = self.more_epochs is not None
        trainer.callbacks.append(StopOnSignal(last))
        return trainer

    def after_instantiate_classes(self) -> None:
        """Begin with the weights of a run, or with another learning rate."""
        if self.is_of_weights:
            self.datamodule.is_other = True
        source = self.config[str(self.subcommand)].init_from
        if source is not None:
            self.begins["initial weights"] = take_weights(source, self.model.network)
        self.model.new_learning_rate = self.new_rate
        if self.resumed is not None:
            anew = begun_anew(self.resumed, self.trainer, self.datamodule)
            self.begins |= {"not recorded": anew} if anew else {}
            self.resumed = None  # it may be large

    def fit(self, **options: Any) -> None:
        """Train, until the end or a signal.

        Raises:
            InputError: for no epochs.
        """
        if 0 in (self.trainer.max_epochs, self.trainer.max_steps):
            raise input_error("training.no-updates")
        check_compile(self.trainer.strategy, self.model.hparams.get("compile"))
        scheduled = self.config[str(self.subcommand)].get("lr_scheduler") is not None
        check_tuners(self.trainer, self.datamodule, "resumed from" in self.begins, scheduled)  # pyright: ignore[reportArgumentType]
        classes = self.model.network.spec.loss.classifies
        check_monitors(self.trainer, self.datamodule, classes)
        try:
            self.trainer.fit(**options)
        except Interrupted as interrupted:
            self.interrupted = interrupted
        wait_for_checkpoints(self.trainer)

    def after_fit(self) -> None:
        """Report on the best epoch, unless nothing was trained.

        Raises:
            InputError: the last update left weights that are not finite.
        """
        trainer: Any = self.trainer
        if trainer.global_step == 0 or getattr(trainer, "fast_dev_run", 0):
            return
        if self.interrupted is None and trainer.interrupted:
            return
        best = getattr(trainer.checkpoint_callback, "best_model_path", "")
        if self.interrupted is not None:
            self.exit_code = end_of(trainer, self.model, self.datamodule, self.interrupted, best)
            return
        if not all(p.isfinite().all() for p in self.model.parameters()):
            raise input_error("training.weights-not-finite")
        trainer.report(self.model, self.datamodule, best or None)
