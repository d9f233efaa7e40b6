"""Train the network with Lightning:  python train.py [fit|validate|test|predict] [options]

With no argument it fits the digits. `python train.py fit --help` lists every option; for example

    python train.py --data TwoMoons --model.hidden_units '[4]' --model.activation tanh
    python train.py --config experiment.yaml --trainer.max_epochs 200
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.cli import LightningArgumentParser, LightningCLI
from rich.console import Console

import ref_numpy
from parity_tests.agreement import predictions_line
from ref_numpy import InputError
from torch_impl import conventions
from torch_impl.data import ArrayData
from torch_impl.module import NetworkModule
from torch_impl.results import History, draw_costs

SUBCOMMANDS = ("fit", "validate", "test", "predict")


class TrainCLI(LightningCLI):
    """Lightning's own CLI; after a fit it tests the best epoch and writes what a person wants."""

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        parser.add_lightning_class_args(History, "history")
        parser.add_lightning_class_args(ModelCheckpoint, "checkpoint")
        parser.set_defaults(
            {
                "data": "Digits",
                "checkpoint.monitor": "val_cost",
                "checkpoint.filename": "best",
                "checkpoint.save_last": True,
            }
        )

    def after_fit(self) -> None:
        """Test the best epoch's weights; write the weights, the cost curve, and the comparison."""
        if self.trainer.fast_dev_run or self.trainer.interrupted:
            return
        best = "best" if self.trainer.checkpoint_callback.best_model_path else None
        (tested,) = self.trainer.test(self.model, self.datamodule, ckpt_path=best, verbose=False)
        if self.trainer.is_global_zero:
            self.report(tested)

    def report(self, tested: dict[str, float]) -> None:
        folder = Path(self.trainer.log_dir or self.trainer.default_root_dir)
        folder.mkdir(parents=True, exist_ok=True)
        spec, params = self.model.built.spec, conventions.get_params(self.model.built)
        weights, curve = folder / "weights.safetensors", folder / "cost.png"
        ref_numpy.save(weights, spec, params, self.datamodule.standardiser)
        draw_costs(self.config_init["fit"]["history"].costs, curve)

        x = self.datamodule.parts["test"].x
        with torch.inference_mode():
            A = self.model.cpu()(x.to(torch.get_default_dtype()))
        console = Console(highlight=False, soft_wrap=True)
        console.print()
        if "test_accuracy" in tested:
            console.print(f"test accuracy   {tested['test_accuracy']:.2%} of {len(x)} examples")
        console.print(f"test cost       {tested['test_cost']:.4f}")
        console.print(f"cost curve      {curve}")
        console.print(f"weights         {weights}")
        console.print(f"checkpoint      {self.trainer.checkpoint_callback.best_model_path}")
        line = predictions_line(weights, conventions.from_batch(x), conventions.from_batch(A))
        console.print(f"NumPy vs torch  {line}")


def main(args: list[str]) -> None:
    warnings.filterwarnings("ignore", message=".*does not have many workers.*")
    if not args or (args[0] not in SUBCOMMANDS and args[0] not in ("-h", "--help")):
        args = ["fit", *args]
    try:
        TrainCLI(
            NetworkModule,
            ArrayData,
            subclass_mode_data=True,
            seed_everything_default=0,
            trainer_defaults={"max_epochs": 40},
            args=args,
            parser_kwargs={"description": __doc__},
        )
    except InputError as error:
        sys.exit(f"train.py: error: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
