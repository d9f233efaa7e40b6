"""Two more ways to train: by NumPy alone, and by torch and NumPy step by step on equal batches."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from lightning.pytorch.callbacks import Checkpoint, ModelSummary, ProgressBar
from lightning.pytorch.callbacks import GradientAccumulationScheduler as AccumulationScheduler
from lightning.pytorch.cli import SaveConfigCallback

from parity_tests.check_messages import input_error
from parity_tests.training.lockstep import compare
from parity_tests.training.lockstep_report import draw_both, show
from parity_tests.training.numpy_trainer import evaluate, train_numpy
from ref_numpy import Array, forward
from torch_impl import conventions
from torch_impl.data.datamodule import Data
from torch_impl.lightning.module import NetworkModule
from torch_impl.lightning.trainer import Trainer
from torch_impl.results.report_file import as_json, values_of_report, write_report
from torch_impl.results.run_result import History, RunResult
from torch_impl.results.summary import path_from_here, show_results, write_results
from torch_impl.results.tested import metrics_of

DTYPES = {"32-true": np.float32, "64-true": np.float64}


class ReferenceTrainer(Trainer):
    """The Trainer with `numpy` and `compare`."""

    def numpy(
        self,
        model: NetworkModule,
        datamodule: Data,
        ckpt_path: str | None = None,
        weights_only: bool | None = None,
    ) -> None:
        """Train with the NumPy reference alone, on the batches that `fit` takes, in their order.

        Args:
            model: the network.
            datamodule: its data.
            ckpt_path: None; a config of `fit` has this option and the next one.
            weights_only: see Lightning.

        Raises:
            InputError: an option has no counterpart in the reference.
        """
        self.refuse_options_without_reference(model)
        dtype = DTYPES[str(self.precision)]
        trained = train_numpy(model, datamodule, self.epochs, dtype)
        spec = model.network.spec
        units = None if datamodule.spec is None else datamodule.spec.units
        score = evaluate(spec, trained.best, datamodule.test_dataloader(), units)

        def outputs(X: Array) -> Array:
            X = X.astype(dtype) if X.dtype.kind == "f" else X
            return forward(spec, trained.best, X)[0][spec.output]

        A = outputs(conventions.from_batch(datamodule.parts["test"][:][0]))
        history = History(trained.costs, trained.accuracies, trained.best_epoch - 1)
        known = datamodule.spec is not None  # what the labels mean
        metrics = metrics_of("test", datamodule, A, spec.loss) if known else None
        files = write_results(
            self.folder, spec, trained.best, datamodule, history, A, outputs, metrics
        )
        values = {
            **values_of_report(history, score.cost, metrics, spec, datamodule),
            "precision": str(self.precision),
            "files": files,
        }
        files = {**files, "report": write_report(self.folder, values)}
        show_results(history, values, files, values["test_cost_of_mean"])
        self.result = RunResult(self.folder, as_json({**values, "files": files}, Path.cwd()))

    def compare(
        self,
        model: NetworkModule,
        datamodule: Data,
        every: int = 1,
        ckpt_path: str | None = None,
        weights_only: bool | None = None,
    ) -> None:
        """Train with torch and with NumPy, step by step on the same batches, and compare them.

        Args:
            model: the network.
            datamodule: its data.
            every: check one step in so many; checking one costs more than making it.
            ckpt_path: None; a config of `fit` has this option and the next one.
            weights_only: see Lightning.

        Raises:
            InputError: an option has no counterpart in the reference.
            SystemExit: with 1, where rounding does not explain a difference.
        """
        self.refuse_options_without_reference(model)
        precision = np.dtype(DTYPES[str(self.precision)]).name
        device = self.strategy.root_device
        lockstep = compare(model, datamodule, self.epochs, precision, every, device)
        code = show(lockstep)
        self.folder.mkdir(parents=True, exist_ok=True)
        draw_both(lockstep, self.folder / "compare.png")
        print(f"curves           {path_from_here(self.folder / 'compare.png')}")
        if code:
            raise SystemExit(code)

    @property
    def epochs(self) -> int:
        """How many epochs to train; 0 where steps are counted instead."""
        return self.max_epochs or 0

    def refuse_options_without_reference(self, model: NetworkModule) -> None:
        """Raise InputError for an option that the reference does not have."""
        plain = (Checkpoint, ProgressBar, ModelSummary, SaveConfigCallback, AccumulationScheduler)
        more = [c for c in self.callbacks if not isinstance(c, plain)]  # pyright: ignore[reportAttributeAccessIssue]
        parts = {name: getattr(self, f"limit_{name}_batches", 1.0) for name in ("val", "test")}
        lacking = {
            "--trainer.callbacks": bool(more),
            "--trainer.overfit_batches": bool(getattr(self, "overfit_batches", 0)),
            "--trainer.check_val_every_n_epoch": self.check_val_every_n_epoch != 1,
            "--trainer.matmul tf32": self.matmul == "tf32" and self.multiplies_float32_on_cuda,
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
            raise input_error("training.no-reference", options=", ".join(given))
