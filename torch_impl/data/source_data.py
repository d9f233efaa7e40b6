"""A data set that is read from a source: described off it, or as a trained network takes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from ref_numpy.data_spec import DataSpec
from ref_numpy.layer import Array
from ref_numpy.preprocessing import Standardiser
from torch_impl.data.datamodule import Data
from torch_impl.data.rows import EncodedRows, Rows, chunks
from torch_impl.data.running_statistics import standardiser_of
from torch_impl.data.tasks import AskedTask, names_for, seen_of, task_of
from torch_impl.data.trained_on import TrainedOn
from torch_impl.training_messages import input_error


def check_fractions(**fractions: float) -> None:
    for name, fraction in fractions.items():
        if not 0 < fraction < 1:
            raise input_error("data.fraction", name=name, fraction=fraction)


class SourceData(Data):
    """A subclass reads its source, in `read`: it makes `spec`, `rows` and `fingerprint`.

    rows: of each part, as they come, until `setup` encodes them.
    own: the parts that the source has of its own, and that are no fraction of another.
    """

    standardise: Any
    in_memory = ("train", "val")  # the parts that are encoded once; test is taken once or twice

    def __init__(
        self,
        val_fraction: float = 0.1,
        test_fraction: float = 0.2,
        task: AskedTask = "auto",
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        check_fractions(val_fraction=val_fraction, test_fraction=test_fraction)
        self.val_fraction, self.test_fraction = val_fraction, test_fraction
        self.task: AskedTask = task
        self.trained: TrainedOn | None = None
        self.rows: dict[str, Rows] = {}
        self.own: set[str] = set()
        self.fingerprint = ""
        self.encoded_at: torch.dtype | None = None

    def read(self) -> None:
        """Read what describes the data, as those of a training or as `trained` has them."""
        raise TypeError(f"{type(self).__name__} defines no read")

    @property
    def options(self) -> dict[str, Any]:
        """Those that the split and the statistics follow from."""
        fractions = {"val_fraction": self.val_fraction, "test_fraction": self.test_fraction}
        both = {"standardise": self.standardise, "own_parts": sorted(self.own)}
        return {**fractions, **both}

    def check_own(self, options: Mapping[str, Any]) -> None:
        """Raises InputError where a part that was the source's own in the training is gone."""
        for part in sorted({*options["own_parts"]} - self.own):
            raise input_error("data.no-own-part", name=self.title, purpose=PURPOSES[part])

    def describe(self) -> None:
        if self.spec is None and not self.parts:
            self.read()

    def record(self) -> TrainedOn | None:
        self.describe()
        if self.spec is None:
            return None
        return self.trained or TrainedOn(self.spec, self.fingerprint, self.options)

    def follow(self, trained: TrainedOn) -> None:
        undescribed = self.spec is None and not self.parts
        ours = self.trained if self.spec is None else self.record()
        if undescribed or (ours is not None and trained.differences(ours)):
            self.begin_anew(trained)

    def begin_anew(self, trained: TrainedOn | None) -> None:
        self.trained, self.spec, self.parts, self.rows = trained, None, {}, {}

    def setup(self, stage: str) -> None:
        """Encode the parts, for the precision of the run."""
        if stage == "fit" and self.trained is not None:  # after a test of another network
            self.begin_anew(None)
        dtype = self.for_trainer()
        if self.parts and self.encoded_at in (None, dtype):
            return
        if not self.rows:
            self.begin_anew(self.trained)
        spec, rows = self.described, self.rows
        self.parts = {part: self.encoded(part, rows[part], spec, dtype) for part in rows}
        self.rows, self.encoded_at = {}, dtype

    def encoded(self, part: str, rows: Rows, spec: DataSpec, dtype: torch.dtype) -> Any:
        if part in self.in_memory and "train" in self.rows:
            return EncodedRows(rows, spec, dtype).in_memory()
        return EncodedRows(rows.apart(), spec, dtype)

    def all_of_other(self, rows: Rows, validate: Rows | None = None) -> dict[str, Rows]:
        """The parts of data that the network was not trained on."""
        return {"val": validate or rows, "test": rows}

    def used(self, part: str, *more: str) -> str:
        """Which rows those parts have, in words."""
        self.describe()
        here: Any = self.rows or self.parts
        sizes = {part: len(rows) for part, rows in here.items()}
        if part == "predict":
            if part in sizes:
                return f"{self.title}: all {sizes[part]} of its test set, which has no labels"
            part = "test"
        if "train" not in sizes:  # what is tested was trained on other data
            whose = "rows of its own test set" if "test" in self.own else "rows"
            return f"{self.title}: all {sizes[part]} {whose}; not the training data"
        if more:
            each = [f"{sizes[name]} {PURPOSES[name]}" for name in (part, *more)]
            return f"{self.title}: {', '.join(each)}"
        if part in self.own:
            return f"{self.title}: all {sizes[part]} of its own set {PURPOSES[part]}"
        every = sum(size for name, size in sizes.items() if name not in {*self.own, "predict"})
        return f"{self.title}: {sizes[part]} of {every}, held out {PURPOSES[part]}"


PURPOSES = {"train": "to train", "val": "to validate", "test": "to test"}


def spec_of(
    shape: tuple[int, ...],
    ys: Iterable[Array],
    asked: AskedTask,
    names: tuple[str, ...] | None = None,
) -> DataSpec:
    """What labels of all parts mean, without statistics.

    names: of the classes, where the source says that the labels are such.
    """
    seen = seen_of(ys, asked)
    if asked == "auto" and names is not None:
        asked = "binary" if len(names) == 2 else "classes"
    task = task_of(seen, asked)
    known = names if task in ("binary", "classes") else None
    return DataSpec(shape, task, known or names_for(seen, task))


def with_statistics(spec: DataSpec, train: Rows, each_feature: bool | None) -> DataSpec:
    """… and with those of the training part.   each_feature: False takes all numbers together, None
    nothing: inputs and targets are then as they come."""
    if each_feature is None:
        return spec
    targets = None
    if spec.task == "regression":
        y = (np.asarray(y, np.float64).reshape(len(y), -1) for y in train.labels())
        targets = standardiser_of(y, spec.n_y)
    inputs: Standardiser = standardiser_of(chunks(train), spec.n_x, each_feature)
    return replace(spec, inputs=inputs, targets=targets)
