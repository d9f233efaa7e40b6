"""LightningDataModules: split, standardised with the training set's statistics, batched."""

from __future__ import annotations

from typing import Literal

import lightning as L
import numpy as np
import torch
from sklearn.model_selection import train_test_split
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ref_numpy.inputs import InputError
from ref_numpy.layer import Array
from ref_numpy.preprocessing import Standardiser, flatten_images
from torch_impl import conventions, datasets
from torch_impl.datasets import Examples

Task = Literal["auto", "binary", "classes", "regression"]
Batch = tuple[Tensor, Tensor]

# The output activation that each task trains through.
OUTPUTS = {"binary": "sigmoid", "classes": "softmax", "regression": "identity"}


class TensorPairs(Dataset[Batch]):
    """x: (m, n_x) and y; a batch is one index selection, not m single examples put together."""

    def __init__(self, x: Tensor, y: Tensor) -> None:
        self.x, self.y = x, y

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, i: int) -> Batch:
        return self.x[i], self.y[i]

    def __getitems__(self, indices: list[int]) -> Batch:
        chosen = torch.tensor(indices)
        return self.x[chosen], self.y[chosen]


class ArrayData(L.LightningDataModule):
    """A data set that fits in memory. A subclass says where it comes from, in `load`.

    Args:
        batch_size: examples in a mini-batch.
        val_fraction: of the training examples, held out to choose the model by.
        test_fraction: of all examples, held out where the source has no test set of its own.
        task: what the labels are; auto reads it off them: real numbers → regression, 0 and 1 →
            binary, other whole numbers → classes.
        standardise: subtract the training set's mean, divide by its standard deviation.
        split_seed: that of the split. The order of the batches follows `seed_everything`.
    """

    def __init__(
        self,
        batch_size: int = 32,
        val_fraction: float = 0.1,
        test_fraction: float = 0.2,
        task: Task = "auto",
        standardise: bool = True,
        split_seed: int = 0,
    ) -> None:
        super().__init__()
        if batch_size < 1:
            raise InputError(f"batch_size is {batch_size}; expected a whole number from 1 up.")
        for name, fraction in (("val_fraction", val_fraction), ("test_fraction", test_fraction)):
            if not 0 < fraction < 1:
                raise InputError(f"{name} is {fraction}; expected a number between 0 and 1.")
        self.batch_size, self.task, self.split_seed = batch_size, task, split_seed
        self.val_fraction, self.test_fraction = val_fraction, test_fraction
        self.standardise = standardise
        self.standardiser: Standardiser | None = None
        self.parts: dict[str, TensorPairs] = {}

    def load(self) -> tuple[Examples, Examples | None]:
        """The examples to train with, and the source's own test set if it has one."""
        raise TypeError(f"{type(self).__name__} defines no load")

    def setup(self, stage: str) -> None:
        """Split, read the task and the statistics off the training part, make tensors."""
        if self.parts:
            return
        train, test = self.load()
        self.task = self.task if self.task != "auto" else task_of(train.y)
        train_y = labels(train.y, self.task)
        test_y = None if test is None else labels(test.y, self.task)
        self.n_y = outputs(train_y if test_y is None else np.concatenate([train_y, test_y]), self.task)
        x, y = numbers(train.x), train_y
        if test is None:
            x, x_test, y, y_test = self.split(x, y, self.test_fraction)
        else:
            x_test, y_test = numbers(test.x), test_y
        x, x_val, y, y_val = self.split(x, y, self.val_fraction)
        self.n_x = x.shape[1]
        if self.standardise:
            self.standardiser = Standardiser.of(x.T, np.float32)
        for name, part_x, part_y in (
            ("train", x, y),
            ("val", x_val, y_val),
            ("test", x_test, y_test),
        ):
            self.parts[name] = self.tensors(part_x, part_y)

    def split(self, x: Array, y: Array, fraction: float) -> list[Array]:
        """Two parts, each class in the same proportion where there are enough of it."""
        enough = self.task != "regression" and np.unique(y, return_counts=True)[1].min() >= 2
        try:
            return train_test_split(
                x, y, test_size=fraction, random_state=self.split_seed, stratify=y if enough else None
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

    @property
    def output(self) -> str:
        """The output activation that the task asks for."""
        return OUTPUTS[self.task]

    def loader(self, part: str, shuffle: bool = False) -> DataLoader[Batch]:
        return DataLoader(
            self.parts[part], self.batch_size, shuffle=shuffle, collate_fn=lambda batch: batch
        )

    def train_dataloader(self) -> DataLoader[Batch]:
        return self.loader("train", shuffle=True)

    def val_dataloader(self) -> DataLoader[Batch]:
        return self.loader("val")

    def test_dataloader(self) -> DataLoader[Batch]:
        return self.loader("test")

    def predict_dataloader(self) -> DataLoader[Batch]:
        return self.loader("test")


class Digits(ArrayData):
    """Handwritten digits, 8 × 8 pixels, 10 classes; comes with scikit-learn."""

    def load(self) -> tuple[Examples, None]:
        return datasets.digits(), None


class BreastCancer(ArrayData):
    """Breast cancer, 30 measurements, benign or not; comes with scikit-learn."""

    def load(self) -> tuple[Examples, None]:
        return datasets.breast_cancer(), None


class PlanarFlower(ArrayData):
    """The course's planar flower, generated: `m` examples from `data_seed`."""

    def __init__(self, m: int = 400, data_seed: int = 1, **kwargs) -> None:
        super().__init__(**kwargs)
        self.m, self.data_seed = m, data_seed

    def load(self) -> tuple[Examples, None]:
        return datasets.planar_flower(self.m, self.data_seed), None


class TwoMoons(ArrayData):
    """Two interleaving half circles, generated: `m` examples from `data_seed`."""

    def __init__(self, m: int = 400, noise: float = 0.2, data_seed: int = 1, **kwargs) -> None:
        super().__init__(**kwargs)
        self.m, self.noise, self.data_seed = m, noise, data_seed

    def load(self) -> tuple[Examples, None]:
        return datasets.two_moons(self.m, self.noise, self.data_seed), None


class NpzFile(ArrayData):
    """Your own .npz file: x (m, …) and y (m,), or x_train, y_train, x_test, y_test."""

    def __init__(self, path: str, **kwargs) -> None:
        super().__init__(**kwargs)
        self.path = path

    def load(self) -> tuple[Examples, Examples | None]:
        return datasets.npz(self.path)


class CourseHDF5(ArrayData):
    """Files in the layout of the course's cat/non-cat: train_set_x (m, h, w, 3), train_set_y, …"""

    def __init__(self, train: str, test: str | None = None, **kwargs) -> None:
        super().__init__(**kwargs)
        self.train, self.test = train, test

    def load(self) -> tuple[Examples, Examples | None]:
        return datasets.course_hdf5(self.train, self.test)


class OpenML(ArrayData):
    """A data set of OpenML by name: mnist_784, Fashion-MNIST, CIFAR_10; downloaded once.

    Args:
        name: as OpenML has it.
        version: OpenML's version of it.
        last_as_test: that many examples at the end are the test set (10000 for the three above);
            None holds out `test_fraction`.
        cache: the folder that keeps the download; None takes scikit-learn's.
    """

    def __init__(
        self,
        name: str,
        version: int = 1,
        last_as_test: int | None = None,
        cache: str | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.name, self.version, self.last_as_test, self.cache = name, version, last_as_test, cache

    def prepare_data(self) -> None:
        """Download once, in one process."""
        datasets.openml(self.name, self.version, self.cache)

    def load(self) -> tuple[Examples, Examples | None]:
        every = datasets.openml(self.name, self.version, self.cache)
        if self.last_as_test is None:
            return every, None
        n = len(every.x) - self.last_as_test
        if not 0 < n < len(every.x):
            raise InputError(
                f"last_as_test is {self.last_as_test} of {len(every.x)} examples; "
                f"expected fewer than that, and at least 1."
            )
        return Examples(every.x[:n], every.y[:n]), Examples(every.x[n:], every.y[n:])


def numbers(x: Array) -> Array:
    """(m, …) of any number type → (m, n_x) float, one row an example.   Raises InputError."""
    if x.dtype.kind not in "biuf":
        raise InputError(f"x has dtype {x.dtype}; expected numbers: encode the other columns first.")
    rows = flatten_images(x).T
    rows = rows if rows.dtype == np.float64 else rows.astype(np.float32)
    bad = ~np.isfinite(rows).all(axis=1)
    if bad.any():
        raise InputError(
            f"{int(bad.sum())} example(s) have values that are not finite, the first is example "
            f"{int(np.argmax(bad))}; remove or replace them."
        )
    return rows


def is_one_hot(y: Array) -> bool:
    """Whether y is (m, classes) with one 1 and zeros in each row."""
    return y.ndim == 2 and y.shape[1] > 1 and np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all()


def task_of(y: Array) -> Task:
    """What the labels ask for: see `ArrayData`."""
    if is_one_hot(y):
        return "classes"
    if y.size != len(y) or (y.dtype.kind == "f" and (y != np.round(y)).any()):
        return "regression"
    return "binary" if np.isin(y, (0, 1)).all() else "classes"


def labels(y: Array, task: Task) -> Array:
    """(m,) int64 for classes and binary, float32 for regression.   Raises InputError."""
    if y.dtype.kind not in "biuf" or not np.isfinite(y).all():
        raise InputError(f"y has dtype {y.dtype}; expected finite numbers: number the classes 0, 1, …")
    if task == "regression":
        return y.astype(np.float32)
    if task == "classes" and is_one_hot(y):
        return y.argmax(axis=1)
    if y.size != len(y):
        raise InputError(f"y has shape {y.shape}; the task {task} expects one label an example: (m,).")
    whole = y.reshape(-1).astype(np.int64)
    bad = (whole != y.reshape(-1)) | (whole < 0) | ((whole > 1) & (task == "binary"))
    if bad.any():
        i = int(np.argmax(bad))
        expected = "0 or 1" if task == "binary" else "a whole number 0, 1, …"
        raise InputError(
            f"the label of example {i} is {y.reshape(-1)[i]}; the task {task} expects {expected}: "
            f"renumber the labels, or set data.task."
        )
    return whole


def outputs(y: Array, task: Task) -> int:
    """n_y: the number of output units."""
    return int(y.max()) + 1 if task == "classes" else int(np.prod(y.shape[1:]))
