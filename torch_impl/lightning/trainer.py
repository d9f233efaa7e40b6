"""Lightning's Trainer, which also reports on a fit and writes predictions."""

from __future__ import annotations

import math
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import lightning as L
import numpy as np
import torch
from lightning.fabric.utilities.rank_zero import rank_zero_only

from ref_numpy.layer import Array
from ref_numpy.propagation import forward
from torch_impl import conventions
from torch_impl.cuda_arithmetic import use_tf32
from torch_impl.data.datamodule import Data
from torch_impl.data.texts.text_file import Text
from torch_impl.lightning.checkpoint_files import curves_of_run, read
from torch_impl.lightning.module import NetworkModule
from torch_impl.lightning.runs.folder import RunFolder
from torch_impl.results.metrics_table import show_table
from torch_impl.results.prediction_file import PredictionFile, file_for
from torch_impl.results.report_file import as_json, epoch_of, values_of_report, write_report
from torch_impl.results.run_result import History, RunResult
from torch_impl.results.summary import (
    cost_of_mean,
    format_cost,
    lines_of_part,
    path_from_here,
    show_line,
    show_lines,
    show_results,
    write_results,
)
from torch_impl.results.tested import metrics_of
from torch_impl.results.weights_file_check import predictions_line
from torch_impl.training_messages import input_error
from torch_impl.wording import counted

NUMBERS = 2**22  # of the inputs of examples that are computed at once: 16 MiB at float32
OUTPUTS = 2**26  # probabilities of tokens that are kept: 256 MiB at float32


class Trainer(L.Trainer):
    """Lightning's Trainer, with a report after a fit and predictions as a file.

    Args:
        matmul: how CUDA multiplies matrices of float32: float32, or tf32, which is several times
            as fast and has 10 bits behind the point.
        options: see Lightning.

    Attributes:
        result: of the last report, in the first process.
    """

    result: RunResult | None = None

    def __init__(self, *, matmul: Literal["float32", "tf32"] = "float32", **options: Any) -> None:
        super().__init__(**options)
        self.matmul = matmul
        if self.multiplies_float32_on_cuda:
            use_tf32(matmul == "tf32")

    @property
    def multiplies_float32_on_cuda(self) -> bool:
        """Whether `matmul` has an effect."""
        return self.strategy.root_device.type == "cuda" and str(self.precision) == "32-true"

    @cached_property
    def run_folder(self) -> RunFolder:
        """The folder of the run."""
        return RunFolder()

    @property
    def log_dir(self) -> str:
        """The folder of the run: that of its log, or a new one where the logger has none.

        All processes must ask for it.
        """
        if getattr(self, "fast_dev_run", 0):  # which writes nothing
            return str(self.default_root_dir)
        own = self.loggers[0].log_dir if self.loggers else None  # None of W&B and MLflow
        folder = rank_zero_only(self.run_folder.reserve)(self.default_root_dir, own)
        return self.strategy.broadcast(str(folder))

    @property
    def folder(self) -> Path:
        """The folder of the run."""
        return Path(self.log_dir)

    def report(
        self,
        model: NetworkModule,
        datamodule: Data,
        ckpt_path: str | None = None,
        weights_only: bool | None = None,
    ) -> dict[str, Any]:
        """Test an epoch's network, write the results and print them.

        Args:
            model: the network.
            datamodule: its data.
            ckpt_path: the checkpoint of the epoch; None after a fit that wrote none: then the
                network is tested as it is.
            weights_only: of the checkpoint.

        Returns:
            The values of report.json by their names.
        """
        data, best = datamodule, ckpt_path
        # Of every epoch; with the checkpoint's weights come those before it.
        costs, accuracies = model.costs, model.accuracies
        chosen: int | None = len(costs["train"]) - 1
        if best is not None and Path(best).is_file():
            checkpoint = read(best)
            chosen = epoch_of(checkpoint)
            if not costs["train"]:
                costs, accuracies = curves_of_run(Path(best))
        history = History(costs, accuracies, chosen)
        options = {"ckpt_path": best, "weights_only": weights_only, "verbose": False}
        tested = next(iter(self.test(model, data, **options)), {})
        A = self.outputs_for("test", model, data)
        spec, params = model.network.spec, conventions.get_params(model.network)
        folder = self.folder  # all processes must ask for it
        if not self.is_global_zero:
            return {}  # sharded parameters are gathered by all processes, and written by one
        metrics = None if data.spec is None else metrics_of("test", data, A, spec.loss)

        # By the gathered parameters: of a sharded network all processes would have to compute.
        def outputs(X: Array) -> Array:
            dtype = next(iter(params.values())).dtype
            X = X.astype(dtype) if X.dtype.kind == "f" else X
            return forward(spec, params, X)[0][spec.output]

        files = write_results(folder, spec, params, data, history, A, outputs, metrics)
        line = predictions_line(files["weights"], data.raw("test")[: A.shape[1]], A)
        values = {
            **values_of_report(history, tested.get("test_cost"), metrics, spec, data),
            "precision": str(self.precision),
            "numpy_vs_torch": line,
            "checkpoint": Path(best) if best else None,
            "files": files,
        }
        line_of_accuracy = {}
        if metrics is None and "test_accuracy" in tested:  # of tokens: no figures of each class
            values["test_accuracy"] = tested["test_accuracy"]
            line_of_accuracy["test accuracy"] = f"{tested['test_accuracy']:.2%}"
        if isinstance(data, Text):
            bits = data.bits_per_character(tested["test_cost"], "test")
            values["test_bits_per_character"] = bits
            line_of_accuracy["bits a character"] = f"{bits:.3f}"
        mean_cost = values["test_cost_of_mean"]
        files = {**files, "report": write_report(folder, values)}
        files |= {"checkpoint": Path(best)} if best else {}
        lines = {**line_of_accuracy, "NumPy vs torch": line, **files}
        show_results(history, values, lines, mean_cost)
        plain = as_json({**values, "files": files}, Path.cwd())
        self.result = RunResult(folder, plain)
        return values

    def outputs_for(self, part: str, model: NetworkModule, data: Data) -> Array:
        """Return A (n_y, m) of a part, some rows at a time; of tokens, as many as room is for."""
        model.to(self.strategy.root_device)
        examples = data.parts[part]
        spec, m = model.network.spec, len(examples)
        rows = max(1, NUMBERS // math.prod(spec.input_shape))
        if model.labels is not None:  # tokens, whose probabilities and scores are many
            m = min(m, max(1, OUTPUTS // math.prod(spec.output_shape)))
            rows = max(1, NUMBERS // max(math.prod(step.shape) for step in spec.steps))
        pieces = (examples[k : min(k + rows, m)][0] for k in range(0, m, rows))
        return np.concatenate(
            [outputs_of(model, conventions.from_batch(x)) for x in pieces], axis=1
        )

    def report_part(self, part: str, model: NetworkModule, data: Data) -> None:
        """Print the figures of the part val or test, after `validate` or `test`."""
        A, folder = self.outputs_for(part, model, data), self.folder
        if not self.is_global_zero:
            return
        metrics = metrics_of(part, data, A, model.network.spec.loss)
        cost = self.callback_metrics.get(f"{part}_cost")
        known = {} if cost is None else {f"{part}_cost": float(cost)}
        print()
        show_lines(
            lines_of_part(
                part,
                known.get(f"{part}_cost"),
                metrics,
                cost_of_mean(data, model.network.spec.loss, part),
            )
        )
        show_table(metrics)
        self.result = RunResult(folder, {**known, part: metrics})

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
        """Predict, and write the predictions as a CSV file, a line for each example or position.

        Args:
            model: see Lightning, as for the next four.
            dataloaders: where there is no data module; no file is written then.
            datamodule: its labels, if it has any, are compared with the predictions.
            return_predictions: true returns them as Lightning does, all of them in memory.
            ckpt_path: of the trained network.
            weights_only: of the checkpoint.
            out: the file; None means predictions.csv in the folder of the run's log. Predictions in
                a file of this name are replaced.
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
        lines = counted(writer.lines, "line") + (", replaced" if writer.replaced else "")
        show_line("predictions", f"{path_from_here(writer.path)}, {lines}")
        _, _, number = model.sums["predict"].total(lambda sums: sums)
        means = model.sums["predict"].means(lambda sums: sums)
        if means is not None:
            if model.network.spec.loss.classifies:
                what = "example" if model.labels is None else "label"
                show_line("accuracy", f"{means[1]:.2%} of {counted(int(number), what)}")
            show_line("cost", format_cost(means[0]))
        return found


@torch.inference_mode()
def outputs_of(model: NetworkModule, X: Array) -> Array:
    """Return A (n_y, m) of standardised inputs X (n_x, m), on the model's device, in eval mode."""
    parameter, trains = next(model.parameters()), model.training
    model.eval()
    try:
        x = conventions.to_batch(X)  # whole numbers, such as tokens, stay such
        x = x.to(parameter) if x.is_floating_point() else x.to(parameter.device)
        return conventions.from_batch(model(x))
    finally:
        model.train(trains)
