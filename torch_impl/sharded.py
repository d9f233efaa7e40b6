"""A data set larger than memory: `--data NpyShards --data.folder mine`."""

from __future__ import annotations

import math
from functools import reduce
from operator import add
from pathlib import Path
from typing import Literal

import numpy as np

from ref_numpy.inputs import InputError
from ref_numpy.preprocessing import Standardiser
from torch_impl.arrays import check_fractions
from torch_impl.datamodule import Data
from torch_impl.labels import Task, image_shape, labels, outputs, task_of
from torch_impl.moments import Moments
from torch_impl.shard_files import Shard, finite, mapped, shards_in
from torch_impl.shards import Rows, ShardedPairs


class NpyShards(Data):
    """A folder of .npy files, which may be larger than memory: train/x_000.npy, train/y_000.npy,
    train/x_001.npy, …, and so in val/ and test/, if there are such; see `write_shards`.

    The files are read in order, as a disk is read fast, in every epoch, and batches are not
    shuffled: write the examples in a random order. A batch is copied from the files when it is
    taken, whatever `on_device` says.

    Args:
        folder: that has train/ in it.
        val_fraction: of the training examples, at their end, where there is no val/.
        test_fraction: of all of train/, at its end, where there is no test/.
        task: what the labels are; auto reads it off those of train/: real numbers → regression,
            0 and 1 → binary, other whole numbers → classes.
        standardise: subtract the training part's mean, divide by its standard deviation: those of
            each feature (features), of all numbers together (all), as is usual for images, or none.
            The first two read the training part once before the training.
        kwargs: see `Data`.
    """

    shuffled = False

    def __init__(
        self,
        folder: str,
        val_fraction: float = 0.1,
        test_fraction: float = 0.2,
        task: Task = "auto",
        standardise: Literal["features", "all", "none"] = "features",
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        check_fractions(val_fraction=val_fraction, test_fraction=test_fraction)
        self.folder = Path(folder)
        self.fractions = {"test": test_fraction, "val": val_fraction}
        self.task, self.standardise = task, standardise

    def setup(self, stage: str) -> None:
        """Find the files, read all labels and, for the statistics, the training part's x."""
        if self.parts:
            return
        found = {"train": shards_in(self.folder / "train")}
        for part in self.fractions:
            if (self.folder / part).exists():
                shards = shards_in(self.folder / part)
                found[part] = [shard.like(found["train"][0]) for shard in shards]
        self.image_shape = image_shape(mapped(found["train"][0].x_path), None)
        if self.task == "auto":
            self.task = task_of_all(found["train"])
        every = [shard for shards in found.values() for shard in shards]
        self.n_outputs = max(outputs_of(shard, self.task) for shard in every)
        rows = self.split({part: Rows(shards) for part, shards in found.items()})
        if self.standardise != "none":
            self.standardiser = standardiser_of(rows["train"], self.standardise == "features")
        self.parts = {
            part: ShardedPairs(rows[part], self.task, self.standardiser)
            for part in ("train", "val", "test")
        }

    def split(self, rows: dict[str, Rows]) -> dict[str, Rows]:
        """What is missing is taken off the end of train: test first, as `ArrayData` does."""
        for part, fraction in self.fractions.items():
            if part not in rows:
                m = len(rows["train"])
                rest = m - math.ceil(fraction * m)
                if not rest:
                    raise InputError(
                        f"{part}_fraction {fraction} of {m} example(s) in {self.folder / 'train'} "
                        f"leaves none to train with; give more examples or another fraction."
                    )
                rows[part] = rows["train"].between(rest, m)
                rows["train"] = rows["train"].between(0, rest)
        return rows


def task_of_all(shards: list[Shard]) -> Task:
    """`task_of` all labels together, which is the most general of those of the shards."""
    tasks = {task_of(finite(shard.y_path, mapped(shard.y_path))) for shard in shards}
    general: tuple[Task, ...] = ("regression", "classes", "binary")
    return next(task for task in general if task in tasks)


def outputs_of(shard: Shard, task: Task) -> int:
    """n_y as this shard's labels have it.   Raises InputError where the task has no such labels."""
    y = finite(shard.y_path, mapped(shard.y_path))
    try:
        return outputs(labels(y, task), task)
    except InputError as error:
        raise InputError(f"{shard.y_path}: {error}") from error


def standardiser_of(rows: Rows, each_feature: bool) -> Standardiser:
    """`Standardiser.of` x, float32, by one pass over the files."""
    n_x = math.prod(rows.shards[0].x_shape[1:])
    chunks = (x if each_feature else x.reshape(-1, 1) for x in rows.chunks())
    return reduce(add, map(Moments.of, chunks)).standardiser(n_x, np.float32)
