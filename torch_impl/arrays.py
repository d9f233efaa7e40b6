"""Data sets that fit in memory: split, standardised with the training set alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch

from ref_numpy.inputs import InputError
from ref_numpy.layer import Array
from ref_numpy.preprocessing import Standardiser
from torch_impl import conventions
from torch_impl.batches import TensorPairs
from torch_impl.datamodule import Data
from torch_impl.datasets import Examples
from torch_impl.labels import Task, image_shape, labels, numbers, outputs, task_of

Standardise = Literal["auto", "features", "all", "none"]


def check_fractions(**fractions: float) -> None:
    for name, fraction in fractions.items():
        if not 0 < fraction < 1:
            raise InputError(f"{name} is {fraction}; expected a number between 0 and 1.")


class ArrayData(Data):
    """A data set that fits in memory. A subclass says where it comes from, in `load`.

    Args:
        val_fraction: of the training examples, held out to choose the model by.
        test_fraction: of all examples, held out where the source has no test set of its own.
        task: what the labels are; auto reads it off them: real numbers → regression, 0 and 1 →
            binary, other whole numbers → classes.
        standardise: subtract the training set's mean, divide by its standard deviation: those of
            each feature (features), of all numbers together (all), or none; auto takes all for
            images, whose pixels are alike, and features for other data.
        split_seed: that of the split.
        image_shape: of an example whose pixels come in a row: [28, 28], [32, 32, 3], or [3, 32, 32]
            where the channels come first, as in CIFAR_10; None takes that of the source's array.
        kwargs: see `Data`.
    """

    def __init__(
        self,
        val_fraction: float = 0.1,
        test_fraction: float = 0.2,
        task: Task = "auto",
        standardise: Standardise = "auto",
        split_seed: int = 0,
        image_shape: list[int] | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        check_fractions(val_fraction=val_fraction, test_fraction=test_fraction)
        self.split_seed = split_seed
        self.task = task
        self.val_fraction, self.test_fraction = val_fraction, test_fraction
        if standardise == "auto":
            standardise = "all" if self.images or image_shape else "features"
        self.standardise = standardise
        self.given_shape = image_shape

    def load(self) -> tuple[Examples, Examples | None]:
        """The examples to train with, and the source's own test set if it has one."""
        raise TypeError(f"{type(self).__name__} defines no load")

    def setup(self, stage: str) -> None:
        """Split, read the task and the statistics off the training part, make tensors."""
        if self.parts:
            return
        train, test = self.load()
        self.image_shape = image_shape(train.x, self.given_shape)
        if self.task == "auto":
            self.task = task_of(train.y)
        x, y = numbers(train.x), labels(train.y, self.task)
        if test is None:
            x, x_test, y, y_test = self.split(x, y, self.test_fraction)
        else:
            x_test, y_test = numbers(test.x), labels(test.y, self.task)
        if x_test.shape[1] != x.shape[1] or y_test.shape[1:] != y.shape[1:]:
            raise InputError(
                f"a training example has {x.shape[1]} numbers and a test example "
                f"{x_test.shape[1]}; expected as many, and labels of one shape."
            )
        self.n_outputs = outputs(np.concatenate([y, y_test]), self.task)
        x, x_val, y, y_val = self.split(x, y, self.val_fraction)
        if self.standardise != "none":
            self.standardiser = Standardiser.of(x.T, np.float32, self.standardise == "features")
        self.parts = {
            "train": self.tensors(x, y),
            "val": self.tensors(x_val, y_val),
            "test": self.tensors(x_test, y_test),
        }

    def split(self, x: Array, y: Array, fraction: float) -> Sequence[Any]:
        """Two parts, each class in the same proportion where there is enough of every class."""
        from sklearn.model_selection import train_test_split

        stratify = None
        if self.task != "regression":
            counts = np.unique(y, return_counts=True)[1]
            held_out = math.ceil(fraction * len(y))
            enough = min(held_out, len(y) - held_out) >= len(counts)
            stratify = y if enough and counts.min() >= 2 else None
        try:
            return train_test_split(
                x, y, test_size=fraction, random_state=self.split_seed, stratify=stratify
            )
        except ValueError as error:
            raise InputError(
                f"{len(x)} examples cannot be split with the fraction {fraction} ({error}); "
                f"give more examples or another fraction."
            ) from error

    def tensors(self, x: Array, y: Array) -> TensorPairs:
        X = x.T if self.standardiser is None else self.standardiser.apply(x.T)
        target = torch.from_numpy(y)
        if self.task != "classes":
            target = target.float().reshape(len(y), -1)
        return TensorPairs(conventions.to_batch(X.astype(np.float32)), target)
