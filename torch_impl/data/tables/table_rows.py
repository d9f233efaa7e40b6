"""Rows of a table, which become numbers some at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from ref_numpy.data.tables import TableSpec
from ref_numpy.layer import Array
from torch_impl.data.rows import Piece, rows_at_once
from torch_impl.data.trained_on import fingerprint


class TableRows:
    """Rows of a table in memory.

    Args:
        table: the description of its inputs.
        columns: the values (m,) of each column, as `TableSpec.read` returns them.
        y: (m,), (m, n_y) or None.
        chosen: the numbers of the rows, in order; None takes all.
    """

    def __init__(
        self,
        table: TableSpec,
        columns: Mapping[str, Array],
        y: Array | None,
        chosen: Array | None = None,
    ) -> None:
        self.table, self.columns, self.y, self.chosen = table, columns, y, chosen
        self.shape, self.labelled = (table.n_features,), y is not None

    def __len__(self) -> int:
        if self.chosen is not None:
            return len(self.chosen)
        return len(next(iter(self.columns.values())))

    def pieces(self, first: int, end: int) -> Iterator[Piece]:
        """Yield x (k, n_features) and y (k, …)."""
        k = rows_at_once(self.shape)
        for start in range(first, end, k):
            rows: Any = slice(start, min(start + k, end))
            rows = rows if self.chosen is None else self.chosen[rows]
            x = self.table.inputs_of(some_rows(self.columns, rows))
            yield x, None if self.y is None else self.y[rows]

    def labels(self) -> Iterable[Array]:
        """Return y in one piece."""
        assert self.y is not None
        return [self.y if self.chosen is None else self.y[self.chosen]]

    def compact(self) -> TableRows:
        """Return a copy of the chosen rows."""
        if self.chosen is None:
            return self
        y = None if self.y is None else self.y[self.chosen]
        return TableRows(self.table, some_rows(self.columns, self.chosen), y)


def some_rows(columns: Mapping[str, Array], rows: Any) -> dict[str, Array]:
    """Return those rows of every column: their numbers, whether each is one, or a slice."""
    if isinstance(rows, np.ndarray) and rows.dtype.kind == "b" and rows.all():
        return dict(columns)  # no copy
    return {name: values[rows] for name, values in columns.items()}


def missing_values(values: Array) -> Array:
    """Return whether each value (m,) of a column is missing, in the form of its kind."""
    if values.dtype.kind == "f":
        return np.isnan(values)
    return np.isnat(values) if values.dtype.kind == "M" else values == ""


def content_of(columns: dict[str, Array], y: Array | None) -> str:
    """Return the fingerprint of a table's inputs and targets."""
    each = (part for item in columns.items() for part in item)
    return fingerprint([*each, y])
