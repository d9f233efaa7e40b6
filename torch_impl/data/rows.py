"""Rows of a source, as they come, and as a part of a data set, which encodes them by need."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import numpy as np
import torch

from ref_numpy.data.data_spec import DataSpec
from ref_numpy.data.image_layout import ImageLayout
from ref_numpy.layer import Array
from torch_impl import conventions
from torch_impl.data.batches import Batch, TensorPairs

CHUNK = 2**20  # numbers at once in a pass over all examples: 8 MiB at float64

Piece = tuple[Array, Array | None]


class Rows(Protocol):
    """Examples as they come, of which no copy is in memory.

    Attributes:
        shape: of one example.
        labelled: whether they have labels.
    """

    shape: tuple[int, ...]
    labelled: bool

    def __len__(self) -> int: ...
    def pieces(self, first: int, end: int) -> Iterator[Piece]:
        """Yield x (k, …) and y (k, …), or None, of the rows from `first` to before `end`."""
        ...

    def labels(self) -> Iterable[Array]:
        """Return y (k, …) of all rows, some at a time."""
        ...

    def compact(self) -> Rows:
        """Return these rows alone, so that the others need not stay in memory."""
        ...


class ArrayRows:
    """Rows of arrays in memory.

    Args:
        x: (m, …).
        y: (m,), (m, n_y) or None.
        chosen: the numbers of the rows, in order; None takes all.
    """

    def __init__(self, x: Array, y: Array | None, chosen: Array | None = None) -> None:
        self.x, self.y, self.chosen = x, y, chosen
        self.shape, self.labelled = x.shape[1:], y is not None

    def __len__(self) -> int:
        return len(self.x) if self.chosen is None else len(self.chosen)

    def pieces(self, first: int, end: int) -> Iterator[Piece]:
        """Yield x (k, …) and y (k, …), at most CHUNK numbers of x at a time."""
        k = rows_at_once(self.shape)
        for start in range(first, end, k):
            rows: Any = slice(start, min(start + k, end))
            rows = rows if self.chosen is None else self.chosen[rows]
            yield self.x[rows], None if self.y is None else self.y[rows]

    def labels(self) -> Iterable[Array]:
        """Return y in one piece."""
        assert self.y is not None
        return [self.y if self.chosen is None else self.y[self.chosen]]

    def compact(self) -> ArrayRows:
        """Return a copy of the chosen rows."""
        if self.chosen is None:
            return self
        return ArrayRows(self.x[self.chosen], None if self.y is None else self.y[self.chosen])


def rows_at_once(shape: tuple[int, ...]) -> int:
    """Return how many rows have at most CHUNK numbers; at least one."""
    return max(1, CHUNK // math.prod(shape))


def chunks(rows: Rows) -> Iterator[Array]:
    """Yield x (k, n_x) float64 of all rows, in order."""
    k, n_x = rows_at_once(rows.shape), math.prod(rows.shape)
    for first in range(0, len(rows), k):
        for x, _ in rows.pieces(first, min(first + k, len(rows))):
            yield x.reshape(len(x), n_x).astype(np.float64)


def targets(spec: DataSpec, y: Array, dtype: Any) -> Array:
    """Return y as torch's losses take it: (m,) int64 for classes, else (m, n_y).

    Raises:
        InputError: a label is unknown.
    """
    return spec.class_numbers(y) if spec.task == "classes" else spec.to_Y(y, dtype).T


class EncodedRows:
    """Rows as a part of a data set, encoded when they are indexed.

    Args:
        rows: as they come.
        spec: their meaning.
        dtype: of x, of targets that are numbers, and of weights.
        w: the weights of the rows, (m,); None where they have none.

    Attributes:
        of_images: the order of the pixels for a network of images; None gives columns.
    """

    of_images: ImageLayout | None = None
    device = torch.device("cpu")

    def __init__(
        self, rows: Rows, spec: DataSpec, dtype: torch.dtype, w: Array | None = None
    ) -> None:
        self.rows, self.spec, self.dtype, self.w = rows, spec, dtype, w

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: Any) -> Batch:
        """Return x (m, …), standardised, y as the loss takes it, and weights w (m,) if any.

        x is (m, n_x), or (m, n_C, H, W) for a network of images; y is (m,) int64 for classes, else
        (m, n_y); (m, 0) where there are no labels.

        Args:
            index: a slice with the step 1, since files are read in order.

        Raises:
            TypeError: another index.
        """
        first, m = self.between(index)
        classes = self.spec.task == "classes" and self.rows.labelled
        n_y = self.spec.n_y if self.rows.labelled else 0
        # torch's memory begins at a multiple of 64 bytes, and NumPy's anywhere: the last bits of
        # a product depend on that, and so would those of a run that is repeated.
        x = torch.empty(m, self.spec.n_x, dtype=self.dtype)
        y = torch.empty(m, dtype=torch.int64) if classes else torch.empty(m, n_y, dtype=self.dtype)
        x_all, y_all, done = x.numpy(), y.numpy(), 0
        for x_k, y_k in self.rows.pieces(first, first + m):
            part = slice(done, done := done + len(x_k))
            x_all[part] = self.spec.standardise(x_k.reshape(len(x_k), -1).T, x_all.dtype).T
            if y_k is not None:
                y_all[part] = targets(self.spec, y_k, y_all.dtype)
        x = conventions.to_images(x, self.of_images)
        if self.w is None:
            return x, y
        w = torch.empty(m, dtype=self.dtype)
        w.numpy()[:] = self.w[first : first + m]
        return x, y, w

    def raw(self, index: slice = slice(None)) -> Array:
        """Return x (m, n_x) as it comes."""
        first, m = self.between(index)
        return np.concatenate(
            [x.reshape(len(x), -1) for x, _ in self.rows.pieces(first, first + m)]
        )

    def between(self, index: Any) -> tuple[int, int]:
        """Return the first row of a slice, and how many there are."""
        if not isinstance(index, slice) or index.step not in (None, 1):
            raise TypeError(f"rows are read in order: expected a slice a:b, not {index!r}")
        first, end, _ = index.indices(len(self))
        return first, max(end - first, 0)

    def in_memory(self) -> TensorPairs:
        """Encode all of them, once."""
        return TensorPairs(*self[:])
