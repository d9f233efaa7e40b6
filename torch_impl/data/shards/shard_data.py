"""A data set larger than memory: `--data NpyShards --data.folder mine`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ref_numpy.data.data_spec import DataSpec, check_columns
from ref_numpy.errors import InputError
from ref_numpy.layer import Array
from torch_impl.data.datamodule import no_labels
from torch_impl.data.images import image_shape
from torch_impl.data.rows import targets
from torch_impl.data.shards.shard_files import (
    Shard,
    check_finite_rows,
    map_array,
    map_labels,
    shards_in,
)
from torch_impl.data.shards.shard_rows import ShardRows
from torch_impl.data.source_data import SourceData, spec_of, with_statistics
from torch_impl.data.tasks import RequestedTask
from torch_impl.data.trained_on import TrainedOn, fingerprint
from torch_impl.training_messages import input_error

LOOKED_AT = 8  # rows of each file, by which its content is recognised


class NpyShards(SourceData):
    """A folder of .npy files, which may be larger than memory: train/x_000.npy, train/y_000.npy.

    So in val/ and test/ too, if there are such; see `write_shards`. The files are read in order, as
    a disk is read fast, in every epoch, and batches are not shuffled: write the examples in a
    random order. A batch is copied from the files when it is used, whatever `on_device` is.

    Args:
        folder: that has train/ in it; where a trained network is tested, test/ is enough, and for
            its predictions there need be no y.
        val_fraction: of the training examples, at their end, where there is no val/; 0 trains with
            all of them, and the last epoch is chosen.
        test_fraction: of all of train/, at its end, where there is no test/.
        task: that of the labels: binary, classes, multilabel or regression; auto infers it from
            those of all folders, and refuses whole numbers that may be values or classes.
        standardise: subtract the training part's mean, divide by its standard deviation: those of
            each feature (features), of all numbers together (all), as is usual for images, or none.
            The first two read the training part once before the training. A regression's targets
            are standardised too, unless it is none.
        kwargs: see `Data`.
    """

    shuffled = False
    in_memory = ()
    endings, path_option = ("/",), "folder"

    def __init__(
        self,
        folder: str,
        val_fraction: float = 0.1,
        test_fraction: float = 0.2,
        task: RequestedTask = "auto",
        standardise: Literal["features", "all", "none"] = "features",
        **kwargs,
    ) -> None:
        super().__init__(val_fraction, test_fraction, task, **kwargs)
        self.folder, self.standardise = Path(folder), standardise

    @property
    def title(self) -> str:
        """The folder."""
        return str(self.folder)

    def read(self) -> None:
        """Find the files, read all labels and, for the statistics, the training part's x."""
        every = ("train", "val", "test")
        needed = ("train",) if self.trained is None else ()
        there = [p for p in every if p in needed or (self.folder / p).exists()] or ["train"]
        found = {part: shards_in(self.folder / part) for part in there}
        first = found[there[0]][0]
        for shards in found.values():
            for shard in shards:
                shard.like(first)
        self.image_shape = image_shape(map_array(first.x_path), None)
        self.own_parts = {*found} - {"train"}
        self.fingerprint = fingerprint(content(found.get("train", [])))
        shape = first.x_shape[1:]
        rows = {part: ShardRows(shards) for part, shards in found.items()}
        if self.trained is None:
            if any(shard.y_path is None for shards in found.values() for shard in shards):
                raise no_labels(self.title)
            spec = spec_of(shape, labels_of(found), self.task)
            check_labels(spec, found)
            self.rows = self.split(rows, self.options)
            each = {"features": True, "all": False, "none": None}[self.standardise]
            self.spec = with_statistics(spec, self.rows["train"], each)
            self.weigh(spec)
            return
        check_columns(shape, self.trained.spec.shape)
        check_labels(self.trained.spec, found)
        self.take(rows, self.trained)

    def take(self, rows: dict[str, ShardRows], trained: TrainedOn) -> None:
        """Give the held-out part of a network's own data, or all of other data."""
        if self.fingerprint == trained.fingerprint:
            self.rows = self.split(rows, trained.options)
            self.weigh(trained.spec)
        else:
            test = rows.get("test", next(iter(rows.values())))
            self.rows = self.all_of_other(test, rows.get("val"))
        self.spec = trained.spec

    def split(self, rows: dict[str, ShardRows], options: Mapping[str, Any]) -> dict[str, Any]:
        """Take missing parts off the end of train: test first, as `ArrayData` does.

        Raises:
            InputError: nothing is left to train with.
        """
        rows = dict(rows)
        self.check_own_parts(options)
        for part in ("test", "val"):
            if part not in options["own_parts"]:
                m, fraction = len(rows["train"]), options[f"{part}_fraction"]
                rest = m - math.ceil(fraction * m)
                if not rest:
                    raise input_error(
                        "data.nothing-to-train",
                        m=m,
                        folder=self.folder / "train",
                        **{f"{part}_fraction": fraction},
                    )
                held_out = rows["train"].between(rest, m)
                rows[part] = rows.get(part, held_out)
                rows["train"] = rows["train"].between(0, rest)
        return rows


def labels_of(found: Mapping[str, list[Shard]]) -> Iterator[Array]:
    """Yield y of each file."""
    for shards in found.values():
        for shard in shards:
            if shard.y_path is not None:
                yield check_finite_rows(shard.y_path, map_labels(shard.y_path))


def check_labels(spec: DataSpec, found: Mapping[str, list[Shard]]) -> None:
    """Check all labels.

    Raises:
        InputError: the task has no such label; the sentence names the file.
    """
    for shards in found.values():
        for shard in shards:
            if shard.y_path is not None:
                try:
                    targets(
                        spec, check_finite_rows(shard.y_path, map_labels(shard.y_path)), np.float32
                    )
                except InputError as error:
                    raise InputError(f"{shard.y_path}: {error}", error.code, error.facts) from error


def content(shards: list[Shard]) -> Iterator[Array | str]:
    """Yield all labels and some rows of each file, evenly from the first to the last."""
    for shard in shards:
        x, y = shard.maps()
        rows = np.unique(np.linspace(0, len(x) - 1, LOOKED_AT).astype(int))
        yield f"{x.dtype}{x.shape}"
        yield x[rows]
        if y is not None:
            yield y
