"""Data sets that fit in memory: split, standardised with the training set alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import reduce
from typing import Any, Literal

import numpy as np

from ref_numpy.data.augmentation import Augmentation
from ref_numpy.data.data_spec import DataSpec, check_columns
from ref_numpy.data.preprocessing import check_numbers
from ref_numpy.errors import InputError
from ref_numpy.layer import Array
from ref_numpy.network import NetworkSpec
from torch_impl.data.datamodule import no_labels
from torch_impl.data.image_sets.augmented import AugmentedImages
from torch_impl.data.images import image_shape
from torch_impl.data.own_programs import refusal
from torch_impl.data.rows import ArrayRows, Rows, targets
from torch_impl.data.source_data import SourceData, held_out_rows, spec_of, with_statistics
from torch_impl.data.sources import Examples
from torch_impl.data.tasks import RequestedTask
from torch_impl.data.trained_on import TrainedOn, fingerprint
from torch_impl.training_messages import input_error

Standardise = Literal["auto", "features", "all", "none"]


class ArrayData(SourceData):
    """A data set that fits in memory. A subclass loads it, in `load`.

    Args:
        val_fraction: of the training examples, held out to choose the model by; 0 trains with all
            of them, and the last epoch is chosen.
        test_fraction: of all examples, held out where the source has no test set of its own.
        task: that of the labels: binary, classes, multilabel or regression; auto infers it from
            them, and refuses whole numbers that may be values as well as classes.
        standardise: subtract the training set's mean, divide by its standard deviation: those of
            each feature (features), of all numbers together (all), or none; auto takes all for
            images, whose pixels are alike, and features for other data. A regression's targets are
            standardised too, unless it is none.
        split_seed: of the split.
        image_shape: of an example whose pixels come in a row: [28, 28], [32, 32, 3], or [3, 32, 32]
            where the channels come first, as in CIFAR_10; None takes that of the source's array.
        crop_padding: for a network that takes images: in each epoch each image of the training is
            shifted by up to that many pixels, as if cut out of one with so wide a blank edge.
        mirror: likewise, each image is mirrored left to right in half of the epochs, by chance;
            not for digits, whose mirror images are others.
        kwargs: see `Data`.
    """

    def __init__(
        self,
        val_fraction: float = 0.1,
        test_fraction: float = 0.2,
        task: RequestedTask = "auto",
        standardise: Standardise = "auto",
        split_seed: int = 0,
        image_shape: list[int] | None = None,
        crop_padding: int = 0,
        mirror: bool = False,
        **kwargs,
    ) -> None:
        super().__init__(val_fraction, test_fraction, task, **kwargs)
        self.split_seed = split_seed
        if standardise == "auto":
            standardise = "all" if self.images or image_shape else "features"
        self.standardise = standardise
        self.given_shape = image_shape
        self.augmentation = Augmentation(crop_padding, mirror)
        if self.augmentation:
            self.notes["images"] = f"in training {self.augmentation.text}"

    @property
    def options(self) -> dict[str, Any]:
        """The options that determine the split and the statistics."""
        return {**super().options, "split_seed": self.split_seed}

    def load(self) -> Examples | tuple[Examples, Examples | None]:
        """Return the examples; or those to train with, and the source's own test set, or None."""
        raise TypeError(f"{type(self).__name__} defines no load")

    def loaded(self) -> tuple[Examples, Examples | None]:
        """Return what `load` returns, as a pair.

        Raises:
            InputError: it is something else, or a person's own class raised an error.
        """
        if type(self).load is ArrayData.load:
            raise input_error("own-data.no-load", name=type(self).__name__)
        try:
            found: Any = self.load()
        except (InputError, MemoryError):
            raise
        except Exception as error:
            refused = refusal(error)
            if refused is None:
                raise
            raise refused from error
        match found:
            case Examples():
                return found, None
            case (Examples() as train, Examples() | None as test):
                return train, test
        kinds = [type(part).__name__ for part in (found if isinstance(found, tuple) else (found,))]
        raise input_error("own-data.returned", name=self.title, given=" and ".join(kinds))

    def read(self) -> None:
        """Load the source, check it, and describe it."""
        train, test = self.loaded()
        for examples in (train, test or train):
            check_numbers(examples.x)
            check_columns(examples.x.shape[1:], train.x.shape[1:])
        self.image_shape = image_shape(train.x, self.given_shape)
        self.fingerprint = fingerprint([train.x, train.y])
        labelled_test = None if test is None or test.y is None else test
        self.own_parts = set() if labelled_test is None else {"test"}
        if self.trained is None:
            self.learn(train, labelled_test)
        else:
            self.take(train, test, labelled_test, self.trained)
        self.row_names = held_out_rows(self.rows)

    def learn(self, train: Examples, test: Examples | None) -> None:
        """Derive task, names and statistics from data to train on."""
        if train.y is None:
            raise no_labels(self.title)
        ys = [train.y] if test is None or test.y is None else [train.y, test.y]
        spec = spec_of(train.x.shape[1:], ys, self.task, train.names)
        self.rows = self.split(spec, train, test, self.options)
        each = {"features": True, "all": False, "none": None}[self.standardise]
        self.spec = with_statistics(spec, self.rows["train"], each)
        self.weigh(spec, train.w)

    def take(
        self,
        train: Examples,
        test: Examples | None,
        labelled_test: Examples | None,
        trained: TrainedOn,
    ) -> None:
        """Give the data as a network takes them that was trained already.

        Of the data that it was trained on these are the held-out part, else all.

        Args:
            train: the examples.
            test: the source's own test set.
            labelled_test: the source's test set, if it has labels.
            trained: the record of its training data.
        """
        spec = trained.spec
        check_columns(train.x.shape[1:], spec.shape)
        for examples in (train, test or train):
            if examples.y is not None:
                targets(spec, examples.y, np.float32)  # which refuses labels that it does not know
        if self.fingerprint == trained.fingerprint:
            if missing := sorted(self.options.keys() - trained.options.keys()):
                raise input_error("checkpoint.no-option", names=", ".join(missing))
            self.rows = self.split(spec, train, labelled_test, trained.options)
            self.weigh(spec, train.w)
        else:
            chosen = labelled_test or train
            self.rows = self.all_of_other(ArrayRows(chosen.x, chosen.y))
        if test is not None and labelled_test is None:
            self.rows["predict"] = ArrayRows(test.x, None)
        self.spec = spec

    def check_network(self, spec: NetworkSpec) -> None:
        """Give the examples as the network takes them, and change images as the options say.

        Raises:
            InputError: it takes images that these are not, or images are changed that cannot be.
        """
        super().check_network(spec)
        shape, data = self.image_shape, self.spec
        if data is None:
            return
        image = None if self.of_images is None or len(data.shape) > 1 else self.of_images.image
        if image is not None and shape not in (None, image) and image[0] > 1:
            raise input_error("data.pixels-in-a-row", shape=shape, taken=image)
        if not self.augmentation:
            return
        if self.of_images is None:
            raise input_error("data.augment-columns", network=spec.summary)
        statistics = () if data.inputs is None else (data.inputs.mu, data.inputs.sigma)
        if self.augmentation.padding and any((x != x[0]).any() for x in statistics):
            raise input_error("data.augment-features")
        blank = data.standardise(np.zeros((data.n_x, 1)), np.float64)[0, 0]
        self.augmented = AugmentedImages(self.augmentation, float(blank))

    def split(
        self, spec: DataSpec, train: Examples, test: Examples | None, options: Mapping[str, Any]
    ) -> dict[str, Rows]:
        """Return the rows of each part."""
        assert train.y is not None
        y = spec.class_numbers(train.y) if spec.task in ("binary", "classes") else None
        self.check_own_parts(options)
        numbers = part_numbers(len(train.x), y, options)
        source = train if test is None else test
        return {
            **{part: ArrayRows(train.x, train.y, numbers[part]) for part in ("train", "val")},
            "test": ArrayRows(source.x, source.y, numbers["test"] if test is None else None),
        }


def part_numbers(m: int, y: Array | None, options: Mapping[str, Any]) -> dict[str, Array | None]:
    """Return the rows' numbers of each part; None of a test set that the source has of its own.

    Args:
        m: the rows, but for those of the source's own test set.
        y: the class of every row; None where there are no classes.
        options: val_fraction, test_fraction, split_seed and own_parts.

    Raises:
        InputError: no row is left to train with.
    """
    chosen, held_out, seed = np.arange(m), None, options["split_seed"]
    parts = [part for part in ("test", "val") if part not in options["own_parts"]]
    fractions = {f"{part}_fraction": options[f"{part}_fraction"] for part in parts}
    if reduce(lambda left, fraction: left - math.ceil(fraction * left), fractions.values(), m) < 1:
        raise input_error("data.split", m=m, **fractions)
    if "test" not in options["own_parts"]:
        chosen, held_out = halves(chosen, y, options["test_fraction"], seed)
    chosen, validate = halves(chosen, y, options["val_fraction"], seed)
    return {"train": chosen, "val": validate, "test": held_out}


def halves(rows: Array, y: Array | None, fraction: float, seed: int) -> tuple[Array, Array]:
    """Split the rows' numbers (m,) in two, each class in the same proportion.

    Args:
        rows: the numbers.
        y: the class of every row; None where there are no classes.
        fraction: of the second part.
        seed: of the split.
    """
    if not fraction:
        return rows, rows[:0]
    from sklearn.model_selection import train_test_split

    stratify = None
    if y is not None:
        counts = np.unique(y[rows], return_counts=True)[1]
        held_out = math.ceil(fraction * len(rows))
        enough = min(held_out, len(rows) - held_out) >= len(counts)
        stratify = y[rows] if enough and counts.min() >= 2 else None
    first, second = train_test_split(rows, test_size=fraction, random_state=seed, stratify=stratify)
    return np.asarray(first), np.asarray(second)
