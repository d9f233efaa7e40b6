"""Examples in .npy files as a part of a data set: as many as the disk holds, read in order."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

import numpy as np
import torch

from ref_numpy.layer import Array
from ref_numpy.preprocessing import Standardiser
from torch_impl.batches import Batch
from torch_impl.labels import Task, labels
from torch_impl.shard_files import Shard, finite

CHUNK = 2**20  # numbers at once in a pass over all examples: 8 MiB at float64


class Rows:
    """The examples from number `first` up to `end` of shards that are thought of as one array.

    One pair of files at a time is open: there may be more than a process may open.
    """

    def __init__(self, shards: list[Shard], first: int = 0, end: int | None = None) -> None:
        self.shards = shards
        self.ends = list(accumulate(map(len, shards)))
        self.first, self.end = first, self.ends[-1] if end is None else end
        self.open: tuple[int, tuple[Array, Array]] | None = None

    def __len__(self) -> int:
        return self.end - self.first

    def between(self, first: int, end: int) -> Rows:
        return Rows(self.shards, self.first + first, self.first + end)

    def pieces(self, first: int, end: int) -> Iterator[tuple[Array, Array]]:
        """x (k, …) and y (k, …) of the rows from `first` up to `end`, views of a file each.

        Raises InputError where a file cannot be read any more, or x is not finite.
        """
        here, end = self.first + first, self.first + end
        while here < end:
            number = bisect_right(self.ends, here)
            shard = self.shards[number]
            if self.open is None or self.open[0] != number:
                self.open = number, shard.maps()
            x, y = self.open[1]
            begin = self.ends[number] - len(shard)
            part = slice(here - begin, min(end, self.ends[number]) - begin)
            yield finite(shard.x_path, x[part], part.start), y[part]
            here = begin + part.stop

    def chunks(self) -> Iterator[Array]:
        """x (k, n_x) float64 of all rows, in order, at most CHUNK numbers or one row at a time."""
        n_x = math.prod(self.shards[0].x_shape[1:])
        k = max(1, CHUNK // n_x)
        for first in range(0, len(self), k):
            for x, _ in self.pieces(first, min(first + k, len(self))):
                yield x.reshape(len(x), n_x).astype(np.float64)


class ShardedPairs:
    """Rows as a part of a data set: copied from the files when they are asked for."""

    device = torch.device("cpu")

    def __init__(self, rows: Rows, task: Task, standardiser: Standardiser | None) -> None:
        self.rows, self.standardiser = rows, standardiser
        self.task: Task = task

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: Any) -> Batch:
        """x (m, n_x) float32, standardised, and y as the loss takes it: see `ArrayData`.

        index: a slice with the step 1, since files are read in order.   Raises TypeError.
        """
        if not isinstance(index, slice) or index.step not in (None, 1):
            raise TypeError(f"shards are read in order: expected a slice a:b, not {index!r}")
        first, end, _ = index.indices(len(self))
        m, shard = max(end - first, 0), self.rows.shards[0]
        # torch's memory begins at a multiple of 64 bytes, and NumPy's anywhere: the last bits of
        # a product depend on that, and so would those of a run that is repeated.
        x = torch.empty(m, math.prod(shard.x_shape[1:]))
        if self.task == "classes":
            y = torch.empty(m, dtype=torch.int64)
        else:
            y = torch.empty(m, math.prod(shard.y_shape[1:]))
        x_all, y_all, done = x.numpy(), y.numpy(), 0
        for x_k, y_k in self.rows.pieces(first, first + m):
            part = slice(done, done + len(x_k))
            x_all[part] = x_k.reshape(x_all[part].shape)
            y_all[part] = labels(y_k, self.task).reshape(y_all[part].shape)
            done = part.stop
        if self.standardiser is not None:
            x_all[...] = self.standardiser.apply(x_all.T).T
        return x, y
