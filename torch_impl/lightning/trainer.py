"""Lightning's Trainer, which also reports on a fit and writes predictions."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import torch

from ref_numpy.layer import Array
from torch_impl import conventions
from torch_impl.data.datamodule import Data
from torch_impl.lightning.checkpoints import read
from torch_impl.lightning.module import NetworkModule
from torch_impl.results.metrics_table import show_table
from torch_impl.results.prediction_file import PredictionFile, file_for
from torch_impl.results.run_result import History, RunResult, values_of_run
from torch_impl.results.summary import (
    cost_of_mean,
    format_cost,
    lines_of_test,
    path_from_here,
    show_line,
    show_lines,
    show_results,
    write_results,
)
from torch_impl.results.tested import metrics_of_test
from torch_impl.results.weights_file_check import predictions_line
from torch_impl.training_messages import input_error

NUMBERS = 2**22  # of the inputs of examples that are computed at once: 16 MiB at float32


class Trainer(L.Trainer):
    """Lightning's Trainer, with a report after a fit and predictions as a file.

    Attributes:
        result: of the last report, in the first process.
    """

    result: RunResult | None = None

    @property
    def folder(self) -> Path:
        """The folder of the run: that of its log."""
        return Path(self.log_dir or self.default_root_dir)

    def report(self, model: NetworkModule, data: Data, best: str) -> None:
        """Test the epoch that was chosen, write the results and print them, after a fit.

        Args:
            model: the network.
            data: its data.
            best: the checkpoint of that epoch; "" where none was written: then the network is
                tested as it is.
        """
        # Of every epoch; with the checkpoint's weights come those before it.
        costs, accuracies = model.costs, model.accuracies
        chosen = read(best)["epoch"] if Path(best).is_file() else len(costs["train"]) - 1
        history = History(costs, accuracies, chosen)
        tested = next(iter(self.test(model, data, ckpt_path=best or None, verbose=False)), {})
        A = self.outputs_of_test(model, data)
        spec, params = model.network.spec, conventions.get_params(model.network)
        if not self.is_global_zero:
            return  # sharded parameters are gathered by all processes, and written by one
        metrics = None if data.spec is None else metrics_of_test(data, A)
        outputs = partial(outputs_of, model)
        folder = self.folder
        files = write_results(folder, spec, params, data, history, A, outputs, metrics)
        line = predictions_line(files["weights"], data.raw("test"), A)
        values = values_of_run(history, tested.get("test_cost"), metrics)
        files |= {"checkpoint": Path(best)} if best else {}
        show_results(history, values, {"NumPy vs torch": line, **files}, cost_of_mean(data))
        self.result = RunResult(
            folder, {**values, "files": {k: str(path) for k, path in files.items()}}
        )

    def outputs_of_test(self, model: NetworkModule, data: Data) -> Array:
        """Return A (n_y, m) of the test part, some rows at a time, on the run's device."""
        model.to(self.strategy.root_device)
        test = data.parts["test"]
        rows = max(1, NUMBERS // model.network.spec.input_shape[0])
        pieces = (test[first : first + rows][0] for first in range(0, len(test), rows))
        return np.concatenate(
            [outputs_of(model, conventions.from_batch(x)) for x in pieces], axis=1
        )

    def report_test(self, model: NetworkModule, data: Data) -> None:
        """Print the figures of the test part, after `test`."""
        A = self.outputs_of_test(model, data)
        if not self.is_global_zero:
            return
        metrics = metrics_of_test(data, A)
        cost = self.callback_metrics.get("test_cost")
        show_lines(lines_of_test(None, metrics))
        show_table(metrics)
        known = {} if cost is None else {"test_cost": float(cost)}
        self.result = RunResult(self.folder, {**known, "test": metrics})

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
        """Predict, and write the predictions as a CSV file, a line for each example.

        Args:
            model: see Lightning, as for the next four.
            dataloaders: where there is no data module; no file is written then.
            datamodule: its labels, if it has any, are compared with the predictions.
            return_predictions: true returns them as Lightning does, all of them in memory.
            ckpt_path: of the trained network.
            weights_only: of the checkpoint.
            out: the file; None means predictions.csv in the folder of the run's log.
        """
        lightnings: dict[str, Any] = {
            "return_predictions": return_predictions, "ckpt_path": ckpt_path,
            "weights_only": weights_only,
        }  # fmt: skip
        if not isinstance(datamodule, Data):
            return super().predict(model, dataloaders, datamodule, **lightnings)
        if self.world_size != 1:
            raise input_error("predict.processes", processes=self.world_size)
        writer = PredictionFile(file_for(out, self.folder))
        self.callbacks.append(writer)  # pyright: ignore[reportAttributeAccessIssue]
        try:
            found = super().predict(model, None, datamodule, **lightnings)
        finally:
            self.callbacks.remove(writer)  # pyright: ignore[reportAttributeAccessIssue]
        show_line("predictions", f"{path_from_here(writer.path)}, {writer.rows} lines")
        means = model.sums["predict"].means(lambda sums: sums)
        if means is not None:
            if model.network.spec.loss.reads == "Z":
                show_line("accuracy", f"{means[1]:.2%} of {writer.rows} examples")
            show_line("cost", format_cost(means[0]))
        return found


@torch.inference_mode()
def outputs_of(model: NetworkModule, X: Array) -> Array:
    """Return A (n_y, m) of standardised inputs X (n_x, m), on the model's device."""
    parameter = next(model.parameters())
    return conventions.from_batch(model(conventions.to_batch(X).to(parameter)))
