"""The data sets as LightningDataModules: `--data Digits`, `--data TwoMoons --data.m 200`, …"""

from __future__ import annotations

from ref_numpy.inputs import InputError
from torch_impl import datasets
from torch_impl.arrays import ArrayData
from torch_impl.datasets import Examples
from torch_impl.sharded import NpyShards

__all__ = [
    "BreastCancer", "CourseHDF5", "Digits", "NpyShards", "NpzFile", "OpenML", "PlanarFlower",
    "TwoMoons",
]  # fmt: skip


class Digits(ArrayData):
    """Handwritten digits, 8 × 8 pixels, 10 classes; comes with scikit-learn."""

    images = True

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

    images = True

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
        self.source = (name, version, cache)
        self.last_as_test = last_as_test

    def prepare_data(self) -> None:
        """Download once, in one process."""
        datasets.openml(*self.source)

    def load(self) -> tuple[Examples, Examples | None]:
        every = datasets.openml(*self.source)
        if self.last_as_test is None:
            return every, None
        n = len(every.x) - self.last_as_test
        if not 0 < n < len(every.x):
            raise InputError(
                f"last_as_test is {self.last_as_test} of {len(every.x)} examples; "
                f"expected fewer than that, and at least 1."
            )
        return Examples(every.x[:n], every.y[:n]), Examples(every.x[n:], every.y[n:])
