"""A data set that is read from a source: described by it, or as a trained network takes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from ref_numpy.data.data_spec import DataSpec
from ref_numpy.data.image_layout import image_layout
from ref_numpy.data.preprocessing import Standardiser
from ref_numpy.layer import Array
from ref_numpy.network import NetworkSpec
from torch_impl import conventions
from torch_impl.data.batches import TensorPairs
from torch_impl.data.datamodule import Data
from torch_impl.data.rows import EncodedRows, Rows, chunks
from torch_impl.data.running_statistics import standardiser_of
from torch_impl.data.tasks import RequestedTask, facts_of, names_for, task_of
from torch_impl.data.trained_on import TrainedOn
from torch_impl.data.weights import (
    NONE,
    OF_CLASSES,
    OF_EXAMPLES,
    ClassWeights,
    weights_of_parts,
)
from torch_impl.training_messages import input_error


def check_fractions(val_fraction: float, test_fraction: float) -> None:
    """Raise InputError for a fraction that is not between 0 and 1; that to validate may be 0."""
    if not 0 <= val_fraction < 1:
        facts = {"name": "val_fraction", "fraction": val_fraction, "least": "0 or more"}
        raise input_error("data.fraction", **facts)
    if not 0 < test_fraction < 1:
        facts = {"name": "test_fraction", "fraction": test_fraction, "least": "more than 0"}
        raise input_error("data.fraction", **facts)


class SourceData(Data):
    """A data set with a source. A subclass reads `spec`, `rows` and `fingerprint`, in `read`.

    Args:
        val_fraction: of the training examples, held out to choose the model by; 0 trains with all
            of them, and the last epoch is chosen.
        test_fraction: of all examples, held out where the source has no test set of its own.
        task: that of the labels; auto infers it from them.
        class_weights: of the classes in the costs of training and validation: balanced, by which
            all classes count as much, or each class's own: '{no: 1, yes: 5}'.
        kwargs: see `Data`.

    Attributes:
        weights: the name of the weights of examples in the source; None where they have none.
        weighting: the weights of the parts.
        rows: of each part, as they come, until `setup` encodes them.
        own_parts: the parts that the source has of its own, and that are not a fraction of another.
        fingerprint: of the training data's content.
        notes: lines about the source for the first lines of a run, by their names.
    """

    standardise: Any
    weights: str | None = None
    in_memory = ("train", "val")  # the parts that are encoded once; test is taken once or twice

    def __init__(
        self,
        val_fraction: float = 0.1,
        test_fraction: float = 0.2,
        task: RequestedTask = "auto",
        class_weights: ClassWeights | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        check_fractions(val_fraction, test_fraction)
        self.val_fraction, self.test_fraction = val_fraction, test_fraction
        self.task: RequestedTask = task
        self.class_weights, self.weighting = class_weights, NONE
        self.trained: TrainedOn | None = None
        self.rows: dict[str, Rows] = {}
        self.own_parts: set[str] = set()
        self.fingerprint = ""
        self.notes: dict[str, str] = {}
        self.encoded_at: torch.dtype | None = None
        self.taken: Any = None  # the shape of an example of the network's input, once it is known

    def read(self) -> None:
        """Read the description of the data, as those of a training or as `trained` has them."""
        raise TypeError(f"{type(self).__name__} defines no read")

    @property
    def options(self) -> dict[str, Any]:
        """The options that determine the split and the statistics."""
        fractions = {"val_fraction": self.val_fraction, "test_fraction": self.test_fraction}
        both = {"standardise": self.standardise, "own_parts": sorted(self.own_parts)}
        return {**fractions, **both}

    def check_own_parts(self, options: Mapping[str, Any]) -> None:
        """Check that the parts are there that were the source's own in the training.

        Raises:
            InputError: one is missing.
        """
        for part in sorted({*options["own_parts"]} - self.own_parts):
            purpose = PURPOSES.get(part, f"for {part}")
            raise input_error("data.no-own-part", name=self.title, purpose=purpose)

    def describe(self) -> None:
        """Read the source, once."""
        if self.spec is None and not self.parts:
            self.read()

    def record(self) -> TrainedOn | None:
        """Return the record of these data for the networks that are trained on them."""
        self.describe()
        if self.spec is None:
            return None
        options = {**self.options, **self.weighting.record}
        return self.trained or TrainedOn(self.spec, self.fingerprint, options)

    def follow(self, trained: TrainedOn) -> None:
        """Give the examples as a trained network takes them."""
        undescribed = self.spec is None and not self.parts
        ours = self.trained if self.spec is None else self.record()
        if undescribed or (ours is not None and trained.differences(ours)):
            self.reset(trained)

    def reset(self, trained: TrainedOn | None) -> None:
        """Forget the source, so that it is read again, as `trained` has it."""
        self.trained, self.spec, self.parts, self.rows = trained, None, {}, {}
        self.weighting = NONE

    def weigh(self, spec: DataSpec, of_examples: Array | None = None) -> None:
        """Weigh the rows to train and to validate with, as this training or `trained` does.

        Args:
            spec: the meaning of the labels.
            of_examples: the weights of all rows of the source, (m,); None where they have none.
        """
        of_classes: Any = self.class_weights
        if self.trained is not None:
            of_classes = self.trained.options.get(OF_CLASSES)
            of_examples = of_examples if OF_EXAMPLES in self.trained.options else None
        name = self.weights or "w"
        self.weighting = weights_of_parts(spec, self.rows, of_classes, of_examples, name)

    def setup(self, stage: str) -> None:
        """Encode the parts, for the precision of the run."""
        if stage == "fit" and self.trained is not None:  # after a test of another network
            self.reset(None)
        dtype = self.dtype_for_trainer()
        if self.parts and self.encoded_at in (None, dtype):
            return
        if not self.rows:
            self.reset(self.trained)
        spec, rows = self.described, self.rows
        self.of_images = image_layout(spec.shape, self.taken)
        self.parts = {part: self.encode(part, rows[part], spec, dtype) for part in rows}
        self.rows, self.encoded_at = {}, dtype

    def encode(self, part: str, rows: Rows, spec: DataSpec, dtype: torch.dtype) -> Any:
        """Encode a part: once where it is used in every epoch, else whenever it is used."""
        w = self.weighting.parts.get(part)
        once = part in self.in_memory and "train" in self.rows
        encoded = EncodedRows(rows if once else rows.compact(), spec, dtype, w)
        encoded.of_images = self.of_images
        return encoded.in_memory() if once else encoded

    def check_network(self, spec: NetworkSpec) -> None:
        """Give the examples as the network takes them, (m, n_x) or as images.

        Raises:
            InputError: it takes images of another shape.
        """
        self.describe()
        if self.spec is None:  # parts of one's own, without a description
            return
        self.taken, before = spec.inputs[spec.input], self.of_images
        self.of_images = image_layout(self.spec.shape, self.taken)
        if self.of_images == before:
            return
        for part, examples in self.parts.items():
            if isinstance(examples, EncodedRows):
                examples.of_images = self.of_images
            elif isinstance(examples, TensorPairs):
                x = conventions.from_images(examples.x, before)
                self.parts[part] = TensorPairs(
                    conventions.to_images(x, self.of_images), examples.y, examples.w
                )

    def all_of_other(self, rows: Rows, validate: Rows | None = None) -> dict[str, Rows]:
        """Return the parts of data that the network was not trained on."""
        return {"val": validate or rows, "test": rows}

    @property
    def part_sizes(self) -> dict[str, int]:
        """The number of rows in each part."""
        self.describe()
        here: Any = self.rows or self.parts
        return {part: len(rows) for part, rows in here.items()}

    def describe_rows(self, part: str, *more: str) -> str:
        """Return in words the rows of those parts: "Digits: 1293 to train, 144 to validate"."""
        sizes = self.part_sizes
        if part == "predict":
            if part in sizes:
                whose = "of its test set, which has no labels"
                if "train" not in sizes:
                    whose = "rows, some without labels; not the training data"
                return f"{self.title}: all {sizes[part]} {whose}"
            part = "test"
        if "train" not in sizes:  # the network was trained on other data
            whose = "rows of its own test set" if "test" in self.own_parts else "rows"
            return f"{self.title}: all {sizes[part]} {whose}; not the training data"
        if more:
            each = [f"{sizes[name] or 'none'} {PURPOSES[name]}" for name in (part, *more)]
            return f"{self.title}: {', '.join(each)}"
        if part in self.own_parts:
            return f"{self.title}: all {sizes[part]} of its own set {PURPOSES[part]}"
        every = sum(
            size for name, size in sizes.items() if name not in {*self.own_parts, "predict"}
        )
        return f"{self.title}: {sizes[part]} of {every}, held out {PURPOSES[part]}"


def held_out_rows(
    rows: Mapping[str, Any], every: Array | None = None
) -> dict[str, tuple[str, Sequence[Any]]]:
    """Return the numbers that the rows held out to test have in their source, counted from 1.

    Args:
        rows: of each part, in memory.
        every: the numbers, from 0, of all rows in the source, where some were left out.
    """
    chosen = getattr(rows.get("test"), "chosen", None)
    if chosen is None:  # all rows, or those of a test set of its own
        return {}
    numbers = chosen if every is None else every[chosen]
    return {"test": ("row", (numbers + 1).tolist())}


PURPOSES = {"train": "to train", "val": "to validate", "test": "to test"}


def spec_of(
    shape: tuple[int, ...],
    ys: Iterable[Array],
    requested: RequestedTask,
    names: tuple[str, ...] | None = None,
) -> DataSpec:
    """Return the meaning of examples and labels, without statistics.

    Args:
        shape: of an example.
        ys: the labels of all parts.
        requested: the task; auto infers it.
        names: of the classes, where the source knows that the labels are such.

    Raises:
        InputError: the task is not clear, or the labels cannot be its.
    """
    facts = facts_of(ys, requested)
    if requested == "auto" and names is not None:
        requested = "binary" if len(names) == 2 else "classes"
    task = task_of(facts, requested)
    known = names if task in ("binary", "classes") else None
    return DataSpec(shape, task, known or names_for(facts, task))


def with_statistics(spec: DataSpec, train: Rows, each_feature: bool | None) -> DataSpec:
    """Return the description with the statistics of the training part.

    Args:
        spec: without statistics.
        train: the rows of the training part.
        each_feature: false takes all numbers together; None nothing: inputs and targets are then as
            they come.
    """
    if each_feature is None:
        return spec
    targets = None
    if spec.task == "regression":
        y = (np.asarray(y, np.float64).reshape(len(y), -1) for y in train.labels())
        targets = standardiser_of(y, spec.n_y)
    inputs: Standardiser = standardiser_of(chunks(train), spec.n_x, each_feature)
    return replace(spec, inputs=inputs, targets=targets)
