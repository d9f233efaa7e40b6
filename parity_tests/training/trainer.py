"""Lightning's Trainer, and two more ways to train: by NumPy alone, and both side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import torch
from lightning.pytorch.callbacks import Checkpoint, ModelSummary, ProgressBar
from lightning.pytorch.callbacks import GradientAccumulationScheduler as AccumulationScheduler
from lightning.pytorch.cli import SaveConfigCallback

from parity_tests.training.lockstep import compare
from parity_tests.training.lockstep_report import draw_both, show
from parity_tests.training.numpy_trainer import evaluate, train_numpy
from parity_tests.training.weights_file_check import predictions_line
from ref_numpy import InputError, forward
from torch_impl import conventions
from torch_impl.data.datamodule import Data
from torch_impl.lightning.checkpoints import read
from torch_impl.lightning.module import NetworkModule
from torch_impl.results.prediction_file import PredictionFile, file_for
from torch_impl.results.summary import (
    accuracy_or_none,
    cost_of_mean,
    figure,
    shorter,
    show_line,
    show_results,
    write_results,
)

DTYPES = {"32-true": np.float32, "64-true": np.float64}


class Trainer(L.Trainer):
    """Lightning's Trainer with `numpy` and `compare`."""

    def numpy(self, model: NetworkModule, datamodule: Data) -> None:
        """Train by the NumPy reference alone, on the batches that `fit` takes, in their order."""
        self.refuse_what_numpy_lacks(model)
        dtype = DTYPES[str(self.precision)]
        trained = train_numpy(model, datamodule, self.epochs, dtype)
        spec, units = model.network.spec, datamodule.described.units
        score = evaluate(spec, trained.best, datamodule.test_dataloader(), units)
        X = conventions.from_batch(datamodule.parts["test"][:][0]).astype(dtype)
        A = forward(spec, trained.best, X)[0][spec.output]
        files = write_results(self.folder, spec, trained.best, datamodule, trained.costs, A)
        accuracy = accuracy_or_none(score.accuracy)
        best, mean = trained.best_epoch - 1, cost_of_mean(datamodule)
        show_results(trained.costs, best, score.cost, accuracy, score.m, files, mean)

    def compare(self, model: NetworkModule, datamodule: Data, every: int = 1) -> None:
        """Train by torch and by NumPy, step by step on the same batches, and say how they differ.

        Args:
            model: the network.
            datamodule: its data.
            every: judge each step of so many; judging one costs more than making it.
        """
        self.refuse_what_numpy_lacks(model)
        precision = np.dtype(DTYPES[str(self.precision)]).name
        lockstep = compare(model, datamodule, self.epochs, precision, every)
        code = show(lockstep)
        self.folder.mkdir(parents=True, exist_ok=True)
        draw_both(lockstep, self.folder / "compare.png")
        print(f"curves           {shorter(self.folder / 'compare.png')}")
        if code:
            raise SystemExit(code)

    def report(self, model: NetworkModule, data: Data, best: str) -> None:
        """Test the epoch that was chosen, write the results and show them, after a fit.

        best: its checkpoint, or "" where none was written: then the network as it is.
        """
        costs = model.costs  # of every epoch; with the checkpoint's weights come those before it
        epoch = read(best)["epoch"] if Path(best).is_file() else len(costs["train"]) - 1
        tested = next(iter(self.test(model, data, ckpt_path=best or None, verbose=False)), {})
        x, _ = data.parts["test"][:]
        parameter = next(model.to(self.strategy.root_device).parameters())
        with torch.inference_mode():
            A = conventions.from_batch(model(x.to(parameter)))
        spec, params = model.network.spec, conventions.get_params(model.network)
        folder = self.folder
        if not self.is_global_zero:
            return  # what is shared out is had by all processes together, and written by one
        files = write_results(folder, spec, params, data, costs, A)
        line = predictions_line(files["weights"], data.raw("test"), A)
        lines = {"NumPy vs torch": line, **files} | ({"checkpoint": Path(best)} if best else {})
        cost, accuracy = tested.get("test_cost"), tested.get("test_accuracy")
        show_results(costs, epoch, cost, accuracy, len(x), lines, cost_of_mean(data))

    def predict(
        self,
        model: Any = None,
        dataloaders: Any = None,
        datamodule: Any = None,
        return_predictions: bool | None = False,
        ckpt_path: Any = None,
        weights_only: bool | None = None,
        out: str | None = None,
    ) -> Any:
        """Predict, and write what is predicted as a CSV file, a line for each example.

        Args:
            model: see Lightning, as of the next four.
            dataloaders: where there is no data module; nothing is then written.
            datamodule: its labels, if it has any, are compared with the predictions.
            return_predictions: true gives them as Lightning does, all of them in memory.
            ckpt_path: of the trained network.
            weights_only: of the checkpoint.
            out: the file; None takes predictions.csv in the folder of the run's log.
        """
        lightnings: dict[str, Any] = {
            "return_predictions": return_predictions, "ckpt_path": ckpt_path,
            "weights_only": weights_only,
        }  # fmt: skip
        if not isinstance(datamodule, Data):
            return super().predict(model, dataloaders, datamodule, **lightnings)
        if self.world_size != 1:
            raise InputError(
                f"predict was given {self.world_size} processes, and writes one file in the order "
                f"of the data; use --trainer.devices 1.",
                code="predict.processes",
            )
        writer = PredictionFile(file_for(out, self.folder))
        self.callbacks.append(writer)  # pyright: ignore[reportAttributeAccessIssue]
        try:
            found = super().predict(model, None, datamodule, **lightnings)
        finally:
            self.callbacks.remove(writer)  # pyright: ignore[reportAttributeAccessIssue]
        show_line("predictions", f"{shorter(writer.path)}, {writer.rows} lines")
        means = model.sums["predict"].means(lambda sums: sums)
        if means is not None:
            if model.network.spec.loss.reads == "Z":
                show_line("accuracy", f"{means[1]:.2%} of {writer.rows} examples")
            show_line("cost", figure(means[0]))
        return found

    @property
    def folder(self) -> Path:
        return Path(self.log_dir or self.default_root_dir)

    @property
    def epochs(self) -> int:
        return self.max_epochs or 0

    def refuse_what_numpy_lacks(self, model: NetworkModule) -> None:
        """Raises InputError for an option that the reference does not have."""
        plain = (Checkpoint, ProgressBar, ModelSummary, SaveConfigCallback, AccumulationScheduler)
        more = [c for c in self.callbacks if not isinstance(c, plain)]  # pyright: ignore[reportAttributeAccessIssue]
        parts = {name: getattr(self, f"limit_{name}_batches", 1.0) for name in ("val", "test")}
        lacking = {
            "--trainer.callbacks": bool(more),
            "--trainer.overfit_batches": bool(getattr(self, "overfit_batches", 0)),
            "--trainer.check_val_every_n_epoch": self.check_val_every_n_epoch != 1,
            "--model.compile": bool(model.hparams.get("compile")),
            **{f"--trainer.limit_{name}_batches": given != 1.0 for name, given in parts.items()},
            f"--trainer.precision {self.precision}": str(self.precision) not in DTYPES,
            "--trainer.max_steps": self.max_steps != -1,
            "--trainer.limit_train_batches": getattr(self, "limit_train_batches", 1.0) != 1.0,
            "--trainer.accumulate_grad_batches": self.accumulate_grad_batches != 1,
            "--trainer.gradient_clip_val": self.gradient_clip_val is not None,
            "--optimizer": "configure_optimizers" in vars(model),
            "more than one device": self.world_size != 1,
        }
        given = [option for option, lacks in lacking.items() if lacks]
        if given:
            raise InputError(
                f"the NumPy reference has no {', '.join(given)}; leave it out "
                f"(precisions are 32-true and 64-true, optimisers --model.optimiser's)."
            )
