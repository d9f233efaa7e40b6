"""Examples in .npy files: as many as the disk holds, read in order."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

from ref_numpy.layer import Array
from torch_impl.data.rows import Piece
from torch_impl.data.shards.shard_files import Shard, check_finite_rows, map_labels


class ShardRows:
    """The examples from number `first` up to `end` of shards that are thought of as one array.

    One pair of files at a time is open: there may be more than a process may open.

    Args:
        shards: the pairs of files.
        first: the first example's number.
        end: the number after the last; None takes all.
    """

    def __init__(self, shards: list[Shard], first: int = 0, end: int | None = None) -> None:
        self.shards = shards
        self.ends = list(accumulate(map(len, shards)))
        self.first, self.end = first, self.ends[-1] if end is None else end
        self.shape, self.labelled = shards[0].x_shape[1:], shards[0].y_path is not None
        self.open: tuple[int, Piece] | None = None

    def __len__(self) -> int:
        return self.end - self.first

    def between(self, first: int, end: int) -> ShardRows:
        """Return the examples from number `first` to before `end` of these."""
        return ShardRows(self.shards, self.first + first, self.first + end)

    def pieces(self, first: int, end: int) -> Iterator[Piece]:
        """Yield x (k, …) and y (k, …), if any, of the rows from `first` to before `end`.

        Raises:
            InputError: a file cannot be read any more, or x is not finite.
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
            yield (
                check_finite_rows(shard.x_path, x[part], part.start),
                None if y is None else y[part],
            )
            here = begin + part.stop

    def labels(self) -> Iterator[Array]:
        """Yield y of all rows, views of a file each."""
        for shard, end in zip(self.shards, self.ends, strict=True):
            begin = end - len(shard)
            rows = slice(max(self.first - begin, 0), max(self.end - begin, 0))
            if shard.y_path is not None and rows.start < min(rows.stop, len(shard)):
                yield check_finite_rows(shard.y_path, map_labels(shard.y_path))[rows]

    def compact(self) -> ShardRows:
        """Return the rows themselves: no file is in memory."""
        return self
