"""A network's predictions as a CSV file: one line an example, in the order of the data.

Where an example has a label at each position, it has a line for each.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import lightning as L
from lightning.pytorch.callbacks import Callback
from torch import Tensor

from ref_numpy.data.data_spec import DataSpec
from ref_numpy.layer import Array
from torch_impl import conventions
from torch_impl.training_messages import input_error

PROBABILITY = 0.5  # the boundary of a yes, unless the outputs are scores


class PredictionFile(Callback):
    """Writes the predictions of a run of `predict`, a batch at a time, whole or not at all.

    Args:
        path: of the file, which takes this name when all of it is written.

    Attributes:
        rows: the examples so far.
        lines: the lines so far, of which an example with positions has one for each.
        replaced: whether there were such predictions in a file of this name.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.partial = path.with_name(f".{path.name}.partial")
        self.file: IO[str] | None = None
        self.rows, self.lines, self.replaced = 0, 0, False

    def on_predict_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Open the file, before anything is computed.

        Raises:
            InputError: there is a file of this name that holds something else.
            OSError: no file can be written there.
        """
        data: Any = trainer.datamodule  # pyright: ignore[reportAttributeAccessIssue]
        self.spec: DataSpec = data.described  # by now as the checkpoint has it
        network: Any = pl_module.network
        self.boundary = network.spec.loss.boundary
        self.at_positions = len(network.spec.output_shape) > 1
        title, self.names = data.row_names.get(data.part_to_predict, ("row", None))
        first = [title, "position"] if self.at_positions else [title] * (self.names is not None)
        columns = [*first, *header(self.spec, self.boundary)]
        self.replaced = self.path.exists()
        if self.replaced and first_row(self.path) != columns:
            raise input_error("predict.exists", path=self.path)
        self.file = self.partial.open("w", encoding="utf-8", newline="")
        csv.writer(self.file, lineterminator="\n").writerow(columns)

    def on_predict_batch_end(
        self,
        trainer: L.Trainer,
        pl_module: L.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Write a batch."""
        assert self.file is not None
        assert isinstance(outputs, Tensor)
        A = conventions.from_batch(outputs)
        columns = A.reshape(len(A), -1)  # the positions of an example one after the other
        found = zip(
            self.places(*A.shape[1:]), lines(self.spec, columns, self.boundary), strict=True
        )
        csv.writer(self.file, lineterminator="\n").writerows([*at, *row] for at, row in found)
        self.rows, self.lines = self.rows + A.shape[1], self.lines + columns.shape[1]

    def places(self, m: int, *positions: int) -> Iterator[list[Any]]:
        """Yield where each line of a batch belongs: the row, by its name or from 1, and position.

        Args:
            m: the examples.
            positions: T, where each has a label at every position.
        """
        for k in range(self.rows, self.rows + m):
            name = k + 1 if self.names is None else self.names[k]
            for t in range(*positions) if self.at_positions else (None,):
                row = [name] if self.at_positions or self.names is not None else []
                yield row if t is None else [*row, t + 1]

    def on_predict_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Give the file its name."""
        self.close()
        self.partial.replace(self.path)

    def on_exception(
        self, trainer: L.Trainer, pl_module: L.LightningModule, exception: BaseException
    ) -> None:
        """Remove the part that was written."""
        if self.file is not None:
            self.close()
            self.partial.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file."""
        assert self.file is not None
        self.file.close()
        self.file = None


def first_row(path: Path) -> list[str]:
    """Return the first row of a CSV file; none of a file of another kind."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return next(csv.reader(file), [])
    except (UnicodeDecodeError, csv.Error):
        return []


def header(spec: DataSpec, boundary: float = PROBABILITY) -> list[str]:
    """Return the columns: prediction, and each class, label or number by its name.

    Of two classes and another boundary than that of a probability, the score of the second.
    """
    if spec.task == "regression":
        return ["prediction"] if spec.n_y == 1 else [f"prediction {name}" for name in spec.names]
    if spec.task == "binary" and boundary != PROBABILITY:
        return ["prediction", "score"]
    return [*spec.names] if spec.task == "multilabel" else ["prediction", *spec.names]


def lines(spec: DataSpec, A: Array, boundary: float = PROBABILITY) -> Iterator[list[str]]:
    """Yield a line for each example, with all digits that count.

    Its class and the probability of each; of several labels the probabilities; of a regression the
    values in the target's own units.

    Args:
        spec: the meaning of the outputs.
        A: (n_y, m).
        boundary: of a yes, in probabilities or scores.
    """
    if spec.task == "regression":
        yield from spec.to_predictions(A).astype(str).tolist()
        return
    is_score = spec.task == "binary" and boundary != PROBABILITY
    probabilities = (A.T if is_score else spec.to_probabilities(A)).astype(str).tolist()
    if spec.task == "multilabel":
        yield from probabilities
        return
    for name, row in zip(spec.to_predictions(A, boundary).tolist(), probabilities, strict=True):
        yield [name, *row]


def file_for(out: str | None, folder: Path) -> Path:
    """Return the file that `--out` names, or predictions.csv in the run's folder.

    Raises:
        InputError: there can be no such file.
    """
    path = Path(out) if out else folder / "predictions.csv"
    if not out:
        folder.mkdir(parents=True, exist_ok=True)
    if path.is_dir() or not path.parent.is_dir():
        raise input_error("predict.out", path=path)
    return path
