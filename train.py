"""Train a network with Lightning. With no argument: fit the digits.

python train.py --data TwoMoons --model.hidden_units [4] --model.activation tanh
python train.py fit --config mnist --trainer.max_epochs 20 --trainer.precision bf16-mixed
python train.py fit --config mnist --ckpt_path last      # resume where it was killed
python train.py test --config mnist --ckpt_path best.ckpt
python train.py predict --data NpzFile --data.path new.npz --ckpt_path best.ckpt --out new.csv
python train.py numpy --config digits                    # the same training without torch
python train.py compare --config digits                  # both, step by step
python train.py fit --help
"""

from __future__ import annotations

import logging
import sys
import warnings
from functools import partial
from importlib.util import find_spec
from typing import Any

from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.fabric.utilities.rank_zero import rank_zero_only
from lightning.pytorch.callbacks import ProgressBar
from lightning.pytorch.cli import LightningArgumentParser, LightningCLI
from lightning.pytorch.loggers import CSVLogger, Logger, TensorBoardLogger
from lightning.pytorch.plugins.io import TorchCheckpointIO

import torch_impl.data  # noqa: F401  (--data finds its classes by name)
from parity_tests.training.monitor import ParityFinding, ParityMonitor  # noqa: F401  (--trainer.callbacks)
from parity_tests.training.trainer import Trainer
from ref_numpy import InputError
from ref_numpy.terminal import run_command
from torch_impl.data.datamodule import Data
from torch_impl.data.source_data import SourceData
from torch_impl.data.trained_on import TrainedOn, no_record
from torch_impl.lightning.checkpoints import BestCheckpoint, LastCheckpoint, WholeCheckpointIO
from torch_impl.lightning.command_line import (
    NOT_NEWS,
    OneSentenceParser,
    fail,
    resumed_from,
    sentence,
    with_shipped_configs,
)
from torch_impl.lightning.given_options import GivenOptions
from torch_impl.lightning.module import NetworkModule
from torch_impl.lightning.progress_bar import EpochProgressBar
from torch_impl.results.summary import show_line

GIVEN = {"model", "datamodule"}  # by the command line's own --model and --data


class TrainCLI(LightningCLI):
    """Lightning's own CLI. After a fit the best epoch is tested and the results are written."""

    trained: TrainedOn | None = None  # what a network was trained on that is only tested

    @staticmethod
    def subcommands() -> dict[str, set[str]]:
        lightnings = LightningCLI.subcommands()
        predict = lightnings["predict"] | {"return_predictions"}  # which nobody would see
        return {**lightnings, "predict": predict, "numpy": GIVEN, "compare": GIVEN}

    def parse_arguments(self, parser: LightningArgumentParser, args: Any) -> None:
        self.args = list(args)
        super().parse_arguments(parser, args)

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
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
                "data", f"model.{size}", partial(self.sized, size), apply_on="instantiate"
            )

    def sized(self, size: str, data: Data) -> Any:
        """A size of the data, which a trained network takes as it took those of its training."""
        if self.trained is not None:
            data.follow(self.trained)
        return getattr(data, size)

    def _parse_ckpt_path(self) -> None:
        """Lightning's would read a file before it is known to be whole, and take the checkpoint's
        options for those that were given; here the module compares them."""

    def before_instantiate_classes(self) -> None:
        """Write checkpoints where a run that is resumed wrote them, or none if none are wanted."""
        options = self.config[str(self.subcommand)]
        trainer, path = options.trainer, options.get("ckpt_path")
        if path is None and self.subcommand in ("validate", "test", "predict"):
            raise InputError(
                f"{self.subcommand} needs a trained network; name its checkpoint: --ckpt_path."
            )
        self.given = GivenOptions(self.args, options, self._parser(self.subcommand).get_defaults())
        self.given.check_optimiser()
        found = resumed_from(path, trainer.default_root_dir, options.last.dirpath)
        resumed, checkpoint = found or (None, {})
        if resumed is not None:
            options.ckpt_path = str(resumed)
            if self.subcommand != "fit":
                self.test_as(TrainedOn.of_checkpoint(checkpoint))
        keys = self._parser(self.subcommand).callback_keys
        for key in ("checkpoint", "last"):
            if trainer.enable_checkpointing is False or trainer.fast_dev_run:
                keys.remove(key)
            elif resumed is not None and options[key].dirpath is None:
                options[key].dirpath = str(resumed.parent.resolve())

    def test_as(self, trained: TrainedOn | None) -> None:
        """Have data as they were when the network was trained that is tested."""
        if trained is None:
            raise no_record(str(self.subcommand))
        self.given.check_trained(trained)
        self.trained = trained

    def instantiate_trainer(self, **kwargs: Any) -> Any:
        options = self._get(self.config_init, "trainer")
        if options["logger"] in (None, True):
            kwargs["logger"] = loggers(options["default_root_dir"] or ".")
        bar = options["enable_progress_bar"] is not False
        if bar and not any(isinstance(c, ProgressBar) for c in options["callbacks"] or []):
            self.trainer_defaults["callbacks"] = [EpochProgressBar()]
        try:
            trainer = super().instantiate_trainer(**kwargs)
        except (ValueError, TypeError) as error:  # an option that no machine has
            raise MisconfigurationException(str(error)) from error
        if type(trainer.strategy.checkpoint_io) is TorchCheckpointIO:
            trainer.strategy.checkpoint_io = WholeCheckpointIO()
        return trainer

    def announce(self, *parts: str) -> None:
        """Which task and which rows of the data were taken."""
        data = self.datamodule
        if not isinstance(data, SourceData):
            return
        if self.trained is None:
            self.given.check_fractions(data.own)
        for name, value in (("task", data.described.summary), ("rows", data.used(*parts))):
            rank_zero_only(show_line)(name, value)

    def before_fit(self) -> None:
        self.announce("train", "val", "test")

    before_numpy = before_compare = before_fit

    def before_validate(self) -> None:
        self.announce("val")

    def before_test(self) -> None:
        self.announce("test")

    def before_predict(self) -> None:
        self.announce("predict")

    def after_fit(self) -> None:
        done = self.trainer.global_step > 0
        if not done or getattr(self.trainer, "fast_dev_run", 0) or self.trainer.interrupted:
            return
        if not all(p.isfinite().all() for p in self.model.parameters()):
            raise InputError(
                "training ended with weights that are not finite; use a lower "
                "--model.learning_rate, or more precision than --trainer.precision gives."
            )
        best = getattr(self.trainer.checkpoint_callback, "best_model_path", "")
        self.trainer.report(self.model, self.datamodule, best)  # pyright: ignore[reportAttributeAccessIssue]


def loggers(root: str) -> list[Logger]:
    """metrics.csv, and TensorBoard's events beside it where that is installed."""
    csv = CSVLogger(root, name="lightning_logs")
    if find_spec("tensorboard") is None:
        return [csv]
    return [csv, TensorBoardLogger(root, name="lightning_logs", version=csv.version)]


def main(args: list[str]) -> None:
    for message in NOT_NEWS:
        warnings.filterwarnings("ignore", message=message)
    logging.getLogger("lightning.pytorch.utilities.rank_zero").addFilter(
        lambda record: "litlogger" not in record.getMessage()
    )
    if not args or args[0] not in (*TrainCLI.subcommands(), "-h", "--help"):
        args = ["fit", *args]
    try:
        TrainCLI(
            NetworkModule,
            Data,
            trainer_class=Trainer,
            subclass_mode_data=True,
            seed_everything_default=0,
            trainer_defaults={"max_epochs": 40, "log_every_n_steps": 50},
            args=with_shipped_configs(args),
            parser_class=OneSentenceParser,
            parser_kwargs={"description": __doc__},
        )
    except ParityFinding as finding:
        print(f"train.py: {finding}", file=sys.stderr)
        sys.exit(1)
    except Exception as error:
        said = sentence(error)
        if said is None:
            raise
        fail(said)


def run() -> int:
    """Run with the words of the command line, as the script `parity-train` does."""
    return run_command(partial(main, sys.argv[1:]), "train.py")


if __name__ == "__main__":
    sys.exit(run())
