"""Train a network with Lightning. With no argument: fit the digits.

python train.py --data TwoMoons --model.hidden_units [4] --model.activation tanh
python train.py fit --config experiment.yaml --trainer.max_epochs 200
python train.py fit --help
"""

from __future__ import annotations

import logging
import re
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import torch
from lightning import Trainer
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.cli import LightningArgumentParser, LightningCLI
from rich.console import Console

import ref_numpy
from parity_tests.predictions import predictions_line
from ref_numpy import InputError
from torch_impl import conventions, data  # noqa: F401  (--data finds its classes by name)
from torch_impl.datamodule import ArrayData
from torch_impl.module import NetworkModule
from torch_impl.results import History, draw_costs

SUBCOMMANDS = ("fit", "validate", "test", "predict")

# Said by Lightning about things that are as they should be here.
NOT_NEWS = (
    ".*does not have many workers.*",  # the data are in memory: a worker would only copy them
    ".*tensorboardX.*",  # without TensorBoard the logs are CSV, which needs no package
    ".*treespec, LeafSpec.*",  # Lightning calling torch by an older name
    ".*LightningCLI's args parameter.*",  # `fit` is put before the arguments below
)


class OneSentenceParser(LightningArgumentParser):
    """Says what is wrong without the 150 lines of usage before it."""

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        key = re.search(r'[Kk]ey "([^"]+)"', message)
        value = re.search(r"Given value: (.*)$", message, re.MULTILINE)
        if key and value:
            message = f"{key[1]} was given {value[1]}, which it cannot take"
        fail(f"{' '.join(message.split())}; `python train.py fit --help` lists the options.")


class TrainCLI(LightningCLI):
    """Lightning's own CLI. After a fit the best epoch is tested and the results are written."""

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        parser.add_lightning_class_args(ModelCheckpoint, "checkpoint")
        parser.set_defaults(
            {
                "data": "Digits",
                "model.hidden_units": [512, 256],
                "model.lambd": 0.1,
                "checkpoint.monitor": "val_cost",
                "checkpoint.filename": "best",
                "checkpoint.save_last": True,
            }
        )
        for size in ("n_x", "n_y", "output"):
            parser.link_arguments(f"data.{size}", f"model.{size}", apply_on="instantiate")

    def instantiate_trainer(self, **kwargs: Any) -> Trainer:
        trainer = super().instantiate_trainer(**kwargs)
        self.history = History()
        trainer.callbacks.insert(0, self.history)  # pyright: ignore[reportAttributeAccessIssue]
        return trainer

    def before_instantiate_classes(self) -> None:
        """Refuse a missing checkpoint; write none where the Trainer is told to write none."""
        options = self.config[str(self.subcommand)]
        path = options.get("ckpt_path")
        if path not in (None, "best", "last") and "://" not in path and not Path(path).is_file():
            raise InputError(f"the checkpoint {path} is not a file; check --ckpt_path.")
        trainer = options.trainer
        if trainer.enable_checkpointing is False or trainer.fast_dev_run:
            self._parser(self.subcommand).callback_keys.remove("checkpoint")

    def after_fit(self) -> None:
        if getattr(self.trainer, "fast_dev_run", 0) or self.trainer.interrupted:
            return
        if not all(p.isfinite().all() for p in self.model.parameters()):
            raise InputError(
                "training ended with weights that are not finite; use a lower "
                "--model.learning_rate, or more precision than --trainer.precision gives."
            )
        checkpoint = self.trainer.checkpoint_callback
        best = getattr(checkpoint, "best_model_path", "")
        (tested,) = self.trainer.test(
            self.model, self.datamodule, ckpt_path=best or None, verbose=False
        )
        if self.trainer.is_global_zero:
            self.report(tested, best)

    def report(self, tested: Mapping[str, float], best: str) -> None:
        """Write weights and cost curve, and say how far the reference is from torch."""
        folder = Path(self.trainer.log_dir or self.trainer.default_root_dir)
        folder.mkdir(parents=True, exist_ok=True)
        weights, curve = folder / "weights.safetensors", folder / "cost.png"
        network = self.model.network
        standardiser = self.datamodule.standardiser
        ref_numpy.save(weights, network.spec, conventions.get_params(network), standardiser)
        draw_costs(self.history.costs, curve)

        x = self.datamodule.parts["test"].x
        parameter = next(self.model.to(self.trainer.strategy.root_device).parameters())
        with torch.inference_mode():
            A = self.model(x.to(parameter))
        line = predictions_line(weights, conventions.from_batch(x), conventions.from_batch(A))

        console = Console(highlight=False, soft_wrap=True)
        console.print(f"\ntest cost       {tested['test_cost']:.4f}")
        if "test_accuracy" in tested:
            console.print(f"test accuracy   {tested['test_accuracy']:.2%} of {len(x)} examples")
        console.print(f"NumPy vs torch  {line}")
        for name, path in (("cost curve", curve), ("weights", weights), ("checkpoint", best)):
            if path:
                console.print(f"{name:<15} {shorter(path)}")


def fail(message: str) -> NoReturn:
    print(f"train.py: error: {message}", file=sys.stderr)
    sys.exit(2)


def input_error(error: BaseException | None) -> InputError | None:
    """The InputError that led to `error`: jsonargparse wraps a constructor's ValueErrors."""
    while error is not None and not isinstance(error, InputError):
        error = error.__cause__ or error.__context__
    return error


def shorter(path: Path | str) -> Path:
    """The path as seen from here, where it lies below."""
    path = Path(path).resolve()
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def main(args: list[str]) -> None:
    for message in NOT_NEWS:
        warnings.filterwarnings("ignore", message=message)
    logging.getLogger("lightning.pytorch.utilities.rank_zero").addFilter(
        lambda record: "litlogger" not in record.getMessage()
    )
    if not args or args[0] not in (*SUBCOMMANDS, "-h", "--help"):
        args = ["fit", *args]
    try:
        TrainCLI(
            NetworkModule,
            ArrayData,
            subclass_mode_data=True,
            seed_everything_default=0,
            trainer_defaults={"max_epochs": 40, "log_every_n_steps": 1},
            args=args,
            parser_class=OneSentenceParser,
            parser_kwargs={"description": __doc__},
        )
    except MisconfigurationException as error:
        fail(str(error))
    except ValueError as error:
        cause = input_error(error)
        if cause is None:
            raise
        fail(str(cause))


if __name__ == "__main__":
    main(sys.argv[1:])
